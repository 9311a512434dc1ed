package lab_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/lab"
)

// needsCluster skips a test that brings up a whole cluster, unless its user has
// asked for that.
func needsCluster(t *testing.T) {
	t.Helper()
	if os.Getenv("DRPLAN_LAB_WHOLE") == "" || os.Geteuid() != 0 {
		t.Skip("brings up whole clusters: needs root, installs Debian packages, builds for half an hour the first time; run it with make test-lab, or DRPLAN_LAB_WHOLE=1 go test -run Cluster .")
	}
}

// clusterFolder is a new cluster's folder, short as a cluster's must be, and on
// a disk: it is taken down at the end of the test.
func clusterFolder(t *testing.T) string {
	t.Helper()
	parent, err := os.MkdirTemp("/var/tmp", "lab-")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(parent, "c")
	t.Cleanup(func() {
		if out, err := exec.Command(command, "down", "--dir", dir).CombinedOutput(); err != nil {
			t.Errorf("lab down: %v\n%s", err, out)
		}
		os.Remove(parent)
	})
	return dir
}

// TestClusterLife is what the cluster is for: a namespace with a volume is backed
// up, deleted and restored, and its bytes are back. Then nothing is left.
func TestClusterLife(t *testing.T) {
	needsCluster(t)
	before := inventory(t)
	dir := clusterFolder(t)
	begun := time.Now()
	mustRun(t, command, "up", "--name", "life", "--dir", dir)
	t.Attr("lab_up_all_built", fmt.Sprintf("%.1f s", time.Since(begun).Seconds()))
	l := load(t, dir)
	allHealthy(t, dir)
	t.Run("a second up changes nothing", func(t *testing.T) { secondUpChangesNothing(t, l) })
	nonce := deployShop(t, dir)
	t.Run("pods find services by name", func(t *testing.T) {
		if got := shell(t, dir, "kubectl -n shop exec deploy/web -- wget -qO- http://web.shop.svc.cluster.local/nonce"); got != nonce {
			t.Errorf("wget says %q", got)
		}
	})
	t.Run("secrets are encrypted in etcd", func(t *testing.T) { secretsAreEncrypted(t, dir) })
	t.Run("network policies hold from the first packet", func(t *testing.T) { policiesHold(t, l) })
	backUpLoseRestore(t, l, nonce)
	t.Run("what was done can be read", func(t *testing.T) { whatWasDoneCanBeRead(t, l) })
	t.Run("a power failure", func(t *testing.T) {
		mustRun(t, command, "node", "kill", "--dir", dir)
		if all, code := status(t, dir); code != 1 || all["kubelet"].Healthy || !all["s3"].Healthy {
			t.Errorf("exit %d, %+v", code, all)
		}
		mustRun(t, command, "up", "--dir", dir, "--name", "life")
		waitForNonce(t, dir, nonce)
	})
	mustRun(t, command, "down", "--dir", dir)
	nothingOfTheClusterIsLeft(t, l, before)
}

func allHealthy(t *testing.T, dir string) {
	t.Helper()
	all, code := status(t, dir)
	for name, s := range all {
		if !s.Healthy {
			t.Errorf("%s: %s", name, s.Error)
		}
	}
	if code != 0 || len(all) < 8 {
		t.Errorf("lab status: exit %d, %d servers", code, len(all))
	}
}

func secondUpChangesNothing(t *testing.T, l *lab.Lab) {
	before := shell(t, l.Dir, "kubectl get pods -A -o jsonpath='{.items[*].metadata.uid}'")
	mustRun(t, command, "up", "--name", "life", "--dir", l.Dir)
	if after := shell(t, l.Dir, "kubectl get pods -A -o jsonpath='{.items[*].metadata.uid}'"); after != before {
		t.Errorf("pods %s before, %s after", before, after)
	}
	for _, s := range l.Cluster.Servers {
		if n := starts(t, s.Process); n != 1 {
			t.Errorf("%s was started %d times", s.Name, n)
		}
	}
}

// shop is a server with a volume, and a Secret.
const shop = `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Secret
metadata: {name: password, namespace: shop}
stringData: {password: in-clear-text}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: shop}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Mi}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - {name: web, image: "busybox:1.35", command: [httpd, -f, -p, "8080", -h, /data], volumeMounts: [{name: data, mountPath: /data}]}
      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
`

// deployShop returns the nonce that it has written to the shop's volume.
func deployShop(t *testing.T, dir string) (nonce string) {
	t.Helper()
	nonce = fmt.Sprint(time.Now().UnixNano())
	apply(t, dir, shop)
	shell(t, dir, "kubectl -n shop rollout status deploy/web --timeout=120s && "+
		"kubectl -n shop exec deploy/web -- sh -c 'echo "+nonce+" >/data/nonce'")
	waitForNonce(t, dir, nonce)
	return nonce
}

