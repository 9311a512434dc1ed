package s3client

import (
	"errors"
	"net/url"

	"github.com/drplan/drplan/steps"
)

// Conn is where and as whom to connect. It is embedded in the config of step
// kinds. Its zero value is the AWS SDK's default chain.
type Conn struct {
	Endpoint     string       `json:"endpoint" doc:"The server, such as https://minio.example.com:9000. Default: AWS_ENDPOINT_URL, else Amazon."`
	Region       string       `json:"region" doc:"Default: AWS_REGION or the profile's; us-east-1 where there is an endpoint."`
	PathStyle    bool         `json:"path_style" default:"true" doc:"Address a bucket as https://endpoint/bucket, not https://bucket.endpoint. Amazon itself is addressed as it likes."`
	AccessKey    steps.Secret `json:"access_key" doc:"A reference such as ${secret.S3_ACCESS_KEY}. Default: AWS_ACCESS_KEY_ID, shared files, an instance's role."`
	SecretKey    steps.Secret `json:"secret_key" doc:"A reference such as ${secret.S3_SECRET_KEY}. It goes with access_key."`
	SessionToken steps.Secret `json:"session_token" doc:"Goes with an access_key that is temporary."`
	Profile      string       `json:"profile" doc:"A profile of the shared AWS configuration files."`
}

// Validate checks what can be checked without a connection. Fields that still
// hold an expression are empty, and not complained about.
func (c Conn) Validate(partial bool) error {
	var errs []error
	if c.Endpoint != "" {
		if err := checkEndpoint(c.Endpoint); err != nil {
			errs = append(errs, steps.Errorf("endpoint", "%w", err))
		}
	}
	if !partial && (c.AccessKey == "") != (c.SecretKey == "") {
		errs = append(errs, steps.Errorf("access_key", "access_key and secret_key go together: give both or neither"))
	}
	if !partial && c.SessionToken != "" && c.AccessKey == "" {
		errs = append(errs, steps.Errorf("session_token", "it needs access_key and secret_key"))
	}
	if c.AccessKey != "" && c.Profile != "" {
		errs = append(errs, steps.Errorf("profile", "access_key is given too: choose one"))
	}
	return errors.Join(errs...)
}

func checkEndpoint(endpoint string) error {
	u, err := url.Parse(endpoint)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("an endpoint is a URL such as https://minio.example.com:9000")
	case u.User != nil:
		return errors.New("credentials do not belong into an endpoint: use access_key and secret_key")
	case u.RawQuery != "" || u.Fragment != "":
		return errors.New("an endpoint has no ? and no #")
	}
	return nil
}
