package s3client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"

	"github.com/drplan/drplan/steps"
)

const (
	// Attempts is how often one request is sent before its error stands: with
	// Backoff, a storm of refusals may last half a minute.
	Attempts = 10

	// ProbeAttempts is Attempts for preflight, which people wait for.
	ProbeAttempts = 3

	// defaultRegion is what servers other than Amazon's expect in signatures.
	defaultRegion = "us-east-1"

	dialTimeout       = 5 * time.Second
	credentialTimeout = 15 * time.Second
	firstBackoff      = 100 * time.Millisecond
	maxBackoff        = 20 * time.Second
)

// Client is a client of S3 that explains its errors.
type Client struct {
	*s3.Client
	endpoint string // "" for Amazon's own
	redact   *strings.Replacer
}

// Dial makes a client. env is the step's own environment, which goes before
// the process's. Nothing is sent to S3 yet, but credentials are looked up: the
// error says where they may come from. Each request is sent at most attempts
// times.
func (c Conn) Dial(ctx context.Context, env map[string]string, attempts int) (*Client, error) {
	cfg, err := c.load(ctx, env, attempts)
	if err != nil {
		return nil, err
	}
	creds, err := retrieve(ctx, cfg)
	if err != nil {
		return nil, err
	}
	client := &Client{redact: redactor(creds)}
	client.Client = s3.NewFromConfig(cfg, func(o *s3.Options) {
		if endpoint := first(c.Endpoint, env["AWS_ENDPOINT_URL_S3"], env["AWS_ENDPOINT_URL"]); endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
		client.endpoint = aws.ToString(o.BaseEndpoint)
		o.UsePathStyle = c.PathStyle && client.endpoint != ""
		if o.Region == "" && client.endpoint != "" {
			o.Region = defaultRegion
		}
		o.DisableLogOutputChecksumValidationSkipped = true
	})
	if client.Options().Region == "" {
		return nil, steps.Final(errors.New("no region is set: set the field region, or AWS_REGION"))
	}
	return client, nil
}

func (c Conn) load(ctx context.Context, env map[string]string, attempts int) (aws.Config, error) {
	options := []func(*config.LoadOptions) error{
		config.WithHTTPClient(transport()),
		config.WithLogger(logging.Nop{}),
		config.WithRetryer(func() aws.Retryer { return retryer(attempts) }),
		config.WithRegion(first(c.Region, env["AWS_REGION"], env["AWS_DEFAULT_REGION"])),
	}
	fromEnv, err := environment(env)
	if err != nil {
		return aws.Config{}, err
	}
	options = append(options, fromEnv...)
	switch {
	case c.AccessKey != "":
		options = append(options, static(string(c.AccessKey), string(c.SecretKey), string(c.SessionToken)))
	case c.Profile != "":
		options = append(options, config.WithSharedConfigProfile(c.Profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, steps.Final(fmt.Errorf("read the AWS configuration: %w", err))
	}
	return cfg, nil
}

// environment is what the AWS SDK would do with env, were it the process's. A
// name of AWS that it does not know is an error: to ignore it could mean to
// reach another account.
func environment(env map[string]string) ([]func(*config.LoadOptions) error, error) {
	var options []func(*config.LoadOptions) error
	for name, value := range env {
		switch name {
		case "AWS_PROFILE":
			options = append(options, config.WithSharedConfigProfile(value))
		case "AWS_CONFIG_FILE":
			options = append(options, config.WithSharedConfigFiles([]string{value}))
		case "AWS_SHARED_CREDENTIALS_FILE":
			options = append(options, config.WithSharedCredentialsFiles([]string{value}))
		case "AWS_CA_BUNDLE":
			pem, err := os.ReadFile(value)
			if err != nil {
				return nil, steps.Final(fmt.Errorf("AWS_CA_BUNDLE: %w", err))
			}
			options = append(options, config.WithCustomCABundle(bytes.NewReader(pem)))
		case "AWS_ACCESS_KEY_ID":
			options = append(options, static(value, env["AWS_SECRET_ACCESS_KEY"], env["AWS_SESSION_TOKEN"]))
		case "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION",
			"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_PAGER":
		default:
			if strings.HasPrefix(name, "AWS_") {
				return nil, steps.Final(fmt.Errorf("%s has no effect in a step's env: set it in the environment of drplan", name))
			}
		}
	}
	return options, nil
}

func static(access, secret, token string) func(*config.LoadOptions) error {
	return config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(access, secret, token))
}

// transport gives up soon on a server that does not answer the phone. There is
// no limit on a whole request: it may carry gigabytes.
func transport() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithDialerOptions(func(d *net.Dialer) {
		d.Timeout = dialTimeout
	}).WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost = 64 // more than any step's concurrency: no new connection for every part
	})
}

// retryer is the SDK's standard one, bounded by attempts alone. Its token
// bucket is off: many parts that are refused at once would empty it, and fail
// a transfer that a second of patience would have saved.
func retryer(attempts int) aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = attempts
		o.RateLimiter = ratelimit.None
		o.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) {
			return Backoff(attempt), nil
		})
	})
}

// Backoff is how long to wait before the attempt after attempt (1, 2, …): it
// doubles from 100 ms to 20 s, and half of it is random.
func Backoff(attempt int) time.Duration {
	d := min(firstBackoff<<min(max(attempt-1, 0), 10), maxBackoff)
	return d/2 + rand.N(d/2)
}

func retrieve(ctx context.Context, cfg aws.Config) (aws.Credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, credentialTimeout)
	defer cancel()
	creds, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return creds, fmt.Errorf("no credentials for S3: set access_key and secret_key, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE: %w", err)
	}
	return creds, nil
}

func redactor(c aws.Credentials) *strings.Replacer {
	var pairs []string
	for _, secret := range []string{c.SecretAccessKey, c.SessionToken, c.AccessKeyID} {
		if secret != "" {
			pairs = append(pairs, secret, "[redacted]")
		}
	}
	return strings.NewReplacer(pairs...)
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
