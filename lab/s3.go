package lab

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// ensureBucket makes the lab's bucket unless it is there. That it succeeds shows
// that the server takes signed requests.
func (l *Lab) ensureBucket(ctx context.Context) error {
	status, err := l.s3Request(ctx, http.MethodHead, "/"+l.S3.Bucket)
	if err != nil || status == http.StatusOK {
		return err
	}
	if status != http.StatusNotFound {
		return fmt.Errorf("look for the bucket %s: status %d", l.S3.Bucket, status)
	}
	status, err = l.s3Request(ctx, http.MethodPut, "/"+l.S3.Bucket)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("make the bucket %s: status %d", l.S3.Bucket, status)
	}
	return err
}

// s3Request sends a signed request without a body and returns the status. The
// few requests of a lab do not earn the whole S3 client.
func (l *Lab) s3Request(ctx context.Context, method, path string) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, l.S3.Endpoint+path, nil)
	if err != nil {
		return 0, err
	}
	empty := sha256.Sum256(nil)
	digest := hex.EncodeToString(empty[:])
	req.Header.Set("X-Amz-Content-Sha256", digest)
	keys := aws.Credentials{AccessKeyID: l.S3.AccessKey, SecretAccessKey: l.S3.SecretKey}
	if err := v4.NewSigner().SignHTTP(ctx, keys, req, digest, "s3", l.S3.Region, time.Now()); err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// s3Healthy asks for the lab's bucket.
func (l *Lab) s3Healthy(ctx context.Context) error {
	status, err := l.s3Request(ctx, http.MethodHead, "/"+l.S3.Bucket)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("the bucket %s: status %d", l.S3.Bucket, status)
	}
	return err
}
