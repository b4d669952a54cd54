package cachestore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// testWorkspace is the workspace of most tests.
func testWorkspace() WorkspaceID { return WorkspaceID{0xab, 1} }

// writeTestIndex writes an index that can tell whether it is whole: a length, which is written last, and as
// many bytes of one kind.
func writeTestIndex(n int) func(*os.File) error {
	return func(f *os.File) error {
		if _, err := f.WriteAt(bytes.Repeat([]byte{byte(n)}, 1000*(n%64)+1), 8); err != nil {
			return err
		}
		_, err := f.WriteAt(binary.LittleEndian.AppendUint64(nil, uint64(1000*(n%64)+1)), 0)
		return err
	}
}

// checkTestIndex reads an index that writeTestIndex wrote, and returns what its bytes are.
func checkTestIndex(f *os.File) (byte, error) {
	b, err := io.ReadAll(f)
	if err != nil {
		return 0, err
	}
	if len(b) < 9 || le.Uint64(b) != uint64(len(b)-8) || bytes.Count(b[8:], b[8:9]) != len(b)-8 {
		return 0, fmt.Errorf("index of %d bytes is not whole", len(b))
	}
	return b[8], nil
}

func mustPublish(t testing.TB, s *Store, id WorkspaceID, n int) uint64 {
	t.Helper()
	g, err := s.Workspace(id).Publish(writeTestIndex(n))
	if err != nil || g == 0 {
		t.Fatalf("Publish = %d, %v", g, err)
	}
	return g
}

