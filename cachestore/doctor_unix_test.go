//go:build unix

package cachestore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func mustDiagnose(t testing.TB, root string, opts Options) Diagnosis {
	t.Helper()
	d, err := Diagnose(root, opts, 0)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// aboutThisMachine are problems that a test's machine may have.
func aboutThisMachine(p Problem) bool {
	return p.Code == ProblemFull || p.Code == ProblemMemory || p.Code == ProblemNetwork
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
	if _, err := Diagnose("relative", Options{}, 0); err == nil {
		t.Error("a relative root was accepted")
	}
}

// Each thing that can be wrong is a problem, the only one, with what the program needs to say what mends it.
func TestDiagnoseProblems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil   func(*testing.T, *Store)
		opts    Options
		maxSize int64
		want    Problem // ROOT and DIR in its path stand for those of the cache
		place   *PlaceError
	}{
		"open to others": {spoil: func(t *testing.T, s *Store) {
			if err := os.Chmod(s.Dir(), 0o755); err != nil {
				t.Fatal(err)
			}
		}, want: Problem{SeverityWarning, ProblemReadable, "DIR", 0o755, nil}},
		"a link": {spoil: func(t *testing.T, s *Store) {
			if err := os.Rename(s.Dir(), s.Dir()+"x"); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(s.Dir()+"x", s.Dir()); err != nil {
				t.Fatal(err)
			}
		}, want: Problem{Severity: SeverityError, Code: ProblemNoPlace}, place: &PlaceError{Reason: PlaceNotDirectory, Path: "DIR"}},
		"another layout": {spoil: func(t *testing.T, s *Store) {
			if err := os.MkdirAll(filepath.Join(s.layout.root, "v99", "1000", "packs"), dirMode); err != nil {
				t.Fatal(err)
			}
		}, want: Problem{SeverityWarning, ProblemOtherLayout, "ROOT/v99", 0, nil}},
		"damaged pack": {spoil: func(t *testing.T, s *Store) {
			flip(t, packFiles(t, s)[0], 100)
		}, want: Problem{SeverityWarning, ProblemDamagedPacks, "", 1, nil}},
		"foreign pack": {spoil: func(t *testing.T, s *Store) {
			flip(t, packFiles(t, s)[0], 4)
		}, want: Problem{SeverityWarning, ProblemForeignPacks, "", 1, nil}},
		"never collected": {spoil: func(t *testing.T, s *Store) {
			mustGC(t, openAt(t, s.layout.root, Options{Now: clockOff(-8 * day)}), GCOptions{})
		}, want: Problem{SeverityWarning, ProblemNotCollected, "", time.Now().Add(-8 * day).Unix(), nil}},
		"over the budget": {
			spoil: func(*testing.T, *Store) {}, maxSize: 100, want: Problem{SeverityWarning, ProblemOverBudget, "", 0, nil},
		},
		"no base": {
			spoil: func(*testing.T, *Store) {}, opts: Options{Base: []string{"/does/not/exist"}},
			want: Problem{SeverityWarning, ProblemNoBase, "/does/not/exist", 0, nil},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			mustPutPack(t, s, recordsOf(0, 5))
			c.spoil(t, s)
			d, err := Diagnose(s.layout.root, c.opts, c.maxSize)
			if err != nil {
				t.Fatal(err)
			}
			here := strings.NewReplacer("ROOT", s.layout.root, "DIR", s.Dir())
			found := 0
			for _, p := range d.Problems {
				if aboutThisMachine(p) {
					continue
				}
				found++
				want := c.want
				want.Path = here.Replace(want.Path)
				switch p.Code {
				case ProblemOverBudget:
					want.Number = d.Stats.Bytes
				case ProblemNotCollected: // the clock went on
					want.Number = max(want.Number, min(p.Number, want.Number+3600))
				}
				if diff := cmp.Diff(want, p, cmpopts.IgnoreFields(Problem{}, "Err")); diff != "" {
					t.Errorf("problem (-want +got):\n%s", diff)
				}
				var place *PlaceError
				if c.place == nil {
					continue
				}
				if !errors.As(p.Err, &place) || place.Reason != c.place.Reason || place.Path != here.Replace(c.place.Path) {
					t.Errorf("the error is %+v, want %+v", p.Err, c.place)
				}
			}
			if found != 1 {
				t.Errorf("%d problems, want one: %+v", found, d.Problems)
			}
		})
	}
}

// What is no problem is not called one, and a stranger's directory not a version of ours; no budget is none, and one
// that is larger than the usual one is not exceeded before it is.
func TestDiagnoseNoProblems(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustPutPack(t, s, recordsOf(0, 5))
	for _, path := range []string{"videos/1000/packs", "v/1000/packs", "v98/photos", "v-3/1000/packs", "v3x/1000/packs"} {
		if err := os.MkdirAll(filepath.Join(s.layout.root, path), dirMode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(s.layout.version, filepath.Join(s.layout.root, "v4")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(s.Dir(), 0o500); err != nil { // closed to all but root
		t.Fatal(err)
	}
	d := mustDiagnose(t, s.layout.root, Options{})
	for _, p := range d.Problems {
		if !aboutThisMachine(p) && p.Code != ProblemNoPlace {
			t.Errorf("problem: %+v", p)
		}
	}
	for _, maxSize := range []int64{-1, 0, DefaultMaxSize, DefaultMaxSize + 2} {
		d := Diagnosis{Stats: Stats{Bytes: DefaultMaxSize + 1}}
		d.budget(maxSize)
		if want := maxSize == 0 || maxSize == DefaultMaxSize; len(d.Problems) > 0 != want {
			t.Errorf("budget %d: %+v", maxSize, d.Problems)
		}
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
	unlock, ok, err := s.Workspace(testWorkspace()).TryLock()
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
		release, ok, err := s.locks.lockFile("00", turn, func(*os.File) (bool, error) {
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
	within(t, func() {
		unlock, err := s.LockShards(t.Context(), []byte{0})
		if err != nil {
			t.Error(err)
			return
		}
		unlock()
	})
}
