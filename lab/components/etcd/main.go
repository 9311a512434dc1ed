// Command etcd is the server and both of its tools in one binary, so that they
// are linked once and can never be of different versions.
//
// Which of them runs is decided by the name it was called by (etcd, etcdctl,
// etcdutl), so that symbolic links serve, else by its first argument.
package main

import (
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/etcdctl/v3/ctlv3"
	"go.etcd.io/etcd/etcdutl/v3/etcdutl"
	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	var tool string
	tool, os.Args = dispatch(os.Args)
	switch tool {
	case "etcdctl":
		ctlv3.MustStart()
	case "etcdutl":
		if utl().Execute() != nil {
			os.Exit(1)
		}
	default:
		etcdmain.Main(os.Args)
	}
}

// dispatch names the program that args ask for and returns the arguments as
// that program expects them: its own name, then what follows.
func dispatch(args []string) (tool string, rest []string) {
	tool = filepath.Base(args[0])
	if tool != "etcdctl" && tool != "etcdutl" && len(args) > 1 && slices.Contains([]string{"etcd", "etcdctl", "etcdutl"}, args[1]) {
		return args[1], args[1:]
	}
	return tool, args
}

// utl is etcdutl's command line; its own root command is in a package main and
// cannot be imported, its subcommands can.
func utl() *cobra.Command {
	root := &cobra.Command{Use: "etcdutl", Short: "An administrative command line tool for etcd3.", SilenceUsage: true}
	root.PersistentFlags().StringVarP(&etcdutl.OutputFormat, "write-out", "w", "simple", "set the output format (fields, json, protobuf, simple, table)")
	root.PersistentFlags().DurationVar(&etcdutl.FlockTimeout, "timeout", 10*time.Second, "time to wait to obtain a file lock on db file, 0 to block indefinitely")
	root.AddCommand(
		etcdutl.NewDefragCommand(),
		etcdutl.NewSnapshotCommand(),
		etcdutl.NewHashKVCommand(),
		etcdutl.NewVersionCommand(),
		etcdutl.NewMigrateCommand(),
	)
	return root
}
