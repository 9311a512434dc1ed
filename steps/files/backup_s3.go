package files

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/atomicfile"
	"github.com/drplan/drplan/steps/internal/backup"
	"github.com/drplan/drplan/steps/internal/s3client"
)

// A backup to S3 is a file in the step's own folder, and then what the kind
// s3_upload does with a file. File and outputs are kept until the attempt's end
// is in the journal, so that another attempt sends the same bytes, and finds
// out when they had arrived already: no two encryptions are the same.

func fileIn(dir string) string    { return filepath.Join(dir, "files.tar.gz.age") }
func outputsIn(dir string) string { return filepath.Join(dir, "files.json") }

// local is the same backup, to the step's own folder.
func (s *backupStep) local(in *steps.Run) *backupStep {
	l := *s
	l.To, l.Overwrite = fileIn(in.Dir), true
	return &l
}

// uploader is the step that sends the file. The fields are named one by one: a
// secret does not survive its own encoding.
func (s *backupStep) uploader(in *steps.Run) (steps.Step, error) {
	conn := s3client.Conn{PathStyle: true}
	if s.S3 != nil {
		conn = *s.S3
	}
	input, err := json.Marshal(map[string]any{
		"from": fileIn(in.Dir), "to": s.To, "if_none_match": !s.Overwrite,
		"endpoint": conn.Endpoint, "region": conn.Region, "path_style": conn.PathStyle, "profile": conn.Profile,
		"access_key": string(conn.AccessKey), "secret_key": string(conn.SecretKey), "session_token": string(conn.SessionToken),
	})
	if err != nil {
		return nil, err
	}
	return s.upload.Decode(input)
}

func (s *backupStep) runToS3(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	uploader, err := s.uploader(in)
	if err != nil {
		return nil, err
	}
	out, err := s.packed(ctx, in)
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

// packed gives the outputs of the file in the step's folder, which an earlier
// attempt may have made.
func (s *backupStep) packed(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	out := steps.Outputs{}
	data, err := os.ReadFile(outputsIn(in.Dir))
	if err == nil && json.Unmarshal(data, &out) == nil {
		return out, nil
	}
	if out, err = s.local(in).runToFile(ctx, in); err != nil {
		return nil, err
	}
	if data, err = json.Marshal(out); err != nil {
		return nil, err
	}
	return out, atomicfile.Write(outputsIn(in.Dir), data)
}

// Tidy removes what was kept for another attempt.
func (s *backupStep) Tidy(in *steps.Run) error {
	var errs []error
	for _, file := range []string{outputsIn(in.Dir), fileIn(in.Dir), fileIn(in.Dir) + backup.SidecarSuffix} {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