func wantIndex(t testing.TB, s *Store, id WorkspaceID, generation uint64, n int) {
	t.Helper()
	if g, err := s.Workspace(id).Newest(); g != generation || err != nil {
		t.Fatalf("Newest = %d, %v; want %d", g, err, generation)
	}
	f, g, err := s.Workspace(id).Open(0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := checkTestIndex(f); err != nil || got != byte(n) || g != generation {
		t.Fatalf("generation %d holds %d, %v; want %d in %d", g, got, err, n, generation)
	}
}

func wantNoIndex(t testing.TB, s *Store, id WorkspaceID, before uint64) {
	t.Helper()
	if f, g, err := s.Workspace(id).Open(before); !errors.Is(err, ErrMiss) || f != nil || g != 0 {
		t.Fatalf("Open = %v, %d, %v; want a miss", f, g, err)
	}
}

func indexNames(t testing.TB, s *Store, id WorkspaceID) (names []string) {
	t.Helper()
	if err := s.layout.at.eachName(s.layout.workspaceDir(id), func(n string) error { names = append(names, n); return nil }); err != nil {
		t.Fatal(err)
	}
	return names
}

// A published index is what is opened, by everybody and after a restart; it replaces the one before, and
// other workspaces keep theirs.
func TestPublish(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	id, other := testWorkspace(), WorkspaceID{2}
	wantNoIndex(t, s, id, 0)
	if g, err := s.Workspace(id).Newest(); g != 0 || err != nil {
		t.Fatalf("Newest = %d, %v", g, err)
	}
	first := mustPublish(t, s, id, 1)
	wantIndex(t, s, id, first, 1)
	theirs := mustPublish(t, s, other, 2)
	second := mustPublish(t, s, id, 3)
	if second <= first {
		t.Errorf("generation %d after %d", second, first)
	}
	wantIndex(t, openAt(t, s.layout.root, Options{}), id, second, 3)
	wantIndex(t, s, other, theirs, 2)
	wantNoIndex(t, s, id, second)
	if names := indexNames(t, s, id); len(names) != 1 {
		t.Errorf("%v are left of two generations", names)
	}
}

// An index that is open stays readable, whole, when newer ones are published and when all is cleared.
func TestOpenIndexSurvives(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	id := testWorkspace()
	mustPublish(t, s, id, 1)
	f, _, err := s.Workspace(id).Open(0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	mustPublish(t, s, id, 2)
	if _, err := s.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := checkTestIndex(f); got != 1 || err != nil {
		t.Errorf("the open index holds %d, %v", got, err)
	}
	wantNoIndex(t, s, id, 0)
}

// When several generations are there (Windows removes no open file) the newest is opened, then, for who finds
// it damaged, the ones before; a damaged one can be removed, also twice, and none but it.
func TestOpenIndexBefore(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	id := testWorkspace()
	third := mustPublish(t, s, id, 3)
	for g := range third {
		if g == 2 {
			break
		}
		overwrite(t, indexPath(s.layout.workspaceDir(id), g+1), readFile(t, indexPath(s.layout.workspaceDir(id), third)))
	}
	for _, c := range []struct{ before, want uint64 }{{0, third}, {third + 1, third}, {third, 2}, {2, 1}} {
		f, g, err := s.Workspace(id).Open(c.before)
		if err != nil || g != c.want {
			t.Fatalf("Open before %d = %d, %v; want %d", c.before, g, err, c.want)
		}
		_ = f.Close()
	}
	wantNoIndex(t, s, id, 1)
	for range 2 {
		if err := s.Workspace(id).Remove(third); err != nil {
			t.Fatal(err)
		}
		wantIndex(t, s, id, 2, 3)
	}
	mustPublish(t, s, id, 4)
	if names := indexNames(t, s, id); len(names) != 1 {
		t.Errorf("%v are left", names)
	}
}

// Generations grow when the clock stands still, goes back, or was in the future; and a file of another kind,
// or of a number that cannot be counted on from, is none of them.
func TestGenerationsGrow(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := openAt(t, t.TempDir(), Options{Now: func() time.Time { return now }})
	id := testWorkspace()
	var last uint64
	for n, step := range []time.Duration{0, 0, -time.Hour, -100 * 365 * 24 * time.Hour, 200 * 365 * 24 * time.Hour, -time.Hour} {
		now = now.Add(step)
		g := mustPublish(t, s, id, n+1)
		if g <= last {
			t.Fatalf("step %d: generation %d after %d", n, g, last)
		}
		last = g
		wantIndex(t, s, id, last, n+1)
	}
	for _, name := range []string{"ffffffffffffffff.index", "0000000000000000.index", "1.index", "tmp-1", "notes", "00000000000000FF.index"} {
		overwrite(t, filepath.Join(s.layout.workspaceDir(id), name), nil)
	}
	wantIndex(t, s, id, last, 6)
	g := mustPublish(t, s, id, 7)
	wantIndex(t, s, id, g, 7)
	overwrite(t, indexPath(s.layout.workspaceDir(id), maxGeneration), nil)
	if g, err := s.Workspace(id).Publish(writeTestIndex(8)); err == nil {
		t.Errorf("published generation %d after the last one", g)
	}
}

// After Clear, which forgets all numbers, they still grow.
func TestGenerationsGrowOverClear(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	first := mustPublish(t, s, testWorkspace(), 1)
	if _, err := s.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if second := mustPublish(t, s, testWorkspace(), 2); second <= first {
		t.Errorf("generation %d after %d", second, first)
	}
}

// An error of the writer is returned, and leaves what was there and nothing else.
func TestPublishError(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	id := testWorkspace()
	first := mustPublish(t, s, id, 1)
	want := errors.New("no symbols today")
	if _, err := s.Workspace(id).Publish(func(f *os.File) error {
		_, _ = f.WriteString("half")
		return want
	}); !errors.Is(err, want) {
		t.Fatalf("Publish = %v", err)
	}
	wantIndex(t, s, id, first, 1)
	if names := indexNames(t, s, id); len(names) != 1 {
		t.Errorf("%v are left", names)
	}
}

// A writer under whose hands the cache is deleted writes again, and publishes all of it.
func TestPublishIntoDeletedCache(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	calls := 0
	g, err := s.Workspace(testWorkspace()).Publish(func(f *os.File) error {
		if calls++; calls == 1 {
			if err := os.RemoveAll(s.layout.root); err != nil {
				return err
			}
		}
		return writeTestIndex(5)(f)
	})
	if err != nil || calls != 2 {
		t.Fatalf("%d calls, %v", calls, err)
	}
	wantIndex(t, s, testWorkspace(), g, 5)
}

// Without the lock, in several processes: every reader finds a whole index at any moment once there is one,
// every publication has a generation of its own, and what readers see only grows.
func TestConcurrentPublishers(t *testing.T) {
	t.Parallel()
	const processes, times = 4, 50
	s := newStore(t)
	id := testWorkspace()
	mustPublish(t, s, id, 200)
	var children []*child
	for i := range processes {
		c := startChild(t, "index", s.layout.root, strconv.Itoa(times), strconv.Itoa(i*times))
		c.line()
		children = append(children, c)
	}
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		var last uint64
		for {
			f, g, err := s.Workspace(id).Open(0)
			if err != nil {
				t.Errorf("Open: %v", err)
				return
			}
			_, err = checkTestIndex(f)
			_ = f.Close()
			if err != nil || g < last {
				t.Errorf("generation %d after %d: %v", g, last, err)
				return
			}
			last = g
			select {
			case <-done:
				return
			default:
			}
		}
	}()
	for _, c := range children {
		_ = c.stdin.Close()
	}
	seen := map[string]bool{}
	for _, c := range children {
		for g := range strings.Lines(c.finish()) {
			if seen[g] {
				t.Errorf("generation %s was published twice", g)
			}
			seen[g] = true
		}
	}
	close(done)
	<-stopped
	// Each removes what is older when it is done, so that two may be left by the last ones.
	mustPublish(t, s, id, 1)
	if len(seen) != processes*times {
		t.Errorf("%d generations of %d publications", len(seen), processes*times)
	}
	if names := indexNames(t, s, id); len(names) != 1 {
		t.Errorf("%v are left", names)
	}
}

// indexRole publishes indexes of the test workspace, a number of times, and prints their generations: ROOT
// TIMES FIRST.
func indexRole(args []string) error {
	times, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	first, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	s, err := Open(args[0], Options{})
	if err != nil {
		return err
	}
	say("ready")
	untilParentEnds()
	for n := range times {
		g, err := s.Workspace(testWorkspace()).Publish(writeTestIndex(first + n))
		if err != nil {
			return err
		}
		say("%d", g)
	}
	return nil
}

// Where there are no hard links a file is published all the same, and never replaces one that is there.
func TestRenameNew(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	dir := s.Dir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	if err := s.layout.renameNew(from, to); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("renameNew of nothing: %v", err)
	}
	overwrite(t, from, []byte("new"))
	overwrite(t, to, []byte("old"))
	if err := s.layout.renameNew(from, to); !errors.Is(err, fs.ErrExist) || string(readFile(t, to)) != "old" {
		t.Errorf("renameNew over a file: %v", err)
	}
	if err := os.Remove(to); err != nil {
		t.Fatal(err)
	}
	if err := s.layout.renameNew(from, to); err != nil || string(readFile(t, to)) != "new" || exists(from) {
		t.Errorf("renameNew: %v", err)
	}
	// Directories have no hard links on any file system.
	from, to = filepath.Join(dir, "directory"), filepath.Join(dir, "renamed")
	if err := os.Mkdir(from, dirMode); err != nil {
		t.Fatal(err)
	}
	if err := s.layout.renameNew(from, to); err != nil || exists(from) || !exists(to) {
		t.Errorf("renameNew without links: %v", err)
	}
}

