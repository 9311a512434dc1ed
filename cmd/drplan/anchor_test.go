package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/report/store"
	"github.com/drplan/drplan/steps/s3"
)

const small = `
disaster_recovery_plan:
  version: "1.0"
  recovery_procedures:
    p:
      - {step: Look, verify: {files: {exist: [dr-plan.yaml]}}}
`

// TestKeptElsewhere: whoever has this machine can delete a run and all that tells
// of it here, but not what the mirror and the anchor know of it.
func TestKeptElsewhere(t *testing.T) {
	lab := labtest.Private(t, "--keys", "0")
	work := t.TempDir()
	write(t, filepath.Join(work, "dr-plan.yaml"), small)
	t.Setenv("AWS_ENDPOINT_URL", lab.S3.Endpoint)
	t.Setenv("AWS_ACCESS_KEY_ID", lab.S3.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", lab.S3.SecretKey)
	t.Setenv("AWS_REGION", lab.S3.Region)
	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := awss3.NewFromConfig(cfg, func(o *awss3.Options) { o.UsePathStyle = true })
	if _, err := client.CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: aws.String("locked"), ObjectLockEnabledForBucket: aws.Bool(true)}); err != nil {
		t.Fatal(err)
	}
	address, anchor := "s3://"+lab.S3.Bucket+"/journals", "s3://locked/anchor"
	must := func(code int, want string, args ...string) {
		t.Helper()
		out, got := result(t, drplan(t, work, args...))
		if got != code || !strings.Contains(out, want) {
			t.Fatalf("drplan %s: exit code %d, want %d with %q\n%s", strings.Join(args, " "), got, code, want, out)
		}
	}
	must(exitGood, "SHA256:", "keys", "new", "signer")
	run := []string{"run", "-s", "p", "--mode", "recovery", "--confirm", "p", "--runs", "here", "--mirror", address, "--sign-key", "signer"}
	must(exitGood, "signed by", append(run, "--anchor", anchor, "--anchor-retain", "1 hour")...)
	must(exitCannot, "is not locked", append(run, "--anchor", anchor)...) // its rule locks nothing, and none was asked for
	ids, err := runsIn(store.Folder(filepath.Join(work, "here")))
	if err != nil || len(ids) != 2 {
		t.Fatalf("%v, %v", ids, err)
	}
	all := []string{"runs", "verify", "--all", "--runs", "here", "--key", "signer.pub", "--mirror", address, "--anchor", anchor}
	must(exitGood, ": verified", all...)
	store, err := s3.OpenBucket(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		notes, err := filepath.Glob(filepath.Join(work, "here", id, "checkpoint-*"))
		if err != nil || len(notes) != 1 {
			t.Fatalf("%v, %v", notes, err)
		}
		if body, _, err := store.Read(t.Context(), id+"/files/"+filepath.Base(notes[0])); err != nil || string(body) != read(t, notes[0]) {
			t.Errorf("the mirror's checkpoint: %q, %v", body, err)
		}
	}

	// The checkpoint is forged: the other one is out of reach.
	note, err := filepath.Glob(filepath.Join(work, "here", ids[0], "checkpoint-*"))
	if err != nil {
		t.Fatal(err)
	}
	genuine := read(t, note[0])
	if err := os.Remove(note[0]); err != nil {
		t.Fatal(err)
	}
	must(exitGood, "checkpoint", "runs", "sign", ids[0], "--runs", "here", "--sign-key", "signer")
	must(exitBad, "one of the two is forged", "runs", "verify", ids[0], "--runs", "here", "--key", "signer.pub", "--anchor", anchor)
	write(t, note[0], genuine)

	// All that is here goes, and the mirror's copy of the journal.
	if err := os.RemoveAll(filepath.Join(work, "here")); err != nil {
		t.Fatal(err)
	}
	must(exitBad, ids[0]+": MISSING: its checkpoint stands in "+anchor, "runs", "verify", "--all", "--runs", "here", "--anchor", anchor)
	must(exitCannot, "nothing was verified", "runs", "verify", "--all", "--runs", "here", "--mirror", address)
	names, err := store.List(t.Context(), ids[0]+"/")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if _, err := client.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: &lab.S3.Bucket, Key: aws.String("journals/" + name)}); err != nil {
			t.Fatal(err)
		}
	}
	must(exitBad, ids[0]+": MISSING: its start stands in "+address, "runs", "verify", "--all", "--runs", "here", "--mirror", address)
	must(exitGood, "missing", "runs", "list", "--runs", "here", "--mirror", address)
}
