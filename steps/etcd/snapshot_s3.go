package etcd

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/backup"
	"github.com/drplan/drplan/steps/internal/s3client"
)

// A snapshot straight to S3 is a file in the step's own folder, and then what
// the kind s3_upload does with a file. The file is kept until the attempt's end
// is in the journal, so that another attempt sends the same bytes, and finds out
// when they had arrived already: no two snapshots are the same.

func snapshotIn(dir string) string { return filepath.Join(dir, "snapshot.db") }

func (s *snapshotStep) toS3() bool { return strings.HasPrefix(s.To, "s3://") }

// local is the same snapshot, to the step's own folder.
func (s *snapshotStep) local(in *steps.Run) *snapshotStep {
	l := *s
	l.To, l.Overwrite = snapshotIn(in.Dir), true
	return &l
}

// uploader is the step that sends file. The fields are named one by one: a
// secret does not survive its own encoding.
func (s *snapshotStep) uploader(file string) (steps.Step, error) {
	conn := s3client.Conn{PathStyle: true}
	if s.S3 != nil {
		conn = *s.S3
	}
	input, err := json.Marshal(map[string]any{
		"from": file, "to": s.To, "if_none_match": !s.Overwrite,
		"endpoint": conn.Endpoint, "region": conn.Region, "path_style": conn.PathStyle, "profile": conn.Profile,
		"access_key": string(conn.AccessKey), "secret_key": string(conn.SecretKey), "session_token": string(conn.SessionToken),
	})
	if err != nil {
		return nil, err
	}
	return s.upload.Decode(input)
}

func (s *snapshotStep) runToS3(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	local := s.local(in)
	out, err := local.kept(ctx)
	if err != nil || out == nil {
		out, err = local.Run(ctx, in)
	}
	if err != nil {
		return nil, err
	}
	uploader, err := s.uploader(local.To)
	if err != nil {
		return nil, err
	}
	sent, err := uploader.Run(ctx, in)
	if err != nil {
		return nil, err
	}
	out["path"] = sent["url"]
	return out, nil
}

// kept gives the outputs of an earlier attempt whose file is whole; nil when
// there is none.
func (s *snapshotStep) kept(ctx context.Context) (steps.Outputs, error) {
	meta, found, err := backup.ReadSidecar(s.To)
	if err != nil || !found {
		return nil, err
	}
	if _, _, err := checkFile(ctx, s.To); err != nil {
		return nil, ctx.Err() // of no use: take another
	}
	return s.outputs(meta, source{askedAt: meta.StartedAt, version: strings.TrimPrefix(meta.Tool, "etcd ")}), nil
}

// preflightS3 asks what s3_upload asks, but for the file, which is not there yet.
func (s *snapshotStep) preflightS3(ctx context.Context, in *steps.Run) []steps.Check {
	uploader, err := s.uploader(s.local(in).To)
	if err != nil {
		return []steps.Check{{Name: "target", Err: err}}
	}
	var checks []steps.Check
	if p, ok := uploader.(steps.Preflighter); ok {
		for _, c := range p.Preflight(ctx, in) {
			if !c.Defer {
				checks = append(checks, c)
			}
		}
	}
	return checks
}
