package s3

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	tmtypes "github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager/types"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/atomicfile"
	"github.com/drplan/drplan/steps/internal/s3client"
)

const (
	// minPart is S3's least size of a part but the last.
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
	minPart = 5 << 20

	maxConcurrency = 64

	// abortTimeout bounds the removal of parts after a failure.
	abortTimeout = 10 * time.Second
)

// checkConcurrency is for Validate.
func checkConcurrency(n int, partial bool) error {
	if n == 0 && partial || n > 0 && n <= maxConcurrency {
		return nil
	}
	return steps.Errorf("concurrency", "%d: it is from 1 to %d", n, maxConcurrency)
}

// send uploads the source. When it fails no part of it is left behind.
func (c *UploadConfig) send(ctx context.Context, client *s3client.Client, to s3client.URL, src *source, in *steps.Run) error {
	parts := &partsAPI{Client: client.Client, note: filepath.Join(in.Dir, "multipart_upload")}
	if err := parts.abortLeftover(ctx, to); err != nil {
		return client.Explain(ctx, fmt.Sprintf("remove the parts that an earlier attempt left at %s (s3:AbortMultipartUpload)", to), err)
	}
	f, err := os.Open(src.file)
	if err != nil {
		return err
	}
	defer f.Close()
	bar := &progress{verb: "sent", total: src.meta.Size, tell: in.Progress}
	body := newChecked(&cancelled{ctx, f}, src.meta.SHA256, bar)

	_, err = transfermanager.New(parts, c.tune).UploadObject(ctx, c.request(to, src, body))
	if errors.Is(err, errChanged) {
		return steps.Final(fmt.Errorf("%s: %w", src.file, errChanged))
	}
	if err != nil {
		return c.hint(client.Explain(ctx, fmt.Sprintf("upload %s (s3:PutObject)", to), err))
	}
	return parts.forget()
}

// hint names the fields that keep an upload from a server with gaps.
func (c *UploadConfig) hint(err error) error {
	if s3client.Code(err) == "NotImplemented" {
		return fmt.Errorf("%w: try checksum: none, if_none_match: false", err)
	}
	return err
}

func (c *UploadConfig) request(to s3client.URL, src *source, body *checked) *transfermanager.UploadObjectInput {
	req := &transfermanager.UploadObjectInput{
		Bucket: &to.Bucket, Key: &to.Key, Body: body, ContentLength: &src.meta.Size,
		Metadata: src.userMetadata(c.Metadata),
	}
	if c.IfNoneMatch {
		req.IfNoneMatch = aws.String("*")
	}
	return req
}

func (c *UploadConfig) tune(o *transfermanager.Options) {
	o.PartSizeBytes = int64(c.PartSize)
	o.MultipartUploadThreshold = int64(c.PartSize)
	o.Concurrency = c.Concurrency
	o.FailTimeout = abortTimeout
	switch c.Checksum {
	case "sha256":
		o.ChecksumAlgorithm = tmtypes.ChecksumAlgorithmSha256
	case "crc32":
		o.ChecksumAlgorithm = tmtypes.ChecksumAlgorithmCrc32
	case "crc32c":
		o.ChecksumAlgorithm = tmtypes.ChecksumAlgorithmCrc32c
	case "none":
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
	}
}

// partsAPI is the client that the transfer manager works with. It notes the id
// of an upload in parts before the first part is sent, so that another attempt
// can remove what a killed process left: such parts cost money, and no listing
// shows them.
type partsAPI struct {
	*awss3.Client
	note string // a file
}

func (p *partsAPI) CreateMultipartUpload(ctx context.Context, req *awss3.CreateMultipartUploadInput, options ...func(*awss3.Options)) (*awss3.CreateMultipartUploadOutput, error) {
	out, err := p.Client.CreateMultipartUpload(ctx, req, options...)
	if err != nil {
		return nil, err
	}
	if err := atomicfile.Write(p.note, []byte(aws.ToString(out.UploadId))); err != nil {
		_, abortErr := p.Client.AbortMultipartUpload(ctx, &awss3.AbortMultipartUploadInput{Bucket: req.Bucket, Key: req.Key, UploadId: out.UploadId})
		return nil, errors.Join(err, abortErr)
	}
	return out, nil
}

func (p *partsAPI) AbortMultipartUpload(ctx context.Context, req *awss3.AbortMultipartUploadInput, options ...func(*awss3.Options)) (*awss3.AbortMultipartUploadOutput, error) {
	out, err := p.Client.AbortMultipartUpload(ctx, req, options...)
	if err == nil {
		err = p.forget()
	}
	return out, err
}

func (p *partsAPI) forget() error {
	if err := os.Remove(p.note); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (p *partsAPI) abortLeftover(ctx context.Context, to s3client.URL) error {
	id, err := os.ReadFile(p.note)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = p.AbortMultipartUpload(ctx, &awss3.AbortMultipartUploadInput{Bucket: &to.Bucket, Key: &to.Key, UploadId: aws.String(string(id))})
	if s3client.Code(err) == "NoSuchUpload" {
		return p.forget() // it was completed, or somebody was faster
	}
	return err
}
