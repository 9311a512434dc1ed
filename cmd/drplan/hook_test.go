package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// hook DIR [STATUS|hang] is a server on a free port for scripts. Its address appears
// in DIR/address; of each request DIR/log gets a line with the method and the path,
// then the body. It answers 200, STATUS, or never.
func hook() {
	dir, answer := os.Args[1], "200"
	if len(os.Args) > 2 {
		answer = os.Args[2]
	}
	var mu sync.Mutex
	serve := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		appendTo(filepath.Join(dir, "log"), fmt.Sprintf("%s %s %s\n%s\n", r.Method, r.URL.EscapedPath(), r.Header.Get("Authorization"), pretty(body)))
		mu.Unlock()
		if answer == "hang" {
			<-r.Context().Done()
			return
		}
		status := 200
		_, _ = fmt.Sscan(answer, &status)
		w.WriteHeader(status)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "part"), []byte("http://"+l.Addr().String()), 0o600)
	}
	if err == nil {
		err = os.Rename(filepath.Join(dir, "part"), filepath.Join(dir, "address"))
	}
	if err == nil {
		err = http.Serve(l, http.HandlerFunc(serve))
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func appendTo(file, text string) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer f.Close()
	_, _ = f.WriteString(text)
}

// pretty is JSON a key a line; other bodies as they are.
func pretty(body []byte) []byte {
	var b bytes.Buffer
	if json.Indent(&b, body, "", " ") != nil {
		return body
	}
	return b.Bytes()
}

// envof NAME FILE [SUFFIX] sets a variable to what a file holds.
func envOf(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: envof NAME FILE [SUFFIX]")
	}
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile(args[1]))+strings.Join(args[2:], ""))
}
