package canary

import (
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
	"github.com/drplan/drplan/steps/stepstest"
)

// lab is a namespace that the run of stepstest made, on the real cluster.
type lab struct {
	client.WithWatch
	kube labtest.Kubernetes
	ns   string
}

func onLab(t *testing.T) *lab {
	t.Helper()
	kube := labtest.Cluster(t).Cluster
	t.Setenv("KUBECONFIG", kube.Kubeconfig)
	return &lab{kube.Client(t), kube, kube.Namespace(t, map[string]string{kubeclient.RunAnnotation: stepstest.NewRun(t).RunID})}
}

// pod makes one that has mounted a claim, and waits until it is ready.
func (l *lab) pod(t *testing.T, policy corev1.PersistentVolumeReclaimPolicy) *corev1.Pod {
	t.Helper()
	pv := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: labtest.Name("drplan-test")}, Spec: corev1.PersistentVolumeSpec{
		Capacity:                      corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Mi")},
		AccessModes:                   []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
		PersistentVolumeReclaimPolicy: policy,
		PersistentVolumeSource: corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{
			Path: t.TempDir(), Type: new(corev1.HostPathDirectoryOrCreate)}},
		ClaimRef: &corev1.ObjectReference{Namespace: l.ns, Name: "data"},
	}}
	claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "data", Namespace: l.ns}, Spec: corev1.PersistentVolumeClaimSpec{
		StorageClassName: new(""), VolumeName: pv.Name, AccessModes: pv.Spec.AccessModes,
		Resources: corev1.VolumeResourceRequirements{Requests: pv.Spec.Capacity},
	}}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "db", Namespace: l.ns, Labels: map[string]string{"app": "db"}}, Spec: corev1.PodSpec{
		TerminationGracePeriodSeconds: new(int64(0)),
		Volumes: []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"}}}},
		Containers: []corev1.Container{{
			Name: "db", Image: labtest.Image, ImagePullPolicy: corev1.PullNever, Command: []string{"sleep", "1000000"},
			VolumeMounts: []corev1.VolumeMount{{Name: "data", MountPath: "/data"}},
		}},
	}}
	for _, o := range []client.Object{pv, claim, pod} {
		if err := l.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	l.kube.Drop(t, pv)
	return pod
}

func (l *lab) inVolume() obj {
	return obj{"volume": obj{"namespace": l.ns, "selector": "app=db", "path": "/data/canary"}}
}

func (l *lab) inBoth() obj {
	place := l.inVolume()
	place["configmap"] = l.ns + "/canary"
	return place
}

func TestLifeOfACanaryInACluster(t *testing.T) {
	l := onLab(t)
	t.Run("configmap", func(t *testing.T) { live(t, obj{"configmap": l.ns + "/canary"}) })
	l.pod(t, corev1.PersistentVolumeReclaimRetain)
	t.Run("volume", func(t *testing.T) { live(t, l.inVolume()) })
	t.Run("both", func(t *testing.T) { live(t, l.inBoth()) })
	t.Run("heartbeat", func(t *testing.T) { beat(t, l.inBoth()) })
	must(t, stepstest.NewRun(t).Run, l.inBoth(), obj{"action": "remove"})
	t.Run("reconcile", func(t *testing.T) { reconcile(t, l.inBoth()) })
	must(t, stepstest.NewRun(t).Run, l.inBoth(), obj{"action": "remove"})
	var left corev1.ConfigMap
	if err := l.Get(t.Context(), client.ObjectKey{Namespace: l.ns, Name: "canary"}, &left); client.IgnoreNotFound(err) != nil || err == nil {
		t.Errorf("the ConfigMap without a mark is still there: %v", err)
	}
}

func TestClusterConforms(t *testing.T) {
	l := onLab(t)
	stepstest.Conform(t, Kind(), stepstest.Case{Input: func(*testing.T) any {
		return obj{"action": "write", "configmap": l.ns + "/conform"}
	}})
}

// TestBothMustComeBack: half a restore is none.
func TestBothMustComeBack(t *testing.T) {
	l := onLab(t)
	l.pod(t, corev1.PersistentVolumeReclaimRetain)
	in := stepstest.NewRun(t).Run
	nonce := must(t, in, l.inBoth(), obj{"action": "write"})["nonce"]
	must(t, in, l.inBoth(), obj{"action": "check", "nonce": nonce})
	must(t, in, l.inVolume(), obj{"action": "remove"})
	refuse(t, in, l.inBoth(), obj{"action": "check", "nonce": nonce}, "the volume of app=db in "+l.ns+": there is no canary")
	refuse(t, in, l.inBoth(), obj{"action": "gone"}, "the ConfigMap "+l.ns+"/canary: the canary is still there")
}

// TestTheNamespaceIsGone, and with it the canary; but for a volume that was kept.
func TestTheNamespaceIsGone(t *testing.T) {
	for _, policy := range []corev1.PersistentVolumeReclaimPolicy{corev1.PersistentVolumeReclaimRetain, corev1.PersistentVolumeReclaimDelete} {
		t.Run(string(policy), func(t *testing.T) {
			l := onLab(t)
			pod := l.pod(t, policy)
			in := stepstest.NewRun(t).Run
			must(t, in, l.inBoth(), obj{"action": "write"})
			if err := l.Delete(t.Context(), pod); err != nil {
				t.Fatal(err)
			}
			l.gonePod(t, pod)
			refuse(t, in, l.inVolume(), obj{"action": "gone"}, "the claim data is still there")
			if err := l.Delete(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: l.ns}}); err != nil {
				t.Fatal(err)
			}
			l.goneNamespace(t)
			must(t, in, obj{"configmap": l.ns + "/canary"}, obj{"action": "gone"})
			if policy == corev1.PersistentVolumeReclaimRetain {
				refuse(t, in, l.inVolume(), obj{"action": "gone"}, "is still there (")
				l.dropVolumes(t)
			}
			must(t, in, l.inBoth(), obj{"action": "gone"})
			must(t, in, l.inVolume(), obj{"action": "remove"})
		})
	}
}

