package command

import (
	"testing"

	"github.com/drplan/drplan/steps"
)

func TestBrings(t *testing.T) {
	for input, bucket := range map[string]bool{
		`{"script":"git commit -m x\ngit bundle create all.bundle --all"}`: false,
		`{"argv":["./bundle","${run.dir}","1"]}`:                           false,
		`{"script":"aws s3 mb s3://drills"}`:                               true,
		`{"argv":["./make","${params.bucket}"]}`:                           true,
		`{"argv":["terraform","apply","-auto-approve"]}`:                   true,
		`{"argv":["ansible-playbook","Infrastructure.yml"]}`:               true,
	} {
		got := Kind().MayBring([]byte(input))
		if got&steps.Bucket != 0 != bucket || got|steps.Bucket != steps.Anything {
			t.Errorf("%s brings %b, a bucket: want %t", input, got, bucket)
		}
	}
}
