package etcdclient

import (
	"crypto/tls"
	"errors"
	"io/fs"
	"time"

	"github.com/drplan/drplan/steps"
)

// Certificates is the preflight check "certificates": that the files can be read
// and used, and that the client certificate is valid today. It connects to
// nothing. A file that does not exist may be what an earlier step makes.
func (a Auth) Certificates() steps.Check {
	check := steps.Check{Name: "certificates", Message: "none are given"}
	var missing, wrong []error
	note := func(err error) {
		if errors.Is(err, fs.ErrNotExist) {
			missing = append(missing, err)
		} else if err != nil {
			wrong = append(wrong, err)
		}
	}
	if a.TLS.CA != "" {
		_, err := readPool(a.TLS.CA)
		note(err)
		check.Message = "the authorities' file can be read"
	}
	if a.TLS.Cert != "" || a.TLS.Key != "" {
		pair, err := a.TLS.keyPair()
		note(err)
		check.Message = validUntil(pair)
	}
	check.Err = errors.Join(append(wrong, missing...)...)
	check.Defer = len(missing) > 0 && len(wrong) == 0
	if check.Err != nil {
		check.Message = ""
	}
	return check
}

func validUntil(pair tls.Certificate) string {
	if pair.Leaf == nil {
		return ""
	}
	return "the client certificate is valid until " + pair.Leaf.NotAfter.UTC().Format(time.RFC3339)
}
