package s3

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/backup"
	"github.com/drplan/drplan/steps/internal/s3client"
)

func TestMain(m *testing.M) {
	log.SetOutput(io.Discard) // the proxies' complaints about the faults that they make
	labtest.Main(m)
}

// bucket is one of the lab's S3 server, empty and of this test alone.
type bucket struct {
	t        *testing.T
	server   *labtest.S3Server
	client   *s3client.Client
	endpoint string // the server's, or that of a proxy before it
	name     string
}

var buckets atomic.Int64

func newBucket(t *testing.T) *bucket {
	t.Helper()
	server := labtest.S3(t)
	b := &bucket{t: t, server: server, endpoint: server.Endpoint, name: fmt.Sprintf("bucket-%d", buckets.Add(1))}
	conn := s3client.Conn{
		Endpoint: server.Endpoint, Region: server.Region, PathStyle: true,
		AccessKey: steps.Secret(server.AccessKey), SecretKey: steps.Secret(server.SecretKey),
	}
	var err error
	if b.client, err = conn.Dial(t.Context(), nil, s3client.Attempts); err != nil {
		t.Fatal(err)
	}
	if _, err := b.client.CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: &b.name}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bucket) url(key string) string { return "s3://" + b.name + "/" + key }

// put stores an object as others would, with user metadata as given.
func (b *bucket) put(key string, data []byte, metadata map[string]string) {
	b.t.Helper()
	_, err := b.client.PutObject(b.t.Context(), &awss3.PutObjectInput{
		Bucket: &b.name, Key: &key, Body: bytes.NewReader(data), Metadata: metadata,
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// backup stores an object with the metadata of a backup begun at that time.
func (b *bucket) backup(key string, started time.Time) {
	b.t.Helper()
	data := []byte("backup " + key)
	b.put(key, data, backup.ToS3(backup.Meta{Kind: "file", StartedAt: started, Run: "run-of-" + key, Size: int64(len(data))}))
}

// onDisk is where the server keeps an object's bytes.
func (b *bucket) onDisk(key string) string { return filepath.Join(b.server.DataDir, b.name, key) }

// uploadedAt makes the server believe that an object was uploaded then.
func (b *bucket) uploadedAt(key string, at time.Time) {
	b.t.Helper()
	if err := os.Chtimes(b.onDisk(key), at, at); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bucket) versioned() *bucket {
	b.t.Helper()
	_, err := b.client.PutBucketVersioning(b.t.Context(), &awss3.PutBucketVersioningInput{
		Bucket: &b.name, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return b
}

// keys lists what is in the bucket.
func (b *bucket) keys() []string {
	b.t.Helper()
	out, err := b.client.ListObjectsV2(b.t.Context(), &awss3.ListObjectsV2Input{Bucket: &b.name})
	if err != nil {
		b.t.Fatal(err)
	}
	keys := []string{}
	for _, o := range out.Contents {
		keys = append(keys, *o.Key)
	}
	return keys
}

// uploads counts the uploads in parts that are not completed.
func (b *bucket) uploads() int {
	b.t.Helper()
	out, err := b.client.ListMultipartUploads(b.t.Context(), &awss3.ListMultipartUploadsInput{Bucket: &b.name})
	if err != nil {
		b.t.Fatal(err)
	}
	return len(out.Uploads)
}

// requests counts the requests for an operation on this bucket in the server's
// access log, such as s3_PutObject.
func (b *bucket) requests(operation string) int {
	b.t.Helper()
	log, err := os.ReadFile(b.server.AccessLog)
	if err != nil {
		b.t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(log)) {
		if strings.Contains(line, " "+operation+" ") && (strings.Contains(line, "/"+b.name+"/") || strings.Contains(line, " "+b.name+" ")) {
			n++
		}
	}
	return n
}

// step decodes a step as a plan would, with the connection's fields.
func (b *bucket) step(kind steps.Kind, input map[string]any) steps.Step {
	b.t.Helper()
	for name, value := range b.conn() {
		if _, given := input[name]; !given {
			input[name] = value
		}
	}
	return decode(b.t, kind, input)
}

func (b *bucket) conn() map[string]any {
	return map[string]any{
		"endpoint": b.endpoint, "region": b.server.Region,
		"access_key": b.server.AccessKey, "secret_key": b.server.SecretKey,
	}
}

func decode(t *testing.T, kind steps.Kind, input map[string]any) steps.Step {
	t.Helper()
	raw, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	step, err := kind.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := step.(steps.Validator); ok {
		if err := v.Validate(false); err != nil {
			t.Fatal(err)
		}
	}
	return step
}

func newRun(t *testing.T) *steps.Run {
	return &steps.Run{
		RunID: "20260301-" + t.Name(), StepID: "step[a b]", Attempt: 1, Mode: "recovery", Phase: "procedure", Dir: t.TempDir(),
		Log: slog.New(slog.DiscardHandler), Output: io.Discard, Progress: func(string) {}, Now: time.Now,
	}
}

// run runs a step and fails the test when the step fails.
func run(t *testing.T, step steps.Step, in *steps.Run) steps.Outputs {
	t.Helper()
	out, err := step.Run(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// fails runs a step that must fail with an error that contains each part.
func fails(t *testing.T, step steps.Step, in *steps.Run, final bool, parts ...string) {
	t.Helper()
	out, err := step.Run(t.Context(), in)
	if err == nil {
		t.Fatalf("no error, outputs %v", out)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q lacks %q", err, part)
		}
	}
	if steps.IsFinal(err) != final {
		t.Errorf("final is %v, want %v: %v", steps.IsFinal(err), final, err)
	}
}

// bytesOf makes n bytes that no other call makes.
func bytesOf(n int) []byte {
	data := make([]byte, n)
	chacha := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8), byte(n >> 16)})
	chacha.Read(data)
	return data
}

// fileOf writes n bytes to a file of the test's own.
func fileOf(t *testing.T, name string, n int) (string, []byte) {
	t.Helper()
	file, data := filepath.Join(t.TempDir(), name), bytesOf(n)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file, data
}

// absent fails the test when a file is there.
func absent(t *testing.T, files ...string) {
	t.Helper()
	for _, file := range files {
		if _, err := os.Lstat(file); err == nil {
			t.Errorf("%s was left behind", file)
		}
	}
}

func check(t *testing.T, checks []steps.Check, name string) steps.Check {
	t.Helper()
	for _, c := range checks {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no check %s among %v", name, checks)
	return steps.Check{}
}

func preflight(ctx context.Context, step steps.Step, in *steps.Run) []steps.Check {
	return step.(steps.Preflighter).Preflight(ctx, in)
}
