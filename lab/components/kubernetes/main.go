// Command kubernetes is the API server, the controller manager, the scheduler,
// the proxy, the kubelet and kubectl in one binary, so that they are linked once
// and can never be of different versions.
//
// Which of them runs is decided by the name it was called by, so that symbolic
// links serve, else by its first argument.
package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	_ "time/tzdata" // CronJobs with time zones, on hosts and in images that have none

	"github.com/spf13/cobra"
	_ "k8s.io/client-go/plugin/pkg/client/auth"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

// programs make the command line of each program. Only the one that runs is
// made: making one registers its feature gates and metrics.
var programs = map[string]func() *cobra.Command{
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": func() *cobra.Command { return controllermanager.NewControllerManagerCommand() },
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"kube-proxy":              proxy.NewProxyCommand,
	"kubelet":                 func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) },
	"kubectl":                 func() *cobra.Command { return cmd.NewDefaultKubectlCommand() },
}

func main() {
	var name string
	name, os.Args = dispatch(os.Args)
	program, ok := programs[name]
	if !ok {
		fmt.Fprintf(os.Stderr, "kubernetes: call it by one of the names %s, or give one as the first argument\n",
			strings.Join(slices.Sorted(maps.Keys(programs)), ", "))
		os.Exit(2)
	}
	if name == "kubectl" {
		runKubectl(program)
		return
	}
	os.Exit(cli.Run(program()))
}

// dispatch names the program that args ask for and returns the arguments as
// that program expects them: its own name, then what follows.
func dispatch(args []string) (name string, rest []string) {
	name = filepath.Base(args[0])
	if programs[name] == nil && len(args) > 1 {
		return args[1], args[1:]
	}
	return name, args
}

// runKubectl sets the verbosity first, as kubectl's own main does: plugins and
// the file .kuberc are read while the command line is made.
func runKubectl(program func() *cobra.Command) {
	_, _ = logs.GlogSetter(cmd.GetLogVerbosity(os.Args))
	if err := cli.RunNoErrOutput(program()); err != nil {
		util.CheckErr(err)
	}
}
