package s3client

import (
	"errors"
	"fmt"
	"strings"
)

// URL is the address of an object, or of all objects whose keys have a prefix.
type URL struct {
	Bucket string
	Key    string // without a leading slash; may be empty
}

// String is the form that ParseURL reads.
func (u URL) String() string { return "s3://" + u.Bucket + "/" + u.Key }

// ParseURL reads s3://bucket/key. The key is taken as it stands: S3 keys are
// plain text, so nothing is unescaped and no path is cleaned.
func ParseURL(s string) (URL, error) {
	rest, found := strings.CutPrefix(s, "s3://")
	if !found {
		return URL{}, fmt.Errorf("%q is not an address of S3: write s3://bucket/key", s)
	}
	bucket, key, _ := strings.Cut(rest, "/")
	if bucket == "" {
		return URL{}, fmt.Errorf("%q names no bucket: write s3://bucket/key", s)
	}
	if strings.ContainsAny(bucket, " ?#@:%\\") {
		return URL{}, fmt.Errorf("%q is not a bucket's name", bucket)
	}
	if strings.HasPrefix(key, "/") {
		return URL{}, fmt.Errorf("%q has two slashes after the bucket: remove one", s)
	}
	return URL{bucket, key}, nil
}

// ParseObject is ParseURL for one object: the key must not be empty or end
// with a slash.
func ParseObject(s string) (URL, error) {
	u, err := ParseURL(s)
	if err == nil && (u.Key == "" || strings.HasSuffix(u.Key, "/")) {
		err = errors.New("it names no object: write s3://bucket/key")
	}
	return u, err
}
