//go:build unix

package cachestore

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/go-cmp/cmp"
)

func mustDiagnose(t testing.TB, root string, opts Options) Diagnosis {
	t.Helper()
	d, err := Diagnose(root, opts)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// aboutThisMachine are problems that a test's machine may have.
func aboutThisMachine(p Problem) bool {
	return strings.Contains(p.Text, "are free in") || strings.Contains(p.Text, "in memory") || strings.Contains(p.Text, "network")
}

// A healthy cache has no problems, nor has a machine without a cache; and looking changes nothing.
func TestDiagnoseHealthy(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustPut(t, s, keyOf(1), nil)
	mustPutPack(t, s, recordsOf(2, 5))
	mustGC(t, s, GCOptions{})
	before := filesUnder(t, s.layout.root)
	d := mustDiagnose(t, s.layout.root, Options{})
	if diff := cmp.Diff(before, filesUnder(t, s.layout.root)); diff != "" {
		t.Errorf("files (-before +after):\n%s", diff)
	}
	if !d.Exists || !d.Locks || d.Dir != s.Dir() || d.Stats.Entries != 4 || len(d.Holders) != 0 {
		t.Errorf("Diagnose = %+v", d)
	}
	none := filepath.Join(t.TempDir(), "a", "cache")
	nothing := mustDiagnose(t, none, Options{})
	if nothing.Exists || exists(none) {
		t.Errorf("Diagnose of nothing = %+v", nothing)
	}
	for _, p := range append(d.Problems, nothing.Problems...) {
		if !aboutThisMachine(p) {
			t.Errorf("problem: %+v", p)
		}
	}
	if _, err := Diagnose("relative", Options{}); err == nil {
		t.Error("a relative root was accepted")
	}
}

// Each thing that can be wrong is said, with what mends it.
func TestDiagnoseProblems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil     func(*testing.T, *Store)
		opts      Options
		text, fix string
	}{
		"open to others": {spoil: func(t *testing.T, s *Store) {
			if err := os.Chmod(s.Dir(), 0o755); err != nil {
				t.Fatal(err)
			}
		}, text: "others may look", fix: "chmod 700 "},
		"a link": {spoil: func(t *testing.T, s *Store) {
			if err := os.Rename(s.Dir(), s.Dir()+"x"); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(s.Dir()+"x", s.Dir()); err != nil {
				t.Fatal(err)
			}
		}, text: "not a directory", fix: "rm "},
		"another version": {spoil: func(t *testing.T, s *Store) {
			if err := os.Mkdir(filepath.Join(s.layout.root, "v2"), dirMode); err != nil {
				t.Fatal(err)
			}
		}, text: "another version", fix: "rm -r "},
		"damaged pack": {spoil: func(t *testing.T, s *Store) {
			flip(t, packFiles(t, s)[0], 100)
		}, text: "1 packs are damaged", fix: "symcache verify --repair"},
		"foreign pack": {spoil: func(t *testing.T, s *Store) {
			flip(t, packFiles(t, s)[0], 4)
		}, text: "1 packs are of another version", fix: "symcache clear"},
		"never collected": {spoil: func(t *testing.T, s *Store) {
			mustGC(t, openAt(t, s.layout.root, Options{Now: clockOff(-8 * day)}), GCOptions{})
		}, text: "garbage was last collected", fix: "symcache gc"},
		"no base": {
			spoil: func(*testing.T, *Store) {},
			opts:  Options{Base: []string{"/does/not/exist"}}, text: "base cache /does/not/exist is not used", fix: "SYMCACHE_BASE",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			mustPutPack(t, s, recordsOf(0, 5))
			c.spoil(t, s)
			d := mustDiagnose(t, s.layout.root, c.opts)
			found := 0
			for _, p := range d.Problems {
				if aboutThisMachine(p) {
					continue
				}
				found++
				if !strings.Contains(p.Text, c.text) || !strings.Contains(p.Fix, c.fix) {
					t.Errorf("problem %+v, want %q, %q", p, c.text, c.fix)
				}
			}
			if found != 1 {
				t.Errorf("%d problems, want one: %+v", found, d.Problems)
			}
		})
	}
}

// Another user's namespace, and one that cannot be written to, is an error.
func TestDiagnoseRefused(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root can give a directory away")
	}
	s := newStore(t)
	if err := os.Chown(s.Dir(), 12345, 12345); err != nil {
		t.Fatal(err)
	}
	d := mustDiagnose(t, s.layout.root, Options{})
	if d.Exists || len(d.Problems) == 0 || d.Problems[len(d.Problems)-1].Severity != SeverityError {
		t.Errorf("Diagnose = %+v", d)
	}
}

// Who holds a lock is named, and keeps it.
func TestDiagnoseHolders(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := startChild(t, "hold", s.layout.root)
	c.line()
	unlock, ok, err := s.TryLockWorkspace(testWorkspace())
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	unlock()
	for range 2 {
		d := mustDiagnose(t, s.layout.root, Options{})
		if len(d.Holders) != 1 || d.Holders[0].Lock != "00" || !strings.Contains(d.Holders[0].By, "since") {
			t.Errorf("holders: %+v", d.Holders)
		}
	}
	if _, ok, err := s.TryLockShards([]byte{0}); ok || err != nil {
		t.Errorf("the lock was lost: %v, %v", ok, err)
	}
	c.finish()
	if d := mustDiagnose(t, s.layout.root, Options{}); len(d.Holders) != 0 {
		t.Errorf("holders: %+v", d.Holders)
	}
}

// Where a file system has no locks all goes on, and goroutines of one process still take turns.
func TestNoLocksOnFileSystem(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, cause := range []syscall.Errno{syscall.ENOLCK, syscall.ENOSYS, syscall.ENOTSUP} {
		turn := s.locks.turn("00")
		turn <- struct{}{}
		release, ok, err := s.locks.lockFile("00", turn, func(*flock.Flock) (bool, error) {
			return false, &fs.PathError{Op: "flock", Err: cause}
		})
		if !ok || err != nil {
			t.Fatalf("%v: %v, %v", cause, ok, err)
		}
		if _, ok, err := s.TryLockShards([]byte{0}); ok || err != nil {
			t.Errorf("%v: two goroutines have the turn: %v, %v", cause, ok, err)
		}
		release()
	}
	within(t, time.Minute, func() {
		unlock, err := s.LockShards(t.Context(), []byte{0})
		if err != nil {
			t.Error(err)
			return
		}
		unlock()
	})
}
