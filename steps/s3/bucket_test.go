package s3_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

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
	if _, err := b.Create(ctx, "r/deeper/one", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if names, err := b.Folders(ctx, ""); err != nil || !slices.Equal(names, []string{"q", "r"}) {
		t.Errorf("the folders are %v, %v", names, err)
	}
	if names, err := b.Folders(ctx, "r/"); err != nil || !slices.Equal(names, []string{"deeper"}) {
		t.Errorf("the folders below are %v, %v", names, err)
	}
}

// TestLock holds the real server to what an anchor rests on: what is locked stays,
// and is not replaced; a bucket without locks is found out.
func TestLock(t *testing.T) {
	server := labtest.Shared(t).S3
	t.Setenv("AWS_ENDPOINT_URL", server.Endpoint)
	t.Setenv("AWS_ACCESS_KEY_ID", server.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", server.SecretKey)
	t.Setenv("AWS_REGION", server.Region)
	ctx := t.Context()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		t.Fatal(err)
	}
	client := awss3.NewFromConfig(cfg, func(o *awss3.Options) { o.UsePathStyle = true })
	const bucket = "locked"
	if _, err := client.CreateBucket(ctx, &awss3.CreateBucketInput{Bucket: aws.String(bucket), ObjectLockEnabledForBucket: aws.Bool(true)}); err != nil {
		t.Fatal(err)
	}
	b, err := s3.OpenBucket(ctx, "s3://"+bucket+"/anchor")
	if err != nil {
		t.Fatal(err)
	}
	want := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	until, err := b.Lock(ctx, "r/checkpoint", []byte("a"), want)
	if err != nil || !until.Equal(want) {
		t.Fatalf("locked until %v, %v; want %v", until, err, want)
	}
	if _, err := b.Lock(ctx, "r/checkpoint", []byte("b"), want); !errors.Is(err, fs.ErrExist) {
		t.Errorf("locked twice: %v", err)
	}
	out, err := client.HeadObject(ctx, &awss3.HeadObjectInput{Bucket: aws.String(bucket), Key: aws.String("anchor/r/checkpoint")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.DeleteObject(ctx, &awss3.DeleteObjectInput{Bucket: aws.String(bucket), Key: aws.String("anchor/r/checkpoint"), VersionId: out.VersionId}); err == nil {
		t.Error("what is locked was deleted")
	}
	if body, _, err := b.Read(ctx, "r/checkpoint"); err != nil || string(body) != "a" {
		t.Errorf("read %q, %v", body, err)
	}
	if _, err := b.Lock(ctx, "r/without", []byte("a"), time.Time{}); err == nil || !strings.Contains(err.Error(), "is not locked") {
		t.Errorf("a bucket whose rule locks nothing: %v", err)
	}
	open, err := s3.OpenBucket(ctx, "s3://"+server.Bucket+"/anchor-of-"+t.Name())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open.Lock(ctx, "r/checkpoint", []byte("a"), want); err == nil {
		t.Error("a bucket without object lock locks")
	}
}
