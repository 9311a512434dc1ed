package verifybackup

import (
	"os/exec"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

// TestForReal: outside of a drill the procedure itself takes the copy away again,
// also where the backup is not good enough, and never a namespace of others.
func TestForReal(t *testing.T) {
	lab := labtest.Cluster(t)
	original, copied := labtest.Name("drplan-test"), labtest.Name("drplan-test")
	backup := backUp(t, lab, original)
	for _, c := range []struct {
		name, deployments string
		there             bool
		code              int
		failed            string
	}{
		{"good", "1", false, 0, ""},
		{"too little in it", "2", false, 1, "counted"},
		{"somebody has the name", "1", true, 1, "free"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.there {
				ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: copied}}
				if err := lab.Cluster.Client(t).Create(t.Context(), ns); err != nil {
					t.Fatal(err)
				}
				lab.Cluster.Drop(t, ns)
			}
			d := drilltest.New(t, "verify_backup")
			d.Env = lab.Environ(t)
			d.Plan = d.Plan.Swap(t, "          timeout: 5 minutes", "          timeout: 30s")
			d.Args = []string{
				"--mode", "recovery", "--confirm", lab.Cluster.Context,
				"--param", "namespace=" + original, "--param", "copy=" + copied, "--param", "deployments=" + c.deployments,
			}
			r := d.Run()
			if _, ok := r.Failed()[c.failed]; r.Code != c.code || ok != (c.failed != "") {
				t.Errorf("exit code %d, failed: %v; want %d, %s\n%s", r.Code, r.Failed(), c.code, c.failed, r.Log)
			}
			err := lab.Cluster.Client(t).Get(t.Context(), client.ObjectKey{Name: copied}, new(corev1.Namespace))
			if there := err == nil; there != c.there {
				t.Errorf("the namespace %s is there: %v, want %v (%v)", copied, there, c.there, err)
			}
		})
	}
	run(t, lab, "velero", "backup", "delete", backup, "--confirm")
}

// backUp makes a namespace with the shop in it, and its backup.
func backUp(t *testing.T, lab *labtest.Lab, namespace string) string {
	run(t, lab, "kubectl", "create", "namespace", namespace)
	lab.Cluster.Drop(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	run(t, lab, "kubectl", "apply", "-n", namespace, "-f", "shop.yaml")
	run(t, lab, "kubectl", "rollout", "status", "-n", namespace, "deployment/shop", "--timeout=3m")
	run(t, lab, "velero", "backup", "create", namespace, "--include-namespaces", namespace, "--wait")
	return namespace
}

// run runs a program that is found on the PATH of the lab.
func run(t *testing.T, lab *labtest.Lab, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", append([]string{"-c", `exec "$@"`, "sh", name}, args...)...)
	cmd.Env = lab.Environ(t)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}
