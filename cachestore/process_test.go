package cachestore

import (
	"bytes"
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

// Eight processes that want the same 200 values at once compute each of them once in all.
func TestComputeOncePerMachine(t *testing.T) {
	t.Parallel()
	const processes, values = 8, 200
	root := filepath.Join(t.TempDir(), "cache")
	var children []*child
	for i := range processes {
		children = append(children, startChild(t, "compute", root, strconv.Itoa(values), strconv.Itoa(i%4*50)))
	}
	for _, c := range children {
		c.line()
	}
	for _, c := range children {
		_ = c.stdin.Close()
	}
	counts := map[string]int{}
	for _, c := range children {
		for key := range strings.Lines(c.finish()) {
			counts[key]++
		}
	}
	for key, n := range counts {
		if n != 1 {
			t.Errorf("%s was computed %d times", key, n)
		}
	}
	if len(counts) != values {
		t.Errorf("%d values were computed, want %d", len(counts), values)
	}
}

// While several processes put one key again and again, a reader sees a whole value of one of them, never a mix and,
// once there is one, never a miss. Pitfall S7: two writers interleave in one temporary file.
func TestWritersOfOneKey(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	var children []*child
	for _, letter := range []string{"a", "b", "c", "d"} {
		c := startChild(t, "overwrite", s.layout.root, letter, "60")
		c.line()
		children = append(children, c)
	}
	mustPut(t, s, keyOf(1), []byte("e"))
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				value, err := s.Get(keyOf(1))
				if err != nil || len(value) == 0 || bytes.Count(value, value[:1]) != len(value) {
					t.Errorf("Get = %d bytes, %v", len(value), err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for _, c := range children {
		_ = c.stdin.Close()
	}
	for _, c := range children {
		c.finish()
	}
	close(done)
	readers.Wait()
	if temps := tempsUnder(t, s.Dir()); len(temps) > 0 {
		t.Errorf("temporary files are left: %v", temps)
	}
}

// A writer that is killed at any moment leaves all that it had published, no damage, and no lock; what it
// left unfinished is swept once it is old.
func TestKilledWriters(t *testing.T) {
	t.Parallel()
	log, r := newTestLog(), newRand(t)
	s := openAt(t, t.TempDir(), Options{Logger: newLogger(log)})
	published := 0
	for range 20 {
		c := startChild(t, "publish", s.layout.root)
		c.line()
		timer := time.AfterFunc(time.Duration(r.IntN(20_000))*time.Microsecond, func() { _ = c.cmd.Process.Kill() })
		for {
			line, err := c.out.ReadString('\n')
			if err != nil {
				break // killed
			}
			n, err := strconv.Atoi(strings.TrimSuffix(line, "\n"))
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			published = max(published, n)
		}
		timer.Stop()
		_ = c.cmd.Wait()
	}
	for n := range published {
		wantValue(t, s, keyOf(n), valueOf(keyOf(n)))
	}
	for _, path := range packFiles(t, s) {
		f, err := s.layout.readPackFile(path)
		if err != nil || len(f.extractors()) == 0 {
			t.Errorf("%s: %v, %v", path, f, err)
		}
	}
	if _, err := s.Stats(); err != nil {
		t.Error(err)
	}
	if messages := log.all(); len(messages) > 0 {
		t.Errorf("damage: %v", messages)
	}
	later := openAt(t, s.layout.root, Options{Now: func() time.Time { return time.Now().Add(tempMaxAge + time.Minute) }})
	if _, err := later.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if temps := tempsUnder(t, s.Dir()); len(temps) > 0 {
		t.Errorf("temporary files are left: %v", temps)
	}
}

// Clear sweeps the temporary files of dead writers, and leaves those of living ones and what is not ours. Pitfall S12:
// files and empty directories of dead writers are never reclaimed.
func TestClearSweepsTemps(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustPut(t, s, keyOf(1), []byte("x"))
	mustPutPack(t, s, recordsOf(2, 3))
	dirs := []string{filepath.Dir(entryFileOf(s, keyOf(1))), s.layout.packs}
	old := time.Now().Add(-tempMaxAge - time.Minute)
	for _, dir := range dirs {
		for _, name := range []string{"tmp-dead", "tmp-alive", "someone's notes"} {
			overwrite(t, filepath.Join(dir, name), []byte("x"))
		}
		for _, name := range []string{"tmp-dead", "someone's notes"} {
			if err := os.Chtimes(filepath.Join(dir, name), old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := s.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		for name, want := range map[string]bool{"tmp-dead": false, "tmp-alive": true, "someone's notes": true} {
			if got := exists(filepath.Join(dir, name)); got != want {
				t.Errorf("%s in %s exists: %v, want %v", name, dir, got, want)
			}
		}
	}
}

// A writer whose temporary file or directory is removed under its hands writes again, and publishes all of
// it.
func TestTempVanishes(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	plan, err := planRecords(recordsOf(0, 300))
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	record := plan.record
	plan.record = func(b []byte, item *packItem) ([]byte, error) {
		if item == &plan.items[0] {
			if calls++; calls < makeAttempts {
				if err := os.RemoveAll(s.layout.packs); err != nil {
					return b, err
				}
			}
		}
		return record(b, item)
	}
	_, err = s.publishPack(plan)
	if err != nil || calls != makeAttempts {
		t.Fatalf("%d calls, %v", calls, err)
	}
	for n := range 300 {
		wantValue(t, s, keyOf(n), valueOf(keyOf(n)))
	}
}

// A writer in a directory that a collection is just removing makes it again, whatever it writes.
func TestDirectoryVanishes(t *testing.T) {
	t.Parallel()
	for name, w := range writes() {
		s := prepareWrites(t, t.TempDir())
		calls := 0
		s.layout.before = func(at step, dir string) error {
			if calls++; at == stepCreate && calls <= makeAttempts {
				_ = os.Remove(dir)               // ignore error: it is not empty
				_ = os.Remove(filepath.Dir(dir)) // ignore error: it is not empty
			}
			return nil
		}
		if err := w.do(s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		s.layout.before = nil
		w.check(t, s, true)
	}
}

// Clear while others compute breaks none of them, removes no lock, and what it removes is computed again. Pitfall S13:
// clearing deletes the locks and files of a process that writes.
func TestClearWhileOthersWrite(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	unlock, err := s.LockShards(t.Context(), []byte{0})
	if err != nil {
		t.Fatal(err)
	}
	lock, err := os.Stat(lockPath(s, 0))
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	var children []*child
	for i := range 3 {
		children = append(children, startChild(t, "compute", s.layout.root, "150", strconv.Itoa(i*50)))
	}
	for _, c := range children {
		c.line()
		_ = c.stdin.Close()
	}
	cleared := 0
	for range 5 {
		removed, err := s.Clear(t.Context())
		if err != nil {
			t.Error(err)
		}
		cleared += removed.Entries
	}
	computed := 0
	for _, c := range children {
		computed += strings.Count(c.finish(), "\n")
	}
	st, err := s.Stats()
	if err != nil {
		t.Fatal(err)
	}
	if computed != cleared+st.Entries {
		t.Errorf("%d values were computed, %d cleared, %d are left", computed, cleared, st.Entries)
	}
	after, err := os.Stat(lockPath(s, 0))
	if err != nil || !os.SameFile(lock, after) {
		t.Errorf("the lock file was replaced: %v", err)
	}
}

// Clear waits for who holds a lock, as long as its context and the lock timeout allow, and removes nothing before; then
// it goes ahead. Pitfall S13: clearing deletes the locks and files of a process that writes.
func TestClearWaitsForHolders(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustPut(t, s, keyOf(1), []byte("value"))
	unlock, ok, err := openAt(t, s.layout.root, Options{}).TryLockShards([]byte{0xff})
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if removed, err := s.Clear(ctx); !errors.Is(err, context.DeadlineExceeded) || removed != (Removed{}) {
		t.Errorf("Clear beside a holder = %+v, %v", removed, err)
	}
	wantValue(t, s, keyOf(1), []byte("value"))
	impatient := openAt(t, s.layout.root, Options{LockTimeout: time.Millisecond})
	if removed, err := impatient.Clear(t.Context()); err != nil || removed.Entries != 1 {
		t.Errorf("Clear after the lock timeout = %+v, %v", removed, err)
	}
	wantMiss(t, s, keyOf(1), errAbsent)
}

// A reader that has a pack open when it is cleared reads on, right or a miss. Pitfall S13: clearing deletes the locks
// and files of a process that writes.
func TestClearBesideReaders(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	reader := openAt(t, s.layout.root, Options{})
	mustPutPack(t, s, recordsOf(0, 100))
	for n := range 50 {
		wantValue(t, reader, keyOf(n), valueOf(keyOf(n)))
	}
	if _, err := s.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	for n := range 100 {
		switch value, err := reader.Get(keyOf(n)); {
		case err == nil && !bytes.Equal(value, valueOf(keyOf(n))):
			t.Errorf("value %d is wrong", n)
		case err != nil:
			wantMiss(t, reader, keyOf(n), errAbsent)
		}
	}
	wantMiss(t, reader, keyOf(100), errAbsent) // which makes it read the directory again
	wantMiss(t, reader, keyOf(0), errAbsent)
}

// Opening takes the same work whatever is stored: nothing below the namespace is read. Pitfall S14: start-up walks
// everything ever written.
func TestOpenReadsNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustPut(t, s, keyOf(1), []byte("x"))
	mustPutPack(t, s, recordsOf(2, 3))
	for _, dir := range []string{s.layout.entries, s.layout.packs, s.layout.locks} {
		// A file where each directory was: whoever looks inside gets an error.
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		overwrite(t, dir, nil)
	}
	before := filesUnder(t, s.layout.root)
	if _, err := Open(s.layout.root, Options{}); err != nil {
		t.Error(err)
	}
	if len(before) != len(filesUnder(t, s.layout.root)) {
		t.Error("Open wrote into an existing cache")
	}
}
