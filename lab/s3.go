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

// ensureBuckets makes the server's buckets unless they are there. That it
// succeeds shows that the server takes signed requests.
func (s S3) ensureBuckets(ctx context.Context) error {
	for _, bucket := range s.buckets() {
		if err := s.ensureBucket(ctx, bucket); err != nil {
			return err
		}
	}
	return nil
}

func (s S3) buckets() []string {
	if s.VeleroBucket == "" {
		return []string{s.Bucket}
	}
	return []string{s.Bucket, s.VeleroBucket}
}

func (s S3) ensureBucket(ctx context.Context, bucket string) error {
	status, err := s.request(ctx, http.MethodHead, "/"+bucket)
	if err != nil || status == http.StatusOK {
		return err
	}
	if status != http.StatusNotFound {
		return fmt.Errorf("look for the bucket %s: status %d", bucket, status)
	}
	status, err = s.request(ctx, http.MethodPut, "/"+bucket)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("make the bucket %s: status %d", bucket, status)
	}
	return err
}

// request sends a signed request without a body and returns the status. The
// few requests of a lab do not earn the whole S3 client.
func (s S3) request(ctx context.Context, method, path string) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.Endpoint+path, nil)
	if err != nil {
		return 0, err
	}
	empty := sha256.Sum256(nil)
	digest := hex.EncodeToString(empty[:])
	req.Header.Set("X-Amz-Content-Sha256", digest)
	keys := aws.Credentials{AccessKeyID: s.AccessKey, SecretAccessKey: s.SecretKey}
	if err := v4.NewSigner().SignHTTP(ctx, keys, req, digest, "s3", s.Region, time.Now()); err != nil {
		return 0, err
	}
	resp, err := direct.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// healthy asks for the server's buckets.
func (s S3) healthy(ctx context.Context) error {
	for _, bucket := range s.buckets() {
		status, err := s.request(ctx, http.MethodHead, "/"+bucket)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("the bucket %s: status %d", bucket, status)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// direct asks no proxy: the lab's addresses mean nothing to one.
var direct = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2}}
