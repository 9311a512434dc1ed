package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by -ldflags "-X main.version=…"; else the module's own counts.
var version string

type versionInfo struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Modified bool   `json:"modified,omitempty"` // built from a tree with changes
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func readVersion() versionInfo {
	v := versionInfo{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		v.Version = cmp.Or(v.Version, "dev")
		return v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	if own := info.Main.Version; v.Version == "" && own != "(devel)" {
		v.Version = own
	}
	v.Version = cmp.Or(v.Version, "dev")
	return v
}

// toolVersion is what journals and reports call this build.
func toolVersion() string { return readVersion().Version }

func (a *app) versionCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			v := readVersion()
			switch output {
			case "json":
				return writeJSON(a.out, v)
			case "text":
				_, err := fmt.Fprintf(a.out, "drplan %s (%s, %s)\n", v.Version, v.Go, v.Platform)
				return err
			}
			return usagef("-o is text or json, not %q", output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, json")
	complete(cmd, "output", words("text", "json"))
	return cmd
}
