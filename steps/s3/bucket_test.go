package s3_test

import (
	"errors"
	"io/fs"
	"slices"
	"testing"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps/s3"
)

// TestBucket holds the real server to the conditions that a run's mirror rests
// on: of two writers one wins.
func TestBucket(t *testing.T) {
	server := labtest.Shared(t).S3
	t.Setenv("AWS_ENDPOINT_URL", server.Endpoint)
	t.Setenv("AWS_ACCESS_KEY_ID", server.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", server.SecretKey)
	t.Setenv("AWS_REGION", server.Region)
	ctx := t.Context()
	b, err := s3.OpenBucket(ctx, "s3://"+server.Bucket+"/mirror-of-"+t.Name())
	if err != nil {
		t.Fatal(err)
	}
	first, err := b.Create(ctx, "r/lock.json", []byte("a"))
	if err != nil || first == "" {
		t.Fatalf("version %q, %v", first, err)
	}
	if _, err := b.Create(ctx, "r/lock.json", []byte("b")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("created twice: %v", err)
	}
	second, err := b.Replace(ctx, "r/lock.json", first, []byte("b"))
	if err != nil || second == first {
		t.Fatalf("replaced %q by %q, %v", first, second, err)
	}
	if _, err := b.Replace(ctx, "r/lock.json", first, []byte("c")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("replaced what had changed: %v", err)
	}
	if body, version, err := b.Read(ctx, "r/lock.json"); string(body) != "b" || version != second || err != nil {
		t.Errorf("read %q, version %q, %v", body, version, err)
	}
	if _, _, err := b.Read(ctx, "r/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("read what is not there: %v", err)
	}
	if _, err := b.Create(ctx, "q/other", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if names, err := b.List(ctx, "r/"); err != nil || !slices.Equal(names, []string{"r/lock.json"}) {
		t.Errorf("listed %v, %v", names, err)
	}
	if names, err := b.List(ctx, ""); err != nil || !slices.Equal(names, []string{"q/other", "r/lock.json"}) {
		t.Errorf("listed %v, %v", names, err)
	}
}
