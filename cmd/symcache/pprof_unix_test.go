//go:build unix

package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Profiles are served on a socket in a directory that are for the user alone, and both are gone when the server is.
func TestPprofIsPrivate(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "p") //nolint:usetesting // the path of a socket is bounded by 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	cmd := command(t, t.TempDir(), "serve", "--pprof", "--log-file", "off")
	cmd.Env = append(cmd.Env, "XDG_RUNTIME_DIR="+dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	told, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	line, err := bufio.NewReader(told).ReadString('\n')
	path, found := strings.CutPrefix(strings.TrimSpace(line), "symcache: profiles are served on ")
	if err != nil || !found || filepath.Dir(filepath.Dir(path)) != dir {
		t.Fatalf("told %q, %v", line, err)
	}
	for name, mode := range map[string]os.FileMode{filepath.Dir(path): 0o700, path: 0o600} {
		if info, err := os.Lstat(name); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}}
	defer client.CloseIdleConnections()
	get := func(target string) (status int, text string) {
		answer, err := client.Get("http://symcache/" + target)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Errorf("%s: %v", target, err)
		}
		return answer.StatusCode, string(body)
	}
	const gzipped = "\x1f\x8b" // as go tool pprof reads them
	for target, want := range map[string]string{
		"goroutine?debug=1": "runServe", "debug/pprof/goroutine?debug=2": "runServe",
		"heap": gzipped, "profile?seconds=1": gzipped, "trace?seconds=1": "go 1.",
	} {
		if status, text := get(target); status != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%s: %d, %.200q", target, status, text)
		}
	}
	for target, want := range map[string]string{
		"nosuch": "but profile, trace, allocs", "heap?debug=x": `debug: "x" is not a number`, "profile?seconds=-1": "not a number",
	} {
		if status, text := get(target); status != http.StatusBadRequest || !strings.Contains(text, want) {
			t.Errorf("%s: %d, %.200q", target, status, text)
		}
	}
	if answer, err := client.Post("http://symcache/heap", "text/plain", strings.NewReader("x")); err != nil {
		t.Error(err)
	} else {
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusBadRequest {
			t.Errorf("POST: %s", answer.Status)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its code is that of TestInterruptServe
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
