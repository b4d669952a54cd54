//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// An interrupted server ends, and says that it was interrupted, also when its client has
// stopped reading and what it writes no longer goes anywhere.
func TestInterruptServe(t *testing.T) {
	t.Parallel()
	for _, reads := range []bool{true, false} {
		t.Run(fmt.Sprint("client reads ", reads), func(t *testing.T) {
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
			kill := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() })
			defer kill.Stop()
			frame := func(body string) { fmt.Fprintf(in, "Content-Length: %d\r\n\r\n%s", len(body), body) }
			frame(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{},"trace":"messages"}}`)
			frame(`{"jsonrpc":"2.0","method":"initialized","params":{}}`)
			answers, until := bufio.NewReader(out), `"id":0`
			if !reads {
				// What tells of this request names it, so no pipe can hold that.
				id := strings.Repeat("x", 1<<20)
				frame(fmt.Sprintf(`{"jsonrpc":"2.0","id":%q,"method":"workspace/symbol","params":{"query":""}}`, id))
				until = `"method":"$/logTrace"`
			}
			if err := readUntil(answers, until); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // the code tells
			if code := cmd.ProcessState.ExitCode(); code != exitInterrupted || !strings.Contains(told.String(), "interrupted") {
				t.Errorf("exit code %d, want %d: %s", code, exitInterrupted, &told)
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
