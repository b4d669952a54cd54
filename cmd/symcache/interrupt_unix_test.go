//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A server that is interrupted or left alone ends and tells that, also when its client
// has stopped reading and what it writes no longer goes anywhere.
func TestInterruptServe(t *testing.T) {
	t.Parallel()
	interrupt := func(server *os.Process, _ io.Closer) error { return server.Signal(syscall.SIGTERM) }
	hangUp := func(_ *os.Process, in io.Closer) error { return in.Close() }
	// What names this request fits into no pipe.
	long := strings.Repeat("x", 1<<20)
	for name, test := range map[string]struct {
		until string // the client reads the first bytes of a message, see readUntil
		leave func(server *os.Process, in io.Closer) error
		code  int
		told  string
	}{
		"interrupted":                   {`"id":0`, interrupt, exitInterrupted, "interrupted"},
		"interrupted during a notice":   {`"method":"$/logTrace"`, interrupt, exitInterrupted, "interrupted"},
		"interrupted during an answer":  {`"id":"x`, interrupt, exitInterrupted, "interrupted"},
		"input closes":                  {`"id":0`, hangUp, 1, ""},
		"input closes during a notice":  {`"method":"$/logTrace"`, hangUp, 1, ""},
		"input closes during an answer": {`"id":"x`, hangUp, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := command(t, newDir(t), "serve", "--stdio")
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			var told bytes.Buffer
			cmd.Stderr = &told
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			kill := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
			defer kill.Stop()
			frame := func(body string) { fmt.Fprintf(in, "Content-Length: %d\r\n\r\n%s", len(body), body) }
			frame(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{},"trace":"messages"}}`)
			frame(`{"jsonrpc":"2.0","method":"initialized","params":{}}`)
			frame(fmt.Sprintf(`{"jsonrpc":"2.0","id":%q,"method":"workspace/symbol","params":{"query":""}}`, long))
			if err := readUntil(bufio.NewReader(out), test.until); err != nil {
				t.Fatal(err)
			}
			if err := test.leave(cmd.Process, in); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // the code tells
			if code := cmd.ProcessState.ExitCode(); code != test.code || !strings.Contains(told.String(), test.told) {
				t.Errorf("exit code %d, want %d: %s", code, test.code, &told)
			}
		})
	}
}

// readUntil reads messages up to the first bytes of one that begins with a member, after
// the version.
func readUntil(in *bufio.Reader, member string) error {
	want := `{"jsonrpc":"2.0",` + member
	for {
		header, err := textproto.NewReader(in).ReadMIMEHeader()
		if err != nil {
			return err
		}
		length, err := strconv.Atoi(header.Get("Content-Length"))
		if err != nil {
			return err
		}
		begin := make([]byte, min(length, len(want)))
		if _, err := io.ReadFull(in, begin); err != nil || string(begin) == want {
			return err
		}
		if _, err := in.Discard(length - len(begin)); err != nil {
			return err
		}
	}
}
