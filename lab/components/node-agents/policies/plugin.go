package policies

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"
)

// announcement is what the plugin tells the agent of a pod.
type announcement struct{ Namespace, Name, IP string }

// bound is how long a pod's start waits for its rules.
const bound = 15 * time.Second

// listen serves the plugin.
func (a *agent) listen(socket string) (stop func(), err error) {
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		return nil, err
	}
	server := &http.Server{ReadHeaderTimeout: bound, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n announcement
		err := json.NewDecoder(r.Body).Decode(&n)
		if err == nil {
			ctx, cancel := context.WithTimeout(r.Context(), bound)
			defer cancel()
			err = a.announce(ctx, n)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})}
	go func() { _ = server.Serve(l) }()
	return func() { server.Close() }, nil
}

// config is what the runtime gives a chained plugin on its standard input.
type config struct {
	CNIVersion string          `json:"cniVersion"`
	Socket     string          `json:"socket"`
	PrevResult json.RawMessage `json:"prevResult"`
}

// Plugin is the CNI plugin: it holds a new pod back until its rules are loaded.
func Plugin(ctx context.Context, _ []string) error {
	var c config
	if err := json.NewDecoder(os.Stdin).Decode(&c); err != nil {
		return fail(err)
	}
	switch os.Getenv("CNI_COMMAND") {
	case "VERSION":
		fmt.Printf(`{"cniVersion":%q,"supportedVersions":["0.4.0","1.0.0"]}`, c.CNIVersion)
	case "ADD":
		if err := c.add(ctx); err != nil {
			return fail(err)
		}
		_, err := os.Stdout.Write(c.PrevResult)
		return err
	}
	return nil
}

// fail tells the runtime, as CNI wants it, to try again later.
func fail(err error) error {
	text, _ := json.Marshal(map[string]any{"cniVersion": "1.0.0", "code": 11, "msg": "network policies: " + err.Error()})
	fmt.Println(string(text))
	return err
}

func (c config) add(ctx context.Context) error {
	n := announcement{Namespace: argument("K8S_POD_NAMESPACE"), Name: argument("K8S_POD_NAME")}
	var result struct{ IPs []struct{ Address string } }
	if err := json.Unmarshal(c.PrevResult, &result); err != nil {
		return err
	}
	for _, ip := range result.IPs {
		if p, err := netip.ParsePrefix(ip.Address); err == nil && p.Addr().Is4() {
			n.IP = p.Addr().String()
		}
	}
	return c.tell(ctx, n)
}

// argument reads one of the runtime's arguments: NAME=VALUE, with semicolons.
func argument(name string) string {
	for arg := range strings.SplitSeq(os.Getenv("CNI_ARGS"), ";") {
		if value, ok := strings.CutPrefix(arg, name+"="); ok {
			return value
		}
	}
	return ""
}

func (c config) tell(ctx context.Context, n announcement) error {
	ctx, cancel := context.WithTimeout(ctx, bound+time.Second)
	defer cancel()
	body, err := json.Marshal(n)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", c.Socket)
	}}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://agent/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
		return errors.New(strings.TrimSpace(string(text)))
	}
	return nil
}
