package verify

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestByHand: no assertion is left out.
func TestByHand(t *testing.T) {
	got, err := Kind().Commands(json.RawMessage(`{
		"etcd": {"endpoints": ["https://a:2379"], "members": 3, "key_count": {"prefix": "/my keys/", "min": 5}},
		"http": {"url": "http://a/z", "body": "^ok"},
		"tcp": {"address": "a:80"},
		"command": {"run": ["psql", "-c", "select 1"], "exit": 2, "stdout": "^1"},
		"files": {"exist": ["/a b"], "absent": ["/c", "/d"]},
		"that": ["${steps.a.keys ==\n steps.b.keys}", true]
	}`))
	want := `etcdctl --endpoints=https://a:2379 endpoint hashkv -w table   # 3 members
etcdctl --endpoints=https://a:2379 get --prefix --count-only -w fields '/my keys/'   # Count: at least 5
curl -fsS http://a/z   # its answer matches ^ok
nc -zv a:80
psql -c 'select 1'
# it must exit with 2
# what it prints must match ^1
ls -d '/a b'
! ls -d /c
! ls -d /d
# must be true: ${steps.a.keys == steps.b.keys}
# must be true: true`
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}
