package fill

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"

	"google.golang.org/protobuf/encoding/protowire"
)

// resource is a kind of object and how often it occurs, as seen in clusters of
// middling size: pods and what belongs to them make up half.
type resource struct {
	path       string // below /registry/
	apiVersion string
	kind       string
	share      int // percent
	json       bool
}

var resources = []resource{
	{"pods", "v1", "Pod", 28, false},
	{"configmaps", "v1", "ConfigMap", 12, false},
	{"secrets", "v1", "Secret", 12, false},
	{"replicasets", "apps/v1", "ReplicaSet", 10, false},
	{"events", "v1", "Event", 9, false},
	{"deployments", "apps/v1", "Deployment", 7, false},
	{"services/specs", "v1", "Service", 6, false},
	{"endpointslices", "discovery.k8s.io/v1", "EndpointSlice", 5, false},
	{"leases", "coordination.k8s.io/v1", "Lease", 3, false},
	{"serviceaccounts", "v1", "ServiceAccount", 3, false},
	{"cert-manager.io/certificates", "cert-manager.io/v1", "Certificate", 3, true},
	{"monitoring.coreos.com/servicemonitors", "monitoring.coreos.com/v1", "ServiceMonitor", 2, true},
}

var (
	teams  = []string{"checkout", "billing", "search", "catalog", "identity", "shipping", "pricing", "media"}
	stages = []string{"production", "staging", "dev"}
)

// object is one key of a fill.
type object struct {
	resource
	namespace, name string
	random          *rand.Rand
}

// nth is the object of number n; its name ends in n, so that no two are alike.
func nth(n int) object {
	random := rand.New(rand.NewPCG(uint64(n), 0x6b3873)) // any fixed seed
	pick := random.IntN(100)
	at := 0
	for pick >= resources[at].share {
		pick -= resources[at].share
		at++
	}
	team := teams[random.IntN(len(teams))]
	return object{
		resource:  resources[at],
		namespace: team + "-" + stages[random.IntN(len(stages))],
		name:      fmt.Sprintf("%s-%08x-%06d", teams[random.IntN(len(teams))], random.Uint32(), n),
		random:    random,
	}
}

func (o object) key() string {
	return "/registry/" + o.path + "/" + o.namespace + "/" + o.name
}

// value is the object as an API server stores it, about size bytes long: custom
// resources as JSON, all else as protobuf behind a magic number.
func (o object) value(size int) []byte {
	if o.json {
		return o.jsonValue(size)
	}
	return o.protobufValue(size)
}

// protobufValue has the shape of k8s.io/apimachinery's runtime.Unknown: type
// meta in field 1, the object in field 2, whose field 1 is its metadata.
func (o object) protobufValue(size int) []byte {
	meta := text(nil, 1, o.name)
	meta = text(meta, 3, o.namespace)
	meta = text(meta, 5, o.uid())
	meta = text(meta, 11, "app")
	body := message(nil, 1, meta)
	body = message(body, 2, o.noise(size-len(body)-64))
	value := append([]byte("k8s\x00"), message(nil, 1, text(text(nil, 1, o.apiVersion), 2, o.kind))...)
	return message(value, 2, body)
}

func (o object) jsonValue(size int) []byte {
	head := fmt.Sprintf(`{"apiVersion":%q,"kind":%q,"metadata":{"name":%q,"namespace":%q,"uid":%q},"spec":{"data":"`,
		o.apiVersion, o.kind, o.name, o.namespace, o.uid())
	noise := base64.StdEncoding.EncodeToString(o.noise((size - len(head)) * 3 / 4))
	return []byte(head + noise + `"}}`)
}

func (o object) uid() string {
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", o.random.Uint32(), o.random.IntN(1<<16),
		o.random.IntN(1<<12), o.random.IntN(1<<12), o.random.Uint64N(1<<48))
}

// noise stands for the rest of the object; it does not compress.
func (o object) noise(n int) []byte {
	noise := make([]byte, max(n, 0))
	for i := range noise {
		noise[i] = byte(o.random.Uint32())
	}
	return noise
}

func text(b []byte, field protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), s)
}

func message(b []byte, field protowire.Number, m []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), m)
}
