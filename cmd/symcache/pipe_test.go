//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// socketPath is short: the system has room for some 100 bytes.
func socketPath(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pipe") //nolint:usetesting // the path of a socket is bounded by 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "s")
}

// session says what a client has to, with parameters for initialize and requests after it, and checks that all is
// answered.
func session(t *testing.T, conn net.Conn, params string, requests ...string) {
	t.Helper()
	in := bufio.NewReader(conn)
	send := func(message string) {
		t.Helper()
		body := `{"jsonrpc":"2.0",` + message + `}`
		if _, err := fmt.Fprintf(conn, "Content-Length: %d\r\n\r\n%s", len(body), body); err != nil {
			t.Fatal(err)
		}
	}
	requests = slices.Concat([]string{`"method":"initialize","params":` + params}, requests, []string{`"method":"shutdown"`})
	for i, request := range requests {
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		send(fmt.Sprintf(`"id":%d,%s`, i, request))
		var message struct {
			ID     *int
			Result json.RawMessage
		}
		for message.ID == nil { // what the server tells besides is passed over
			length := 0
			if _, err := fmt.Fscanf(in, "Content-Length: %d\r\n\r\n", &length); err != nil {
				t.Fatal(err)
			}
			text := make([]byte, length)
			if _, err := io.ReadFull(in, text); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(text, &message); err != nil || message.ID != nil && (*message.ID != i || message.Result == nil) {
				t.Fatalf("%s: %s, %v", request, text, err)
			}
		}
		if i == 0 {
			send(`"method":"initialized","params":{}`)
		}
	}
	send(`"method":"exit"`)
	if _, err := io.Copy(io.Discard, in); err != nil {
		t.Errorf("after exit: %v", err)
	}
}

func serveOn(t *testing.T, cache, path string) *exec.Cmd {
	t.Helper()
	cmd := command(t, cache, "serve", "--pipe", path)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // it is gone, unless the test has failed
	return cmd
}

// serveEditor has an editor listen, and its session with the server that connects.
func serveEditor(t *testing.T, cache, path, params string, requests ...string) {
	t.Helper()
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	defer listener.Close()
	cmd := serveOn(t, cache, path)
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	session(t, conn, params, requests...)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// An editor that listens is connected to.
func TestPipeOfEditor(t *testing.T) {
	t.Parallel()
	path := socketPath(t)
	serveEditor(t, t.TempDir(), path, `{"capabilities":{}}`)
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the editor's socket: %v", err)
	}
}

// Where nobody listens the server does, for its owner alone, also on a socket that
// was left behind; it is gone when the client has come.
func TestPipeOfServer(t *testing.T) {
	t.Parallel()
	path := socketPath(t)
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	if err := left.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := serveOn(t, t.TempDir(), path)
	var conn net.Conn
	for deadline := time.Now().Add(patience); conn == nil; {
		conn, err = net.Dial("unix", path)
		if err != nil && time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	if info, err := os.Lstat(path); err == nil && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	defer conn.Close()
	session(t, conn, `{"capabilities":{}}`)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); err == nil {
		t.Error("the socket is still there")
	}
}

// A file in the way is left alone, and a signal ends the wait.
func TestPipeFails(t *testing.T) {
	t.Parallel()
	path := socketPath(t)
	write(t, path, "mine")
	if r := runCommand(t, command(t, t.TempDir(), "serve", "--pipe", path)); r.code != exitFailed || !strings.Contains(r.stderr, path) {
		t.Errorf("%+v", r)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "mine" {
		t.Errorf("%q, %v", text, err)
	}
	if r := runCommand(t, command(t, t.TempDir(), "serve", "--pipe", path, "--stdio")); r.code != exitUsage {
		t.Errorf("%+v", r)
	}
	waiting := serveOn(t, t.TempDir(), path+"2")
	for deadline := time.Now().Add(patience); ; {
		if _, err := os.Lstat(path + "2"); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no socket")
		}
	}
	if err := waiting.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = waiting.Wait() // the code tells
	if code := waiting.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit code %d", code)
	}
}
