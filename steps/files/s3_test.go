package files

import (
	"testing"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps/s3"
)

var latestKind, downloadKind = s3.Latest(), s3.Download()

type server struct {
	*labtest.S3Server
	conn obj
}

func s3Server(t *testing.T) server {
	t.Helper()
	s := labtest.S3(t)
	return server{s, obj{"endpoint": s.Endpoint, "region": s.Region, "access_key": s.AccessKey, "secret_key": s.SecretKey}}
}
