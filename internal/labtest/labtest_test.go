package labtest

import (
	"errors"
	"io/fs"
	"os"
	"testing"
)

func TestMain(m *testing.M) { Main(m) }

func TestSharedServes(t *testing.T) {
	lab := Shared(t)
	if Shared(t) != lab {
		t.Error("the second call started another lab")
	}
	client := lab.Etcd.Client(t)
	if _, err := client.Put(t.Context(), "/labtest", "1"); err != nil {
		t.Fatal(err)
	}
	if len(lab.Etcd.Members) != 3 || S3(t).Endpoint == "" {
		t.Errorf("want three members and an S3 server, got %+v", lab)
	}
}

func TestPrivateMayBreakAndGoesAway(t *testing.T) {
	var dir string
	t.Run("lab", func(t *testing.T) {
		lab := Private(t)
		dir = lab.Dir
		member := lab.Etcd.Members[0]
		Sh(t, member.Kill)
		Sh(t, member.Start)
		if got := Starts(t, member.StartsLog); got != 2 {
			t.Errorf("want two starts of %s, got %d", member.Name, got)
		}
	})
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the lab's folder is still there: %v", err)
	}
}
