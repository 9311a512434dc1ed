package labtest

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// S3Request is a line of an S3 server's access log.
type S3Request struct {
	Operation string // such as PutObject
	Key       string // /bucket/key
	Code      int    // of the answer
}

// Changes reports whether it asks for more than to read.
func (r S3Request) Changes() bool {
	for _, reads := range []string{"Get", "List", "Head"} {
		if strings.HasPrefix(r.Operation, reads) {
			return false
		}
	}
	return true
}

// logged is what the access log says of a request after its id.
var logged = regexp.MustCompile(` s3_(\w+) \S+ (/[^ ?]*)\S* ([0-9]{3}) `)

// Requests are what the server was asked for, by its access log since a size that
// AccessSize gave.
func (s S3Server) Requests(t testing.TB, since int64) (all []S3Request) {
	t.Helper()
	data, err := os.ReadFile(s.AccessLog)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data[min(since, int64(len(data))):])) {
		m := logged.FindStringSubmatch(line)
		if strings.HasPrefix(line, "log starts ") {
			continue
		}
		if m == nil {
			t.Fatalf("a line of another form in the access log: %s", line)
		}
		code, _ := strconv.Atoi(m[3]) // it has three digits
		all = append(all, S3Request{m[1], m[2], code})
	}
	return all
}

// Taken counts the objects that the server really took, by the last part of their keys.
func (s S3Server) Taken(t testing.TB, since int64, suffix string) (n int) {
	t.Helper()
	for _, r := range s.Requests(t, since) {
		put := r.Operation == "PutObject" || r.Operation == "CompleteMultipartUpload"
		if put && r.Code == 200 && strings.HasSuffix(r.Key, suffix) {
			n++
		}
	}
	return n
}

// AccessSize is how much of the access log there is.
func (s S3Server) AccessSize(t testing.TB) int64 {
	t.Helper()
	info, err := os.Stat(s.AccessLog)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
