package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"

	"github.com/drplan/drplan/steps/internal/atomicfile"
)

// ErrNoFile says that the object storage has no such file: Velero has not
// written it, yet or ever.
var ErrNoFile = errors.New("the object storage has no such file")

// signTimeout is how long the server may take to sign a URL, which is a matter
// of milliseconds unless it is down or its location is.
const signTimeout = 20 * time.Second

// Download writes a file of a backup or restore to w, unpacked. name is that of
// the backup or restore, location that of the backup's BackupStorageLocation: it
// says which certificates to trust, and what to mend.
func (s *Server) Download(ctx context.Context, kind velerov1.DownloadTargetKind, name, location string, w io.Writer) error {
	url, err := s.signed(ctx, velerov1.DownloadTarget{Kind: kind, Name: name}, location)
	if err != nil {
		return fmt.Errorf("%s of %s: %w", kind, name, err)
	}
	loc, err := s.Location(ctx, location)
	if err != nil {
		return err
	}
	// The archive of a backup's contents is wanted as it is.
	if err := fetch(ctx, url, loc, w, kind != velerov1.DownloadTargetKindBackupContents); err != nil {
		return fmt.Errorf("%s of %s: %w", kind, name, err)
	}
	return nil
}

// Results downloads the messages of a backup or restore, and saves them in dir,
// unless that is "".
func (s *Server) Results(ctx context.Context, kind velerov1.DownloadTargetKind, name, location, dir string) (Results, error) {
	var data bytes.Buffer
	if err := s.Download(ctx, kind, name, location, &data); err != nil {
		return Results{}, err
	}
	if dir != "" {
		if err := atomicfile.Write(filepath.Join(dir, name+"-results.json"), data.Bytes()); err != nil {
			return Results{}, err
		}
	}
	return ParseResults(data.Bytes())
}

// Save downloads a file to dir/NAME-SUFFIX, such as a log, and returns its path.
func (s *Server) Save(ctx context.Context, kind velerov1.DownloadTargetKind, name, location, dir, suffix string) (string, error) {
	path := filepath.Join(dir, name+"-"+suffix)
	part, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	defer os.Remove(part.Name()) // renamed by then, when all went well
	defer part.Close()
	if err := s.Download(ctx, kind, name, location, part); err != nil {
		return "", err
	}
	return path, atomicfile.Rename(part.Name(), path)
}

// signed asks the server for a URL by which the file can be read, and takes the
// question away afterwards.
func (s *Server) signed(ctx context.Context, target velerov1.DownloadTarget, location string) (string, error) {
	request := &velerov1.DownloadRequest{}
	request.Namespace, request.Name = s.Namespace, requestName(target.Name)
	request.Spec.Target = target
	if err := s.ask(ctx, request); err != nil {
		return "", err
	}
	defer s.forget(ctx, request)
	unsigned := errors.New("no URL was signed")
	ctx, cancel := context.WithTimeoutCause(ctx, signTimeout, unsigned)
	defer cancel()
	var list velerov1.DownloadRequestList
	url := ""
	err := s.Await(ctx, &list, func() (bool, error) {
		if len(list.Items) == 0 {
			return false, errors.New("the DownloadRequest is gone: does another clean up?")
		}
		url = list.Items[0].Status.DownloadURL
		return url != "", nil
	}, s.One(request.Name)...)
	if errors.Is(err, unsigned) {
		err = s.whyUnsigned(ctx, location)
	}
	return url, err
}

// requestName is within what an object's name may be: a backup's may be longer
// than a label.
func requestName(of string) string {
	return strings.Trim(of[:min(len(of), 200)], ".-") + "-" + strings.ToLower(rand.Text()[:10])
}

func (s *Server) whyUnsigned(ctx context.Context, location string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	why := fmt.Sprintf("look at kubectl -n %s logs deployment/velero", s.Namespace)
	if l, err := s.Location(ctx, location); err == nil {
		if err := Available(l); err != nil {
			why = err.Error()
		}
	}
	return fmt.Errorf("no URL was signed for it within %s: %s", signTimeout, why)
}
