package s3client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
)

func TestMain(m *testing.M) { labtest.Main(m) }

func TestParseURL(t *testing.T) {
	for in, want := range map[string]URL{
		"s3://b":            {"b", ""},
		"s3://b/":           {"b", ""},
		"s3://b/k":          {"b", "k"},
		"s3://b/a b/../%20": {"b", "a b/../%20"},
	} {
		if got, err := ParseURL(in); err != nil || got != want {
			t.Errorf("%s: %+v, error %v", in, got, err)
		}
	}
	for in, want := range map[string]string{
		"":                   "write s3://bucket/key",
		"https://b/k":        "write s3://bucket/key",
		"s3:///k":            "names no bucket",
		"s3://b//k":          "two slashes",
		"s3://user:pw@b/key": "not a bucket's name",
	} {
		if _, err := ParseURL(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", in, err, want)
		}
	}
	for _, in := range []string{"s3://b", "s3://b/folder/"} {
		if _, err := ParseObject(in); err == nil {
			t.Errorf("%s names an object", in)
		}
	}
}

func TestValidate(t *testing.T) {
	for want, c := range map[string]Conn{
		"go together":       {AccessKey: "a"},
		"needs access_key":  {SessionToken: "t"},
		"choose one":        {AccessKey: "a", SecretKey: "s", Profile: "p"},
		"is a URL":          {Endpoint: "minio:9000"},
		"do not belong":     {Endpoint: "http://u:p@minio:9000"},
		"has no ? and no #": {Endpoint: "http://minio:9000/?x"},
	} {
		if err := c.Validate(false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q", c, err, want)
		}
	}
	if err := (Conn{Endpoint: "https://minio:9000", AccessKey: "a", SecretKey: "s"}).Validate(false); err != nil {
		t.Error(err)
	}
}

func labConn(s *labtest.S3Server) Conn {
	return Conn{Endpoint: s.Endpoint, PathStyle: true, AccessKey: steps.Secret(s.AccessKey), SecretKey: steps.Secret(s.SecretKey)}
}

func dial(t *testing.T, c Conn, env map[string]string) *Client {
	t.Helper()
	client, err := c.Dial(t.Context(), env, ProbeAttempts)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// ask lists a bucket and explains what came of it.
func ask(ctx context.Context, c *Client, bucket string) error {
	_, err := c.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket, MaxKeys: aws.Int32(1)})
	return c.Explain(ctx, "list "+bucket, err)
}

// TestRefusals: each cause has words of its own that say what to do.
func TestRefusals(t *testing.T) {
	server := labtest.S3(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer busy.Close()
	denied := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, `<Error><Code>Odd</Code><Message>you sent %s</Message></Error>`, server.SecretKey)
	}))
	defer denied.Close()

	for _, tt := range []struct {
		name   string
		change func(*Conn)
		bucket string
		final  bool
		want   string
	}{
		{"access key", func(c *Conn) { c.AccessKey = "WRONG" }, server.Bucket, true, "check AWS_ACCESS_KEY_ID or access_key"},
		{"secret key", func(c *Conn) { c.SecretKey = "WRONG" }, server.Bucket, true, "check AWS_SECRET_ACCESS_KEY or secret_key"},
		{"bucket", func(*Conn) {}, "no-such-bucket", true, "there is no such bucket"},
		{"no server", func(c *Conn) { c.Endpoint = "http://" + closed.Addr().String() }, "b", false, "cannot be reached"},
		{"busy", func(c *Conn) { c.Endpoint = busy.URL }, "b", false, "slow down"},
		{"unknown refusal", func(c *Conn) { c.Endpoint = denied.URL }, "b", true, "you sent [redacted] (HTTP 403, Odd)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			conn := labConn(server)
			tt.change(&conn)
			err := ask(t.Context(), dial(t, conn, nil), tt.bucket)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "list "+tt.bucket+": ") {
				t.Fatalf("error %v, want %q", err, tt.want)
			}
			if steps.IsFinal(err) != tt.final {
				t.Errorf("final is %v: %v", !tt.final, err)
			}
			for _, secret := range []string{server.SecretKey, string(conn.SecretKey), string(conn.AccessKey)} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("a secret is in %q", err)
				}
			}
		})
	}
}

