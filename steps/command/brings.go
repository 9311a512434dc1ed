package command

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/drplan/drplan/steps"
)

// ofBuckets are words of commands that make buckets, or call what does.
var ofBuckets = []string{"s3", "bucket", "minio", "terraform", "tofu", "pulumi", "cloudformation", "ansible", "crossplane"}

// brings is anything, but a bucket only where the command speaks of such things: a
// drill that would find none at its end should not begin because it runs git first.
func brings(input json.RawMessage) steps.Things {
	text := bytes.ToLower(input)
	if slices.ContainsFunc(ofBuckets, func(word string) bool { return bytes.Contains(text, []byte(word)) }) {
		return steps.Anything
	}
	return steps.Anything &^ steps.Bucket
}