// waitForNonce asks the shop's service, from the machine, until it answers.
func waitForNonce(t *testing.T, dir, nonce string) {
	t.Helper()
	const ask = `timeout 5 busybox wget -qO- "http://$(kubectl -n shop get service web -o jsonpath='{.spec.clusterIP}')/nonce" || true`
	got := ""
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if got = shell(t, dir, ask); got == nonce {
			return
		}
	}
	t.Fatalf("the shop says %q, want %q", got, nonce)
}

func secretsAreEncrypted(t *testing.T, dir string) {
	got := shell(t, dir, "etcdctl get /registry/secrets/shop/password --print-value-only | head -c 20")
	if !strings.HasPrefix(got, "k8s:enc:aescbc:v1:") {
		t.Errorf("etcd holds %q", got)
	}
}

// denyAll is a policy for the namespace isolated, eager a pod that tries to get
// out as soon as it runs.
const (
	denyAll = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny-all, namespace: isolated}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
`
	eager = `
apiVersion: v1
kind: Pod
metadata: {name: eager, namespace: isolated}
spec:
  restartPolicy: Never
  containers: [{name: eager, image: "busybox:1.35", command: [sh, -c, "timeout 3 wget -O- S3; exit 1"]}]
`
)

// policiesHold: S3 refuses who has no keys with 403, so that an answer of any
// kind shows that a pod got out.
func policiesHold(t *testing.T, l *lab.Lab) {
	const try = "kubectl -n isolated wait --for=jsonpath='{.status.phase}'=Failed pod/eager --timeout=60s >&2; kubectl -n isolated logs eager"
	pod := strings.ReplaceAll(eager, "S3", l.S3.Endpoint)
	shell(t, l.Dir, "kubectl create namespace isolated; kubectl -n isolated wait --for=create serviceaccount/default --timeout=60s")
	apply(t, l.Dir, denyAll)
	apply(t, l.Dir, pod)
	if got := shell(t, l.Dir, try); !strings.HasSuffix(got, "Terminated") || strings.Contains(got, "403") {
		t.Errorf("with deny-all the pod got %q, want no answer", got)
	}
	shell(t, l.Dir, "kubectl -n isolated delete networkpolicy/deny-all pod/eager --now")
	apply(t, l.Dir, pod)
	if got := shell(t, l.Dir, try); !strings.Contains(got, "403") {
		t.Errorf("without policies the pod got %q", got)
	}
	shell(t, l.Dir, "kubectl delete namespace isolated")
}

func apply(t *testing.T, dir, objects string) {
	t.Helper()
	manifest := filepath.Join(t.TempDir(), "objects.yaml")
	if err := os.WriteFile(manifest, []byte(objects), 0o600); err != nil {
		t.Fatal(err)
	}
	shell(t, dir, "kubectl apply -f "+manifest)
}

func backUpLoseRestore(t *testing.T, l *lab.Lab, nonce string) {
	t.Helper()
	shell(t, l.Dir, "velero backup create first --include-namespaces shop --wait")
	if got := shell(t, l.Dir, "velero backup get first -o json | grep '\"phase\"'"); !strings.Contains(got, "Completed") {
		t.Fatalf("the backup: %s", got)
	}
	shell(t, l.Dir, "kubectl delete namespace shop")
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		left, err := os.ReadDir(l.Cluster.VolumesDir)
		if err == nil && len(left) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the volume of the deleted namespace is still there: %v, %v", left, err)
		}
	}
	shell(t, l.Dir, "velero restore create again --from-backup first --wait")
	if got := shell(t, l.Dir, "velero restore get again -o json | grep '\"phase\"'"); !strings.Contains(got, "Completed") {
		t.Fatalf("the restore: %s", got)
	}
	waitForNonce(t, l.Dir, nonce)
}

func whatWasDoneCanBeRead(t *testing.T, l *lab.Lab) {
	for file, want := range map[string]string{
		l.Cluster.AuditLog: `"verb":"delete","user":{"username":"kubernetes-admin"`,
		l.S3.AccessLog:     "backups/first/velero-backup.json",
	} {
		data, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%s (%d bytes, %v) says nothing of %s", file, len(data), err, want)
		}
	}
}

// TestClusterTwoSideBySide: the second one has Velero on the buckets of the
// first, and lives on when the first one's node is lost.
func TestClusterTwoSideBySide(t *testing.T) {
	needsCluster(t)
	one, two := clusterFolder(t), clusterFolder(t)
	mustRun(t, command, "up", "--name", "main", "--dir", one, "--stage", "machine")
	mustRun(t, command, "up", "--name", "standby", "--dir", two, "--s3-of", one)
	first, second := load(t, one), load(t, two)
	if first.Cluster.Number == second.Cluster.Number || first.Cluster.NodeIP == second.Cluster.NodeIP {
		t.Fatalf("both have number %d, address %s", first.Cluster.Number, first.Cluster.NodeIP)
	}
	if second.S3.Endpoint != first.S3.Endpoint {
		t.Errorf("the second one's S3 is %s, want the first one's %s", second.S3.Endpoint, first.S3.Endpoint)
	}
	mustRun(t, command, "node", "destroy", "--dir", one)
	allHealthy(t, two)
	shell(t, two, "velero backup create over-there --include-namespaces default --wait")
	if _, err := os.Stat(filepath.Join(first.S3.DataDir, first.S3.VeleroBucket, "backups", "over-there")); err != nil {
		t.Error(err)
	}
	mustRun(t, command, "down", "--dir", two)
	if all, _ := status(t, one); !all["s3"].Healthy || !all["s3-secondary"].Healthy {
		t.Errorf("after the second has gone: %+v", all)
	}
}

// TestClusterSurvivesKill kills up at several moments, after a lost disk too,
// and tries again.
func TestClusterSurvivesKill(t *testing.T) {
	needsCluster(t)
	before := inventory(t)
	dir := clusterFolder(t)
	for _, after := range []time.Duration{50 * time.Millisecond, 300 * time.Millisecond, time.Second, 3 * time.Second, 8 * time.Second} {
		ctx, cancel := context.WithTimeout(context.Background(), after)
		_ = exec.CommandContext(ctx, command, "up", "--name", "kill", "--dir", dir).Run() // CommandContext kills
		cancel()
	}
	mustRun(t, command, "up", "--name", "kill", "--dir", dir, "--stage", "kubernetes")
	mustRun(t, command, "node", "destroy", "--dir", dir)
	l := load(t, dir)
	if _, err := os.Stat(l.Cluster.PKIDir); !os.IsNotExist(err) {
		t.Errorf("the certificates are still there (%v)", err)
	}
	mustRun(t, command, "up", "--name", "kill", "--dir", dir, "--stage", "kubernetes")
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	_ = exec.CommandContext(ctx, command, "down", "--dir", dir).Run()
	cancel()
	mustRun(t, command, "down", "--dir", dir)
	nothingOfTheClusterIsLeft(t, l, before)
}

// sharedByLabs is what the last lab of the machine takes with it.
var sharedByLabs = []string{"mount /run/netns", "folder /run/netns", "folder /var/lib/cni", "folder /var/lib/kubelet"}

// nothingOfTheClusterIsLeft holds the machine against what it was before.
func nothingOfTheClusterIsLeft(t *testing.T, l *lab.Lab, before []string) {
	t.Helper()
	now := inventory(t)
	// Somebody else's lab may have come up meanwhile, and with it what labs share.
	another := func(line string) bool {
		return strings.Contains(line, "drplan-") && !regexp.MustCompile(`\b`+l.Cluster.Cgroup+`\b`).MatchString(line)
	}
	others := slices.ContainsFunc(now, another)
	for _, line := range now {
		if !slices.Contains(before, line) && !another(line) && !(others && slices.Contains(sharedByLabs, line)) {
			t.Errorf("left behind: %s", line)
		}
	}
	files, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range files {
		if stat, err := os.ReadFile(filepath.Join(p, "stat")); err != nil || strings.Contains(string(stat), ") Z ") {
			continue // has ended, and waits for its parent to notice
		}
		groups, _ := os.ReadFile(filepath.Join(p, "cgroup"))
		args, _ := os.ReadFile(filepath.Join(p, "cmdline"))
		if strings.Contains(string(groups), "/"+l.Cluster.Cgroup+"/") || strings.Contains(string(args), l.Dir+"/") {
			t.Errorf("still runs: %s %s", p, strings.ReplaceAll(string(args), "\x00", " "))
		}
	}
	if _, err := os.Stat(l.Dir); !os.IsNotExist(err) {
		t.Errorf("the folder is still there (%v)", err)
	}
}

// inventory lists what a cluster might leave on the machine: mounts, links,
// routes, namespaces, control groups, rules of the firewall, settings, folders.
func inventory(t *testing.T) []string {
	t.Helper()
	out := mustRun(t, "/bin/sh", "-c", `
		cut -d' ' -f5 /proc/self/mountinfo | sed 's/^/mount /'
		ip -o link | awk '{print "link", $2}'
		ip route | sed 's/^/route /'
		ls /run/netns 2>/dev/null | sed 's/^/netns /'
		find /sys/fs/cgroup -maxdepth 3 -type d | grep -E 'drplan|kubepods|k8s.io' | sed 's/^/cgroup /'
		iptables-save 2>/dev/null | grep '^-A' | sed 's/^/rule /'
		for s in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys net/ipv4/ip_forward; do
			echo "setting $s $(cat /proc/sys/$s)"
		done
		ls -d /run/* /var/lib/* /var/log/* /etc/cni /opt/cni 2>/dev/null | sed 's/^/folder /'`)
	return strings.Split(strings.TrimSpace(out), "\n")
}
