package s3

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/backup"
	"github.com/drplan/drplan/steps/internal/s3client"
)

// heads is how many objects are asked for their metadata at a time.
const heads = 16

// listed is what a listing says of an object.
type listed struct {
	s3client.URL
	size     int64
	modified time.Time
}

// selection is which objects below a prefix are meant.
type selection struct {
	prefix    s3client.URL
	pattern   string // of path.Match, on what follows the last slash of a key
	recursive bool   // also keys with a slash after the prefix
}

// list finds the objects of a selection, newest upload first. Where two were
// uploaded in the same second, the greater key is first.
func list(ctx context.Context, c *s3client.Client, s selection) ([]listed, error) {
	pages := awss3.NewListObjectsV2Paginator(c, &awss3.ListObjectsV2Input{
		Bucket: &s.prefix.Bucket, Prefix: optional(s.prefix.Key),
	})
	var found []listed
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, c.Explain(ctx, fmt.Sprintf("list %s (s3:ListBucket)", s.prefix), err)
		}
		for _, o := range page.Contents {
			if key := aws.ToString(o.Key); s.matches(key) {
				found = append(found, listed{s3client.URL{Bucket: s.prefix.Bucket, Key: key}, aws.ToInt64(o.Size), aws.ToTime(o.LastModified)})
			}
		}
	}
	slices.SortFunc(found, func(a, b listed) int {
		if n := b.modified.Compare(a.modified); n != 0 {
			return n
		}
		return strings.Compare(b.Key, a.Key)
	})
	return found, nil
}

// matches leaves out the marks that consoles make for folders, and sidecars.
func (s selection) matches(key string) bool {
	rest, below := strings.CutPrefix(key, s.prefix.Key)
	if !below || strings.HasSuffix(key, "/") || strings.HasSuffix(key, backup.SidecarSuffix) {
		return false
	}
	if !s.recursive && strings.Contains(rest, "/") {
		return false
	}
	matched, _ := path.Match(s.pattern, path.Base(key)) // the pattern was checked by Validate
	return matched
}

// partial reports whether a key is, by its name, an upload or download that
// was not finished.
func partial(key string) bool { return strings.HasSuffix(key, partSuffix) }

// statAll asks for all of them at once. An object that is gone since it was
// listed is left out.
func statAll(ctx context.Context, c *s3client.Client, all []listed) ([]object, error) {
	objects := make([]object, len(all))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(heads)
	for i, l := range all {
		group.Go(func() error {
			o, err := stat(ctx, c, l.URL, "")
			if s3client.IsNotFound(err) {
				return nil
			}
			objects[i] = o
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(objects, func(o object) bool { return o.Key == "" }), nil
}

// checkPattern is for Validate.
func checkPattern(pattern string) error {
	if _, err := path.Match(pattern, ""); err != nil {
		return steps.Errorf("pattern", "%q: a [ is not closed, or a backslash ends it", pattern)
	}
	if strings.Contains(pattern, "/") {
		return steps.Errorf("pattern", "%q: it is matched with what follows the last slash of a key: put folders into prefix", pattern)
	}
	return nil
}

// checkURL is for Validate: an empty field is one that holds an expression.
func checkURL(field, value string, parse func(string) (s3client.URL, error)) error {
	if value == "" {
		return nil
	}
	if _, err := parse(value); err != nil {
		return &steps.FieldError{Path: field, Err: err}
	}
	return nil
}

// errNone is what selections without a match end in.
var errNone = errors.New("no backup")
