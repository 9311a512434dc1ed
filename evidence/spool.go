package evidence

import (
	"bytes"
	"io"
	"os"
)

// spool is written once and then read: in memory while it is small, else in a
// file that has no name any more.
type spool struct {
	size int64
	held bytes.Buffer
	file *os.File
}

func (s *spool) Write(p []byte) (n int, err error) {
	if s.file == nil && s.size+int64(len(p)) > maxSmall {
		if err := s.toFile(); err != nil {
			return 0, err
		}
	}
	if s.file != nil {
		n, err = s.file.Write(p)
	} else {
		n, err = s.held.Write(p)
	}
	s.size += int64(n)
	return n, err
}

func (s *spool) toFile() (err error) {
	if s.file, err = os.CreateTemp("", "drplan-bundle-"); err != nil { // mode 0600
		return err
	}
	if err = os.Remove(s.file.Name()); err != nil {
		return err
	}
	_, err = s.held.WriteTo(s.file)
	return err
}

func (s *spool) reader() io.ReaderAt {
	if s.file != nil {
		return s.file
	}
	return bytes.NewReader(s.held.Bytes())
}

func (s *spool) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
