// Command versitygw is the versitygw S3 gateway with the POSIX backend alone,
// so that none of its other backends' cloud libraries are linked.
//
// The root account's keys come from the environment (ROOT_ACCESS_KEY,
// ROOT_SECRET_KEY), as in the gateway's own command, so that no process list
// shows them. It ends cleanly on SIGTERM and SIGINT.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

// options are the command line.
type options struct {
	address    string // host:port to listen on
	region     string // region that signatures must name
	data       string // each bucket is a folder of it
	sidecar    string // metadata, where data's file system has no extended attributes
	versioning string // older versions of objects in versioned buckets
	accessLog  string // one line a request, in S3's server access log format
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, parse()); err != nil {
		fmt.Fprintln(os.Stderr, "versitygw:", err)
		os.Exit(1)
	}
}

func parse() (o options) {
	flag.StringVar(&o.address, "address", "127.0.0.1:7070", "`host:port` to listen on")
	flag.StringVar(&o.region, "region", "us-east-1", "region that requests are signed for")
	flag.StringVar(&o.data, "data", "", "folder that holds the buckets (must exist)")
	flag.StringVar(&o.sidecar, "sidecar", "", "folder for metadata when -data has no extended attributes (must exist)")
	flag.StringVar(&o.versioning, "versioning", "", "folder for older versions of objects (must exist)")
	flag.StringVar(&o.accessLog, "access-log", "", "file to append the access log to")
	flag.Parse()
	return o
}

func run(ctx context.Context, o options) error {
	store, err := open(o)
	if err != nil {
		return err
	}
	return embedgw.RunVersityGW(ctx, store, &embedgw.Config{
		RootUserAccess:    os.Getenv("ROOT_ACCESS_KEY"),
		RootUserSecret:    os.Getenv("ROOT_SECRET_KEY"),
		Region:            o.region,
		Ports:             []string{o.address},
		MaxConnections:    1000,
		MaxRequests:       1000,
		MultipartMaxParts: 10_000,
		KeepAlive:         true,
		Quiet:             true,
		HealthPath:        "/healthz",
		AccessLog:         o.accessLog,
	})
}

func open(o options) (*posix.Posix, error) {
	opts := posix.PosixOpts{
		VersioningDir:       o.versioning,
		ValidateBucketNames: true,
		Concurrency:         1000,
		CopyObjectThreshold: 5 << 30, // S3's limit for a copy in one request
	}
	opts.SetNewDirPerm(0o755)
	opts.SetNewFilePerm(0o644)
	storer, err := metadata(o, &opts)
	if err != nil {
		return nil, err
	}
	store, err := posix.New(o.data, storer, opts)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", o.data, err)
	}
	return store, nil
}

// metadata keeps objects' headers in extended attributes, or beside the data
// where the file system has none (tmpfs before Linux 6.6, some overlays).
func metadata(o options, opts *posix.PosixOpts) (meta.MetadataStorer, error) {
	err := meta.XattrMeta{}.Test(o.data)
	if err == nil {
		return meta.XattrMeta{}, nil
	}
	if o.sidecar == "" {
		return nil, fmt.Errorf("%s keeps no extended attributes, give -sidecar: %w", o.data, err)
	}
	opts.SideCarDir = o.sidecar
	return meta.NewSideCar(o.sidecar)
}