// TestADamagedVolume has no canary any more, and the check says what it has.
func TestADamagedVolume(t *testing.T) {
	l := onLab(t)
	pod := l.pod(t, corev1.PersistentVolumeReclaimRetain)
	in := stepstest.NewRun(t).Run
	nonce := must(t, in, l.inVolume(), obj{"action": "write"})["nonce"]
	c, err := kubeclient.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Exec(t.Context(), pod, "", nil, "sh", "-c", `for f in /data/canary/*; do head -c 100 /dev/urandom >$f; done`)
	if err != nil || answer.Code != 0 {
		t.Fatal(answer, err)
	}
	refuse(t, in, l.inVolume(), obj{"action": "check", "nonce": nonce}, "damaged")
	must(t, in, l.inVolume(), obj{"action": "gone"})
}

func TestAPlaceThatIsNoVolume(t *testing.T) {
	l := onLab(t)
	l.pod(t, corev1.PersistentVolumeReclaimRetain)
	place := obj{"volume": obj{"namespace": l.ns, "selector": "app=db", "path": "/database"}}
	refuse(t, stepstest.NewRun(t).Run, place, obj{"action": "write"}, "/database is on no volume of the pod db, which has /data")
}

// TestAPIServerDoesNotAnswer: that it is down proves nothing, but for the folders
// of the data that it served.
func TestAPIServerDoesNotAnswer(t *testing.T) {
	l := onLab(t)
	config, err := clientcmd.LoadFromFile(l.kube.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range config.Clusters {
		c.Server = "https://127.0.0.1:1"
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
	in := stepstest.NewRun(t).Run
	in.Cluster = &steps.Cluster{Kubeconfig: path}
	gone := obj{"action": "gone"}
	refuse(t, in, l.inBoth(), gone, "data_dirs")
	data := t.TempDir()
	refuse(t, in, l.inBoth(), obj{"action": "gone", "data_dirs": []string{data}}, "still there")
	must(t, in, l.inBoth(), obj{"action": "gone", "data_dirs": []string{filepath.Join(data, "absent")}})
}

// TestKubeconfigIsLost: a disaster that takes the machine of the control plane takes
// the kubeconfig on it along.
func TestKubeconfigIsLost(t *testing.T) {
	l := onLab(t)
	in := stepstest.NewRun(t).Run
	in.Cluster = &steps.Cluster{}
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "lost"))
	data := t.TempDir()
	refuse(t, in, l.inBoth(), obj{"action": "gone"}, "data_dirs")
	refuse(t, in, l.inBoth(), obj{"action": "gone", "data_dirs": []string{data}}, "still there")
	must(t, in, l.inBoth(), obj{"action": "gone", "data_dirs": []string{filepath.Join(data, "absent")}})
	refuse(t, in, l.inBoth(), obj{"action": "check", "nonce": "any"}, "no kubeconfig")
	in.Phase = "disaster" // which a resume may find half done
	gone := l.inBoth()
	gone["action"] = "gone"
	for _, c := range stepstest.Decode(t, Kind(), gone).(steps.Preflighter).Preflight(t.Context(), in) {
		if c.Err != nil {
			t.Errorf("%s: %v", c.Name, c.Err)
		}
	}
}

// TestForeignNamespaces are none that a drill writes a canary into.
func TestForeignNamespaces(t *testing.T) {
	l := onLab(t)
	foreign := obj{"configmap": l.kube.Namespace(t, nil) + "/canary"}
	refuse(t, stepstest.NewRun(t).Run, foreign, obj{"action": "write"}, "must not change the namespace")
	in := stepstest.NewRun(t).Run
	in.Mode = "recovery"
	must(t, in, foreign, obj{"action": "write"})
}

func (l *lab) gonePod(t *testing.T, pod *corev1.Pod) {
	l.until(t, func() bool { return l.notFound(t, pod) })
}

func (l *lab) goneNamespace(t *testing.T) {
	l.until(t, func() bool { return l.notFound(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: l.ns}}) })
}

func (l *lab) notFound(t *testing.T, o client.Object) bool {
	err := l.Get(t.Context(), client.ObjectKeyFromObject(o), o)
	return err != nil && client.IgnoreNotFound(err) == nil
}

func (l *lab) until(t *testing.T, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); {
		if time.Now().After(end) {
			t.Fatal("it did not come true")
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// dropVolumes deletes what the namespace's claims left.
func (l *lab) dropVolumes(t *testing.T) {
	var volumes corev1.PersistentVolumeList
	if err := l.List(t.Context(), &volumes); err != nil {
		t.Fatal(err)
	}
	for i := range volumes.Items {
		if c := volumes.Items[i].Spec.ClaimRef; c != nil && c.Namespace == l.ns {
			if err := l.Delete(t.Context(), &volumes.Items[i]); err != nil {
				t.Fatal(err)
			}
			l.until(t, func() bool { return l.notFound(t, &volumes.Items[i]) })
		}
	}
}
