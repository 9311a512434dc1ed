// Command node-agents are the programs of a lab's node that are not of
// Kubernetes itself, in one binary that is linked once.
//
// Which of them runs is decided by the name it was called by, so that symbolic
// links serve, else by its first argument.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/drplan/drplan/lab/components/node-agents/policies"
	"github.com/drplan/drplan/lab/components/node-agents/volumes"
)

var programs = map[string]func(ctx context.Context, args []string) error{
	"lab-policy":       policies.Plugin,
	"local-volumes":    volumes.Run,
	"network-policies": policies.Run,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	name, args := filepath.Base(os.Args[0]), os.Args[1:]
	if programs[name] == nil && len(args) > 0 {
		name, args = args[0], args[1:]
	}
	program, ok := programs[name]
	if !ok {
		fmt.Fprintln(os.Stderr, "node-agents: call it by a program's name, or give one as the first argument")
		os.Exit(2)
	}
	if err := program(ctx, args); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}
