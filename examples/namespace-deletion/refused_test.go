package namespacedeletion

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

// TestRefused: what must not run, or could not, has changed nothing. By the API
// server's audit log it did not even ask for it.
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		groups []string
		before func(*testing.T, *drilltest.Drill)
		says   string
	}{
		"no permissions":         {nil, func(*testing.T, *drilltest.Drill) {}, "create namespaces"},
		"the namespace is there": {[]string{labtest.Administrators}, somebodysShop, "drill-shop"},
	} {
		t.Run(name, func(t *testing.T) {
			d := drill(t)
			c.before(t, d)
			user := d.As(c.groups...)
			d.Run().Refused(t, c.says)
			for _, w := range user.Writes(t) {
				t.Errorf("the API server was asked to %s", w)
			}
		})
	}
}

// somebodysShop is a namespace of the drill's name that the drill did not make.
func somebodysShop(t *testing.T, d *drilltest.Drill) {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "drill-shop"}}
	if err := d.Lab.Cluster.Client(t).Create(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { gone(t, d.Lab, ns) })
	d.Lab.Cluster.Drop(t, ns)
}

// gone waits until the next drill can make it.
func gone(t *testing.T, lab *labtest.Lab, ns *corev1.Namespace) {
	asked := lab.Cluster.Client(t)
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		err := asked.Get(context.Background(), client.ObjectKeyFromObject(ns), ns) // the test's own context is over
		if apierrors.IsNotFound(err) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the namespace %s does not go: %v", ns.Name, err)
		}
	}
}