// The lock of a workspace has one holder, blocks no other lock, and is waited for no longer than the timeout.
func TestWorkspaceLock(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	id := testWorkspace()
	unlock, ok, err := s.Workspace(id).TryLock()
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	for _, same := range []*Store{s, openAt(t, s.layout.root, Options{LockTimeout: 20 * time.Millisecond})} {
		if _, ok, err := same.Workspace(id).TryLock(); ok || err != nil {
			t.Errorf("TryLock of a held lock = %v, %v", ok, err)
		}
	}
	impatient := openAt(t, s.layout.root, Options{LockTimeout: 20 * time.Millisecond})
	began := time.Now()
	release, held, err := impatient.Workspace(id).Lock(t.Context())
	if held || err != nil || time.Since(began) < 20*time.Millisecond {
		t.Errorf("Lock of a held lock = %v, %v after %v", held, err, time.Since(began))
	}
	release()
	others, ok, err := s.Workspace(WorkspaceID{9}).TryLock()
	if !ok || err != nil {
		t.Errorf("TryLock of another = %v, %v", ok, err)
	}
	others()
	unlock()
	release, held, err = impatient.Workspace(id).Lock(t.Context())
	if !held || err != nil {
		t.Errorf("Lock = %v, %v", held, err)
	}
	release()
	release()
	if _, err := os.Stat(filepath.Join(s.layout.locks, workspaceLock(id))); err != nil {
		t.Errorf("the lock file is gone: %v", err)
	}
}

