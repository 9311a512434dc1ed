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

// TestRunsInABucket: every command that reads runs tells of a mirror what it tells
// of the folder, on a machine that has no folder at all.
func TestRunsInABucket(t *testing.T) {
	lab := labtest.Private(t, "--keys", "0")
	work := t.TempDir()
	write(t, filepath.Join(work, "dr-plan.yaml"), small)
	t.Setenv("AWS_ENDPOINT_URL", lab.S3.Endpoint)
	t.Setenv("AWS_ACCESS_KEY_ID", lab.S3.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", lab.S3.SecretKey)
	t.Setenv("AWS_REGION", lab.S3.Region)
	address := "s3://" + lab.S3.Bucket + "/journals"
	ok := func(code int, args ...string) string {
		t.Helper()
		out, got := result(t, drplan(t, work, args...))
		if got != code {
			t.Fatalf("%q: exit code %d, want %d\n%s", args, got, code, out)
		}
		return out
	}
	ok(exitGood, "keys", "new", "signer")
	for range 3 {
		ok(exitGood, "run", "-s", "p", "--mode", "recovery", "--confirm", "p", "--runs", "here", "--mirror", address, "--sign-key", "signer")
	}
	ids, err := runsIn(store.Folder(filepath.Join(work, "here")))
	if err != nil || len(ids) != 3 {
		t.Fatalf("%v, %v", ids, err)
	}
	for _, args := range [][]string{
		{"runs", "list"}, {"runs", "list", "-o", "json", "--limit", "2"}, {"runs", "list", "--scenario", "p", "-o", "csv"}, {"runs", "show"}, {"report", ids[2], "-o", "markdown"},
		{"report", "-o", "html"}, {"runs", "compare", ids[1], "latest"}, {"metrics"}, {"simulate", "-s", "p", "--samples", "100"},
		{"graph", "-s", "p", "--mode", "recovery"}, {"lint"},
		{"runs", "verify"}, {"runs", "verify", "--all", "--key", "signer.pub"}, {"runs", "verify", ids[1], "--key", "signer.pub"},
	} {
		want, code := result(t, drplan(t, work, append(args, "--runs", "here")...))
		got := ok(code, append(args, "--runs", address)...)
		if got != want || got == "" || code == exitCannot {
			t.Errorf("%q: a mirror's says\n%s\nthe folder's\n%s", args, got, want)
		}
	}
	if out := ok(exitGood, "report", "--since", "1d", "--key", "signer.pub", "--runs", address, "-o", "csv"); strings.Count(out, "\n") < 2 {
		t.Errorf("the report over all of them: %s", out)
	}
	ok(exitGood, "report", ids[0], "--runs", address, "--bundle", "evidence.tar.gz", "--sign-key", "signer")
	ok(exitGood, "runs", "verify", "evidence.tar.gz", "--key", "signer.pub")

	// What was changed or deleted there is found.
	bucket, err := s3.OpenBucket(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	names, err := bucket.List(t.Context(), ids[0]+"/whole/")
	if err != nil || len(names) != 1 {
		t.Fatalf("%v, %v", names, err)
	}
	body, version, err := bucket.Read(t.Context(), names[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bucket.Replace(t.Context(), names[0], version, []byte(strings.Replace(string(body), `"seq":3`, `"seq":4`, 1))); err != nil {
		t.Fatal(err)
	}
	if out := ok(exitBad, "runs", "verify", ids[0], "--runs", address, "--key", "signer.pub"); !strings.Contains(out, "BROKEN: whole/") {
		t.Errorf("a changed object: %s", out)
	}
	segments, err := bucket.List(t.Context(), ids[1]+"/journal/")
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := awss3.NewFromConfig(cfg, func(o *awss3.Options) { o.UsePathStyle = true })
	for _, name := range segments {
		if _, err := client.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: &lab.S3.Bucket, Key: aws.String("journals/" + name)}); err != nil {
			t.Fatal(err)
		}
	}
	if out := ok(exitBad, "runs", "verify", "--all", "--runs", address, "--key", "signer.pub"); !strings.Contains(out, ids[1]+": NO JOURNAL") || !strings.Contains(out, ids[2]+": verified") {
		t.Errorf("a deleted journal: %s", out)
	}
	if out := ok(exitCannot, "report", "--runs", "s3://"+lab.S3.Bucket+"/nothing"); !strings.Contains(out, "there are no runs in") {
		t.Errorf("a prefix without runs: %s", out)
	}
	if out := ok(exitCannot, "runs", "list", "--runs", "s3://nobodys-bucket/x"); !strings.Contains(out, "nobodys-bucket") {
		t.Errorf("a bucket that is not there: %s", out)
	}
	if entries, _ := os.ReadDir(work); len(entries) > 6 {
		t.Errorf("reading has written: %v", entries)
	}
}
