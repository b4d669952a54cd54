package cachestore

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// However many processes start at once on no cache at all, each opens it and locks in it. Pitfall S1: a lock file is
// seen before it says whose it is.
func TestSimultaneousFirstStarts(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "cache")
	var children []*child
	for range 24 {
		children = append(children, startChild(t, "compute", root, "1", "0"))
	}
	for _, c := range children {
		c.line()
	}
	for _, c := range children {
		_ = c.stdin.Close()
	}
	computed := 0
	for _, c := range children {
		computed += strings.Count(c.finish(), "\n")
	}
	if computed != 1 {
		t.Errorf("the one value was computed %d times", computed)
	}
	if temps := tempsUnder(t, root); len(temps) > 0 {
		t.Errorf("temporary files are left: %v", temps)
	}
}

// What a lock file contains means nothing. Empty, garbage, or the PID of a process that lives, it is free unless the
// kernel says that it is held. Pitfall S2: a crash leaves an empty lock, on which every later open fails. Pitfall S5:
// checks of PIDs lie, as in containers.
func TestLockFileContentsMeanNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for shard, contents := range []string{
		"", "\x00", "garbage\n", strconv.Itoa(os.Getpid()), "1\n", strings.Repeat("x", 10_000),
		"\x00pid 1 host elsewhere since 2000-01-01T00:00:00Z",
	} {
		if err := os.MkdirAll(s.layout.locks, dirMode); err != nil {
			t.Fatal(err)
		}
		overwrite(t, lockPath(s, shard), []byte(contents))
		unlock, ok, err := s.TryLockShards([]byte{byte(shard)})
		if !ok || err != nil {
			t.Errorf("contents %.20q: TryLockShards = %v, %v", contents, ok, err)
			continue
		}
		unlock()
	}
}

// A lock has one holder, whoever else waits for it, dies with it, or finds it at the same moment. Pitfall S3: two
// processes take the same stale lock.
func TestLockHasOneHolder(t *testing.T) {
	t.Parallel()
	const processes, times = 6, 40
	root, counter := t.TempDir(), filepath.Join(t.TempDir(), "counter")
	overwrite(t, counter, []byte("0"))
	dying := startChild(t, "hold", root)
	dying.line()
	var children []*child
	for range processes {
		children = append(children, startChild(t, "increment", root, counter, strconv.Itoa(times), "shard"))
	}
	for _, c := range children {
		c.line()
		_ = c.stdin.Close()
	}
	if err := dying.cmd.Process.Kill(); err != nil { // all are waiting for it, or are about to
		t.Fatal(err)
	}
	for _, c := range children {
		c.finish()
	}
	if got, want := string(readFile(t, counter)), strconv.Itoa(processes*times); got != want {
		t.Errorf("counted to %s, want %s", got, want)
	}
}

