package lab

import (
	"context"
	"io"
	"path/filepath"

	"github.com/drplan/drplan/lab/internal/component"
	"golang.org/x/sync/errgroup"
)

// Build builds the components that the cache lacks and maps every binary's name,
// links included, to its path.
func Build(ctx context.Context, wanted []component.Component, progress io.Writer) (map[string]string, error) {
	source, err := component.SourceDir()
	if err != nil {
		return nil, err
	}
	cache, err := component.CacheDir()
	if err != nil {
		return nil, err
	}
	builder := component.Builder{Source: source, Cache: cache, Progress: progress}
	paths := make([]string, len(wanted))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(2) // each keeps all cores busy by itself
	for i, c := range wanted {
		group.Go(func() (err error) {
			paths[i], err = builder.Build(ctx, c)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	built := map[string]string{}
	for i, c := range wanted {
		for _, name := range c.Names() {
			built[name] = filepath.Join(filepath.Dir(paths[i]), name)
		}
	}
	return built, nil
}
