package s3

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/s3client"
)

// Names of preflight checks.
const (
	checkAccess = "s3_access"
	checkSource = "source"
	checkTarget = "target"
	checkBackup = "backup_exists"
	checkHash   = "backup_hash"
	checkSpace  = "disk_space"
)

// probe dials with little patience and sees whether the bucket can be listed.
// The client is nil when the check does not hold. A listing is asked for
// first: unlike HeadBucket's, its refusal has a body that says why.
func probe(ctx context.Context, conn s3client.Conn, in *steps.Run, u s3client.URL) (*s3client.Client, steps.Check) {
	client, err := conn.Dial(ctx, in.Env, s3client.ProbeAttempts)
	if err != nil {
		return nil, steps.Check{Name: checkAccess, Err: err}
	}
	if err := reach(ctx, client, u); err != nil {
		return nil, steps.Check{Name: checkAccess, Err: err}
	}
	return client, steps.Check{Name: checkAccess, Message: fmt.Sprintf("the bucket %s answers", u.Bucket)}
}

func reach(ctx context.Context, c *s3client.Client, u s3client.URL) error {
	_, err := c.ListObjectsV2(ctx, &awss3.ListObjectsV2Input{Bucket: &u.Bucket, Prefix: optional(u.Key), MaxKeys: aws.Int32(1)})
	return c.Explain(ctx, fmt.Sprintf("list %s (s3:ListBucket)", u), err)
}

// probeEarly is probe for a PreflightEarly. A server that does not answer or has no
// such bucket may be what an earlier step brings; a refusal is one.
func probeEarly(ctx context.Context, conn s3client.Conn, in *steps.Run, where string) []steps.Check {
	u, err := s3client.ParseURL(where)
	if err != nil {
		return nil // it is still to come, or Preflight will complain
	}
	_, access := probe(ctx, conn, in, u)
	var refused *s3client.Error
	if errors.As(access.Err, &refused) {
		access.Defer, access.Lacks = refused.Status == 0 || refused.Status >= 500, steps.Service
		if refused.Code == "NoSuchBucket" {
			access.Defer, access.Lacks = true, steps.Bucket
		}
	}
	return []steps.Check{access}
}