func TestExplainUnknownHost(t *testing.T) {
	c := &Client{endpoint: "https://minio", redact: strings.NewReplacer()}
	err := c.Explain(t.Context(), "list b", &net.OpError{Op: "dial", Err: &net.DNSError{Name: "minio", IsNotFound: true}})
	if err == nil || !strings.Contains(err.Error(), "there is no host minio: check the endpoint and DNS") || steps.IsFinal(err) {
		t.Errorf("error %v", err)
	}
}

func TestCancellationIsNoRefusal(t *testing.T) {
	client := dial(t, labConn(labtest.S3(t)), nil)
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("the run was stopped")
	cancel(stop)
	if err := ask(ctx, client, "b"); !errors.Is(err, stop) || steps.IsFinal(err) {
		t.Errorf("error %v", err)
	}
}

// TestEnvironment: the step's env goes before the process's, and the fields
// before both.
func TestEnvironment(t *testing.T) {
	server := labtest.S3(t)
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
	t.Setenv("AWS_ACCESS_KEY_ID", "WRONG")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "WRONG")
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	env := map[string]string{
		"AWS_ENDPOINT_URL": server.Endpoint, "AWS_ACCESS_KEY_ID": server.AccessKey, "AWS_SECRET_ACCESS_KEY": server.SecretKey,
		"AWS_REGION": server.Region, "HOME": "/nowhere",
	}
	if err := ask(t.Context(), dial(t, Conn{PathStyle: true}, env), server.Bucket); err != nil {
		t.Errorf("the step's env: %v", err)
	}
	wrong := map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "WRONG", "AWS_SECRET_ACCESS_KEY": "WRONG"}
	if err := ask(t.Context(), dial(t, labConn(server), wrong), server.Bucket); err != nil {
		t.Errorf("the fields: %v", err)
	}

	profile := filepath.Join(t.TempDir(), "credentials")
	text := fmt.Sprintf("[lab]\naws_access_key_id = %s\naws_secret_access_key = %s\n", server.AccessKey, server.SecretKey)
	if err := os.WriteFile(profile, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	conn := Conn{Endpoint: server.Endpoint, PathStyle: true, Profile: "lab"}
	if err := ask(t.Context(), dial(t, conn, map[string]string{"AWS_SHARED_CREDENTIALS_FILE": profile}), server.Bucket); err != nil {
		t.Errorf("a profile: %v", err)
	}
	if _, err := conn.Dial(t.Context(), map[string]string{"AWS_ROLE_ARN": "x"}, 1); err == nil || !strings.Contains(err.Error(), "AWS_ROLE_ARN has no effect") {
		t.Errorf("an unknown name: %v", err)
	}
}

func TestMissingSettings(t *testing.T) {
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	if _, err := (Conn{}).Dial(t.Context(), nil, 1); err == nil || !strings.Contains(err.Error(), "no credentials for S3: set access_key") {
		t.Errorf("no credentials: %v", err)
	}
	if _, err := (Conn{AccessKey: "a", SecretKey: "s"}).Dial(t.Context(), nil, 1); err == nil || !strings.Contains(err.Error(), "no region is set") {
		t.Errorf("no region: %v", err)
	}
	if _, err := (Conn{AccessKey: "a", SecretKey: "s", Profile: "p"}).Dial(t.Context(), nil, 1); err == nil {
		t.Error("no region, and no error")
	}
}

func TestPathStyle(t *testing.T) {
	for _, tt := range []struct {
		conn Conn
		want bool
	}{
		{Conn{Endpoint: "https://minio.example.com", PathStyle: true}, true},
		{Conn{Endpoint: "https://oss.example.com"}, false},
		{Conn{Region: "eu-west-1", PathStyle: true}, false}, // Amazon's own
	} {
		t.Setenv("AWS_ENDPOINT_URL", "")
		tt.conn.AccessKey, tt.conn.SecretKey = "a", "s"
		if got := dial(t, tt.conn, nil).Options().UsePathStyle; got != tt.want {
			t.Errorf("%+v: path style %v", tt.conn, got)
		}
	}
}

func TestBackoff(t *testing.T) {
	total := time.Duration(0)
	for attempt := range Attempts + 90 {
		d := Backoff(attempt)
		if d < firstBackoff/2 || d > maxBackoff {
			t.Fatalf("attempt %d: %s", attempt, d)
		}
		if attempt < Attempts {
			total += d
		}
	}
	if total < 10*time.Second || total > time.Minute {
		t.Errorf("all attempts together wait %s, want half a minute or so", total)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Wait(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if err := Wait(t.Context(), time.Nanosecond); err != nil {
		t.Error(err)
	}
}