// Also one whose file others discard all the time. Pitfall S3: two processes take the same stale lock.
func TestDiscardedLockHasOneHolder(t *testing.T) {
	t.Parallel()
	const processes, times = 4, 25
	root, counter := t.TempDir(), filepath.Join(t.TempDir(), "counter")
	overwrite(t, counter, []byte("0"))
	var children []*child
	for range processes {
		c := startChild(t, "increment", root, counter, strconv.Itoa(times), "workspace")
		c.line()
		children = append(children, c)
	}
	for _, c := range children {
		_ = c.stdin.Close()
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		s := openAt(t, root, Options{})
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if err := s.sweepLocks(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for _, c := range children {
		c.finish()
	}
	close(done)
	wg.Wait()
	if got, want := string(readFile(t, counter)), strconv.Itoa(processes*times); got != want {
		t.Errorf("counted to %s, want %s", got, want)
	}
}

// Who has opened the file of a lock before it was discarded, and locks it after, takes the lock of the file that
// stands in its place; one that is held is not discarded, nor is one that this process has used.
func TestDiscardLock(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	name := workspaceLock(testWorkspace())
	path := filepath.Join(s.layout.locks, name)
	turn := s.locks.turn(name)
	turn <- struct{}{}
	tries := 0
	release, ok, err := s.locks.lockFile(name, turn, func(f *os.File) (bool, error) {
		ok, err := tryFile(f)
		if tries++; tries < 3 {
			_ = s.layout.at.remove(path) // ignore error: the tries say so
		}
		return ok, err
	})
	if !ok || err != nil || tries != 3 {
		t.Fatalf("%d tries: %v, %v", tries, ok, err)
	}
	other := openAt(t, s.layout.root, Options{})
	other.locks.discard(name)
	if _, ok, err := other.Workspace(testWorkspace()).TryLock(); ok || err != nil {
		t.Errorf("the lock has two holders: %v, %v", ok, err)
	}
	release()
	other.locks.discard(name) // which it has used by now
	if !exists(path) {
		t.Error("a lock that is in use was discarded")
	}
	openAt(t, s.layout.root, Options{}).locks.discard(name)
	if exists(path) {
		t.Error("a lock that nobody uses is left")
	}
}

// Releasing a lock, also twice, never releases that of the next holder, and never removes the file. Pitfall S4: a
// holder deletes on release a lock that it no longer owns.
func TestReleaseOwnLockOnly(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	first, ok, err := s.TryLockShards([]byte{3, 1, 3})
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	before, err := os.Stat(lockPath(s, 1))
	if err != nil {
		t.Fatal(err)
	}
	first()
	second, ok, err := s.TryLockShards([]byte{1})
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	defer second()
	first()
	if _, ok, err := openAt(t, s.layout.root, Options{}).TryLockShards([]byte{1}); ok || err != nil {
		t.Errorf("the second holder's lock was released: %v, %v", ok, err)
	}
	after, err := os.Stat(lockPath(s, 1))
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("the lock file was replaced: %v", err)
	}
}

// The lock of a process that died is free at once. Pitfall S5: checks of PIDs lie, as in containers.
func TestLockOfDeadHolderIsFree(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	holder := startChild(t, "hold", s.layout.root)
	holder.line()
	if _, ok, err := s.TryLockShards([]byte{0}); ok || err != nil {
		t.Fatalf("TryLockShards of a held lock = %v, %v", ok, err)
	}
	if text := string(readFile(t, lockPath(s, 0))); !strings.Contains(text, "pid "+strconv.Itoa(holder.cmd.Process.Pid)+" ") {
		t.Errorf("the lock file does not name its holder: %q", text)
	}
	if err := holder.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.cmd.Wait()
	unlock, ok, err := s.TryLockShards([]byte{0})
	if !ok || err != nil {
		t.Fatalf("TryLockShards of a dead process's lock = %v, %v", ok, err)
	}
	unlock()
}

// TryLockShards takes all or nothing, LockShards goes ahead without what it cannot have, and both respect
// what another goroutine of the same store holds.
func TestLockShards(t *testing.T) {
	t.Parallel()
	s := openAt(t, t.TempDir(), Options{LockTimeout: 10 * time.Millisecond})
	unlock, ok, err := s.TryLockShards([]byte{2})
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	if _, ok, err := s.TryLockShards([]byte{1, 2, 3}); ok || err != nil {
		t.Errorf("TryLockShards over a held one = %v, %v", ok, err)
	}
	without, err := s.LockShards(t.Context(), []byte{3, 2, 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, shard := range []byte{1, 2, 3} {
		if _, ok, err := s.TryLockShards([]byte{shard}); ok || err != nil {
			t.Errorf("shard %d: TryLockShards = %v, %v", shard, ok, err)
		}
	}
	without()
	if _, ok, _ := s.TryLockShards([]byte{2}); ok {
		t.Error("a lock was released by one who went ahead without it")
	}
	unlock()
	unlock, ok, err = s.TryLockShards([]byte{1, 2, 3})
	if !ok || err != nil {
		t.Fatalf("TryLockShards of free ones = %v, %v", ok, err)
	}
	unlock()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.LockShards(ctx, []byte{9}); !errors.Is(err, context.Canceled) {
		t.Errorf("LockShards with an ended context: %v", err)
	}
}

// Goroutines of one process that want one lock all get it, and compute each value once.
func TestComputeInOneProcess(t *testing.T) {
	t.Parallel()
	s := openAt(t, t.TempDir(), Options{LockTimeout: time.Hour})
	var wg sync.WaitGroup
	var mu sync.Mutex
	counts := map[Key]int{}
	for range 16 {
		wg.Go(func() {
			for n := range 8 {
				k := keyIn(5, n)
				_, _, err := s.Compute(t.Context(), k, func(context.Context) ([]byte, error) {
					mu.Lock()
					defer mu.Unlock()
					counts[k]++
					return valueOf(k), nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	within(t, wg.Wait)
	for n := range 8 {
		if c := counts[keyIn(5, n)]; c != 1 {
			t.Errorf("value %d was computed %d times", n, c)
		}
	}
}
