package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
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
			frame := func(body string) { fmt.Fprintf(in, "Content-Length: %d\r\n\r\n%s", len(body), body) }
			frame(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{},"trace":"verbose"}}`)
			frame(`{"jsonrpc":"2.0","method":"initialized","params":{}}`)
			if first := make([]byte, 1); reads {
				_, err = io.ReadFull(out, first)
			} else {
				go func() { // what it does not take stays with us when it ends
					for id := 1; id < 10_000; id++ {
						frame(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"workspace/symbol","params":{"query":"x"}}`, id))
					}
				}()
				err = waitForFullPipe(t, out)
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			kill := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() })
			defer kill.Stop()
			_ = cmd.Wait() // the code tells
			if code := cmd.ProcessState.ExitCode(); code != exitInterrupted || !strings.Contains(told.String(), "interrupted") {
				t.Errorf("exit code %d, want %d: %s", code, exitInterrupted, &told)
			}
		})
	}
}

// waitForFullPipe makes a pipe as small as can be, and waits until it has no room for a
// message.
func waitForFullPipe(t *testing.T, out io.Reader) error {
	t.Helper()
	fd := out.(*os.File).Fd()
	size, err := unix.FcntlInt(fd, unix.F_SETPIPE_SZ, 1)
	if err != nil {
		return err
	}
	deadline := time.After(2 * time.Minute)
	retry := time.NewTicker(time.Millisecond)
	defer retry.Stop()
	for {
		n, err := unix.IoctlGetInt(int(fd), unix.TIOCINQ)
		if err != nil || n > size-100 {
			return err
		}
		select {
		case <-retry.C:
		case <-deadline:
			return fmt.Errorf("%d bytes in the pipe", n)
		}
	}
}
