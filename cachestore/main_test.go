package cachestore

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// childEnv names the role that a re-executed test binary plays; its arguments are in os.Args.
const childEnv = "CACHESTORE_TEST_CHILD"

func TestMain(m *testing.M) {
	if role := os.Getenv(childEnv); role != "" {
		if err := childRoles()[role](os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, role+":", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// child is another process that runs one role.
type child struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Reader
	errs  bytes.Buffer
}

func newChild(t *testing.T, role string, args ...string) *child {
	t.Helper()
	c := &child{t: t, cmd: exec.Command(os.Args[0], args...)}
	c.cmd.Env = append(os.Environ(), childEnv+"="+role)
	c.cmd.Stderr = &c.errs
	var err error
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.out = bufio.NewReader(out)
	return c
}

func startChild(t *testing.T, role string, args ...string) *child {
	t.Helper()
	c := newChild(t, role, args...)
	c.start()
	return c
}

func (c *child) start() {
	c.t.Helper()
	if err := c.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
	})
}

// line waits for the child's next line.
func (c *child) line() string {
	c.t.Helper()
	s, err := c.out.ReadString('\n')
	if err != nil {
		c.t.Fatalf("child ended: %v\n%s", err, c.errs.String())
	}
	return strings.TrimSuffix(s, "\n")
}

// finish closes the child's input, on which it ends, and returns the rest of its output.
func (c *child) finish() string {
	c.t.Helper()
	_ = c.stdin.Close()
	rest, err := io.ReadAll(c.out)
	if err := errors.Join(err, c.cmd.Wait()); err != nil {
		c.t.Fatalf("child failed: %v\n%s", err, c.errs.String())
	}
	return string(rest)
}

// say prints a line for the parent; standard output is not buffered.
func say(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// untilParentEnds waits until the parent closes standard input.
func untilParentEnds() { _, _ = io.Copy(io.Discard, os.Stdin) }

// longEnv has tests run all their rounds, which takes some minutes; make test sets it.
const longEnv = "SYMCACHE_TEST_LONG"

// testRounds returns a number that says how thorough a test is: brief with -short, which is for Wine, where a system
// call takes a hundred times as long; else short, or long when the environment asks for it.
func testRounds(brief, short, long int) int {
	if testing.Short() {
		return brief
	}
	if os.Getenv(longEnv) != "" {
		return long
	}
	return short
}

func openAt(t testing.TB, root string, opts Options) *Store {
	t.Helper()
	s, err := Open(root, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func newStore(t testing.TB) *Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "cache"), Options{})
}

// keyOf returns the key of the nth test content.
func keyOf(n int) Key {
	return Key{Part: PartSymbols, Language: "go", Revision: Revision{1, 2, 3}, Hash: Sum(binary.LittleEndian.AppendUint64(nil, uint64(n)))}
}

// keyIn returns the nth key of a shard.
func keyIn(shard byte, n int) Key {
	k := keyOf(n)
	k.Hash[0] = shard
	return k
}

// valueOf returns the value that belongs to a key, of a length between 1 and 1,000 bytes that varies by key.
func valueOf(k Key) []byte {
	n := 1 + int(binary.LittleEndian.Uint32(k.Hash[4:])%1000)
	return bytes.Repeat(k.Hash[8:16], n/8+1)[:n]
}

func recordsOf(from, to int) []Record {
	var rs []Record
	for n := from; n < to; n++ {
		rs = append(rs, Record{keyOf(n), valueOf(keyOf(n))})
	}
	return rs
}

func mustPut(t testing.TB, s *Store, k Key, value []byte) {
	t.Helper()
	if _, err := s.Put(k, value); err != nil {
		t.Fatal(err)
	}
}

func mustPutPack(t testing.TB, s *Store, rs []Record) {
	t.Helper()
	if _, err := s.PutPack(rs); err != nil {
		t.Fatal(err)
	}
}

// remove removes a key.
func remove(s *Store, k Key) error {
	_, err := s.Remove(context.Background(), []Key{k})
	return err
}

func wantValue(t testing.TB, s *Store, k Key, want []byte) {
	t.Helper()
	if got, err := s.Get(k); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("Get(%s) = %d bytes, %v; want %d bytes", k, len(got), err, len(want))
	}
}

// wantMiss fails unless a key misses, for the reason errAbsent, ErrDamaged or ErrForeign.
func wantMiss(t testing.TB, s *Store, k Key, want error) {
	t.Helper()
	got, err := s.Get(k)
	var miss *missError
	if !errors.As(err, &miss) || !errors.Is(err, ErrMiss) || !errors.Is(err, want) || miss.key != k {
		t.Fatalf("Get(%s) = %q, %v; want a miss: %s", k, got, err, want)
	}
}

// entryFileOf returns the path of a loose entry.
func entryFileOf(s *Store, k Key) string { return s.layout.entryPath(k) }

// packOf returns the path of a pack that holds a key.
func packOf(t testing.TB, s *Store, k Key) string {
	t.Helper()
	for _, path := range packFiles(t, s) {
		p := newTestPack(path)
		_, _, err := p.find(k)
		closeTestPack(p)
		if err == nil {
			return path
		}
	}
	t.Fatalf("no pack holds %s", k)
	return ""
}

// packFiles returns the paths of all packs, by name.
func packFiles(t testing.TB, s *Store) []string {
	t.Helper()
	names, err := s.layout.at.packNames(s.layout.packs)
	if err != nil {
		t.Fatal(err)
	}
	for i := range names {
		names[i] = filepath.Join(s.layout.packs, names[i])
	}
	return names
}

// filesUnder returns the paths below dir, relative and with their modes.
func filesUnder(t testing.TB, dir string) map[string]fs.FileMode {
	t.Helper()
	files := map[string]fs.FileMode{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		files[filepath.ToSlash(rel)] = info.Mode()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// tempsUnder returns the temporary files below dir.
func tempsUnder(t testing.TB, dir string) []string {
	t.Helper()
	var temps []string
	for path := range filesUnder(t, dir) {
		if strings.HasPrefix(filepath.Base(path), tempPrefix) {
			temps = append(temps, path)
		}
	}
	return temps
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func overwrite(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, fileMode); err != nil {
		t.Fatal(err)
	}
}

// testLog is a logger that remembers its messages.
type testLog struct {
	slog.Handler

	mu       sync.Mutex
	messages []string
}

func newTestLog() *testLog { return &testLog{Handler: slog.DiscardHandler} }

func (l *testLog) Enabled(context.Context, slog.Level) bool { return true }

func (l *testLog) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", r.Level, r.Message)
	r.Attrs(func(a slog.Attr) bool {
		fmt.Fprintf(&b, " %s", a)
		return true
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.messages = append(l.messages, b.String())
	return nil
}

func (l *testLog) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.messages...)
}

// within fails the test when fn takes longer than a time that no machine needs: for tests against deadlock.
func within(t testing.TB, fn func()) {
	t.Helper()
	const limit = 10 * time.Minute
	done := make(chan struct{})
	go func() { defer close(done); fn() }()
	select {
	case <-done:
	case <-time.After(limit):
		t.Fatalf("not done after %v", limit)
	}
}
