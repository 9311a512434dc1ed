package steps

import "encoding/json"

// Things are what a step may find missing and an earlier step of its run may bring.
// They are told apart only as far as a preflight must know, for it to refuse a run in
// time and yet not one that makes what it needs: a kind says in Traits.Brings what it
// may bring, and in Check.Lacks what it misses.
type Things uint8

// The things.
const (
	APIServer Things = 1 << iota // a cluster's API server answers
	Velero                       // Velero runs, or has what it lacks, such as a location
	File                         // a file on this machine, such as the kubeconfig or a program
	Service                      // any other server, or what starts one: S3, a unit of systemd
	Bucket                       // a bucket on a server that answers

	Anything = APIServer | Velero | File | Service | Bucket
)

// MayBring is what a step of the kind may bring, by its fields as they stand in a plan.
func (k Kind) MayBring(input json.RawMessage) Things {
	if k.BringsOf == nil {
		return k.Brings
	}
	return k.Brings & k.BringsOf(input)
}
