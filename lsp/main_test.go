package lsp

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/answers"
	"github.com/symcache/symcache/lsp/workspace"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// asServer names the variable that makes the test binary a server on its
// standard streams; its value is a setup in JSON.
const asServer = "SYMCACHE_TEST_SERVER"

// TestMain lets tests run the server as another process: this very binary, so
// that it has the race detector where the tests have it.
func TestMain(m *testing.M) {
	value, ok := os.LookupEnv(asServer)
	if !ok {
		os.Exit(m.Run())
	}
	var s setup
	if err := json.Unmarshal([]byte(value), &s); err != nil {
		panic(err)
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	server, closeStore, err := s.server(log)
	if err != nil {
		panic(err)
	}
	code := server.Serve(context.Background(), os.Stdin, os.Stdout)
	closeStore()
	os.Exit(code)
}

// endless is how long servers under test wait for what is to come, and never for what
// is not: a test runs out of patience before.
const endless = 20 * patience

// setup is what a server under test is started with.
type setup struct {
	Cache       string // directory; empty: no store
	MaxFileSize int64
	EmptyWait   time.Duration // 0: patience ends before it
}

func (s setup) server(log *slog.Logger) (server *Server, closeStore func(), err error) {
	options := Options{Version: "1.2.3", Logger: log, Engine: contents.Config{MaxFileSize: s.MaxFileSize}, Workspace: workspace.Config{AnswerBudget: patience}}
	closeStore = func() {}
	if s.Cache != "" {
		store, err := cachestore.Open(s.Cache, cachestore.Options{Logger: log, LockTimeout: endless})
		if err != nil {
			return nil, nil, fmt.Errorf("open the cache: %w", err)
		}
		options.Engine.Store = store
		closeStore = func() {
			if err := store.Close(); err != nil {
				log.Error("close the cache", "err", err)
			}
		}
	}
	server = NewServer(options)
	server.asked.Waits = answers.Waits{Empty: cmp.Or(s.EmptyWait, endless), Folder: endless, Settle: endless, Tree: endless}
	server.stopWait = endless
	return server, closeStore, nil
}

// transports are the ways to run a server: what a user sees is the same.
func transports(t *testing.T, test func(t *testing.T, start func(setup) *editor)) {
	t.Run("in process", func(t *testing.T) {
		t.Parallel()
		test(t, func(s setup) *editor { return startHere(t, s) })
	})
	t.Run("other process", func(t *testing.T) {
		t.Parallel()
		test(t, func(s setup) *editor { return startProcess(t, s) })
	})
}

// startHere serves from this process. The server ends with the test.
func startHere(t *testing.T, s setup) *editor {
	t.Helper()
	log := &lockedBuffer{}
	server, closeStore, err := s.server(textLogger(log))
	if err != nil {
		t.Fatal(err)
	}
	stdin, toServer := io.Pipe()
	fromServer, stdout := io.Pipe()
	code := make(chan int, 1)
	go func() {
		result := server.Serve(context.Background(), stdin, stdout)
		closeStore()
		_ = stdin.Close() // never fails
		_ = stdout.Close()
		code <- result
	}()
	e := newEditor(t, toServer, fromServer, exitCode(t, code))
	e.server = server
	t.Cleanup(func() { finish(t, e, log) })
	return e
}

// startProcess serves from a process of its own.
func startProcess(t *testing.T, s setup) *editor {
	t.Helper()
	value, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	log := &lockedBuffer{}
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), asServer+"="+string(value))
	cmd.Stderr = log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	fromServer, stdout := io.Pipe()
	cmd.Stdout = stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	code := make(chan int, 1)
	go func() {
		err := cmd.Wait()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			log.WriteString(err.Error())
		}
		_ = stdout.Close() // never fails
		code <- cmd.ProcessState.ExitCode()
	}()
	e := newEditor(t, stdin, fromServer, exitCode(t, code))
	t.Cleanup(func() {
		finish(t, e, log)
		if bytes.Contains(log.Bytes(), []byte("DATA RACE")) {
			t.Errorf("server's log:\n%s", log.Bytes())
		}
		_ = cmd.Process.Kill() // it is gone, unless the test has failed
	})
	return e
}

// exitCode returns a function that waits for a server to end, as often as it is
// called.
func exitCode(t *testing.T, code <-chan int) func() int {
	return sync.OnceValue(func() int {
		select {
		case c := <-code:
			return c
		case <-time.After(patience):
			t.Errorf("the server has not ended within %v", patience)
			return -1
		}
	})
}

// finish ends a server, and shows its log when the test has failed.
func finish(t *testing.T, e *editor, log *lockedBuffer) {
	e.hangUp()
	e.wait()
	if t.Failed() {
		t.Logf("server's log:\n%s", log.Bytes())
	}
}

// keptLog is how much of a server's log is kept for a test that fails, in bytes: its end.
const keptLog = 256 << 10

// lockedBuffer is written by a server and read by its test.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.buf.Next(max(0, b.buf.Len()+len(p)-keptLog))
	return b.buf.Write(p)
}

func (b *lockedBuffer) WriteString(s string) { _, _ = b.Write([]byte(s)) } // never fails

func (b *lockedBuffer) Bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.buf.Bytes())
}

func textLogger(log *lockedBuffer) *slog.Logger {
	return slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