// Stats and Clear count indexes; Clear leaves lock files, and what is not ours.
func TestClearIndexes(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustPublish(t, s, WorkspaceID{1}, 1)
	mustPublish(t, s, WorkspaceID{2}, 2)
	notes := filepath.Join(s.layout.workspaceDir(WorkspaceID{2}), "notes")
	overwrite(t, notes, []byte("mine"))
	const bytes = 2*8 + 1001 + 2001
	if st, err := s.Stats(); err != nil || st.Workspaces != 2 || st.Bytes != bytes || st.Entries != 0 {
		t.Errorf("Stats = %+v, %v", st, err)
	}
	if got, err := s.Clear(t.Context()); err != nil || got != (Removed{Workspaces: 2, Bytes: bytes}) {
		t.Errorf("Clear = %+v, %v", got, err)
	}
	if exists(s.layout.workspaceDir(WorkspaceID{1})) || !exists(notes) {
		t.Error("an empty directory stayed, or a file that is not ours was removed")
	}
	if st, err := s.Stats(); err != nil || st.Workspaces != 0 || st.Bytes != 0 {
		t.Errorf("Stats = %+v, %v", st, err)
	}
}

// A closed store publishes and opens nothing.
func TestClosedIndexes(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	id := testWorkspace()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, newestErr := s.Workspace(id).Newest()
	_, _, openErr := s.Workspace(id).Open(0)
	_, publishErr := s.Workspace(id).Publish(writeTestIndex(1))
	_, _, tryErr := s.Workspace(id).TryLock()
	_, _, lockErr := s.Workspace(id).Lock(t.Context())
	for i, err := range []error{newestErr, openErr, publishErr, tryErr, lockErr, s.Workspace(id).Remove(1)} {
		if !errors.Is(err, errClosed) {
			t.Errorf("call %d: %v", i, err)
		}
	}
}

// Touch records a use, and writes at most once a day.
func TestTouch(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := openAt(t, t.TempDir(), Options{Now: func() time.Time { return now }})
	id := testWorkspace()
	if err := s.Workspace(id).Touch(); err != nil {
		t.Errorf("Touch without an index: %v", err)
	}
	g := mustPublish(t, s, id, 1)
	path := indexPath(s.layout.workspaceDir(id), g)
	for _, c := range []struct {
		age     time.Duration
		touched bool
	}{{time.Hour, false}, {23 * time.Hour, false}, {25 * time.Hour, true}, {-23 * time.Hour, false}, {-48 * time.Hour, true}} {
		at := now.Add(-c.age)
		setTime(t, path, at)
		if err := s.Workspace(id).Touch(); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.ModTime().Equal(at) == c.touched {
			t.Errorf("used %v ago: touched %v, want %v", c.age, !c.touched, c.touched)
		}
	}
}
