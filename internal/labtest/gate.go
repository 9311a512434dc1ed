package labtest

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Gate is a way to a server of a lab that others use at the same time: what goes
// through it loses its connection, and gets none, while it is shut.
type Gate struct {
	URL  string // http://
	File string // while this file is there, it is shut

	t      testing.TB
	server string
}

// NewGate opens a way to a server, given by its URL. It listens on the server's
// own address, where the cluster reaches it too.
func NewGate(t testing.TB, url string) *Gate {
	t.Helper()
	g := &Gate{t: t, server: strings.TrimPrefix(url, "http://"), File: filepath.Join(t.TempDir(), "shut")}
	host, _, err := net.SplitHostPort(g.server)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	g.URL = "http://" + listener.Addr().String()
	go g.serve(listener)
	return g
}

// Shut lets nothing through any more.
func (g *Gate) Shut() {
	if err := os.WriteFile(g.File, nil, 0o600); err != nil {
		g.t.Error(err)
	}
}

// Open lets everything through again.
func (g *Gate) Open() {
	if err := os.Remove(g.File); err != nil {
		g.t.Error(err)
	}
}

func (g *Gate) isShut() bool {
	_, err := os.Stat(g.File)
	return err == nil
}

func (g *Gate) serve(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return // closed: the test is over
		}
		go g.forward(conn)
	}
}

func (g *Gate) forward(conn net.Conn) {
	defer conn.Close()
	if g.isShut() {
		return
	}
	up, err := net.Dial("tcp", g.server)
	if err != nil {
		return
	}
	defer up.Close()
	go func() { // until either side hangs up
		_, _ = io.Copy(conn, up)
		conn.Close()
	}()
	for buffer := make([]byte, 32<<10); ; {
		n, err := conn.Read(buffer)
		if n > 0 && !g.isShut() {
			_, err = up.Write(buffer[:n])
		}
		if err != nil || g.isShut() {
			return
		}
	}
}
