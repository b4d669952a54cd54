//go:build unix

package cachestore

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gofrs/flock"
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
	if _, err := Diagnose("relative", Options{}, 0); err == nil {
		t.Error("a relative root was accepted")
	}
}

// Each thing that can be wrong is said, with what mends it: a command that does so for this cache wherever it is,
// or advice where a command could do harm.
func TestDiagnoseProblems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil             func(*testing.T, *Store)
		opts              Options
		maxSize           int64
		severe            bool
		text, fix, advice string // ROOT and DIR stand for those of the cache, as a shell has them
	}{
		"open to others": {spoil: func(t *testing.T, s *Store) {
			if err := os.Chmod(s.Dir(), 0o755); err != nil {
				t.Fatal(err)
			}
		}, text: "others may look", advice: "unless you share it, chmod 700 DIR"},
		"a link": {spoil: func(t *testing.T, s *Store) {
			if err := os.Rename(s.Dir(), s.Dir()+"x"); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(s.Dir()+"x", s.Dir()); err != nil {
				t.Fatal(err)
			}
		}, severe: true, text: "not a directory", advice: "move it away, or use another directory with --cache-dir"},
		"another version": {spoil: func(t *testing.T, s *Store) {
			if err := os.MkdirAll(filepath.Join(s.layout.root, "v3", "1000", "packs"), dirMode); err != nil {
				t.Fatal(err)
			}
		}, text: "another version", advice: "if no other version is in use, rm -r ROOT/v3"},
		"damaged pack": {spoil: func(t *testing.T, s *Store) {
			flip(t, packFiles(t, s)[0], 100)
		}, text: "1 packs are damaged", fix: "symcache verify --repair --cache-dir ROOT"},
		"foreign pack": {spoil: func(t *testing.T, s *Store) {
			flip(t, packFiles(t, s)[0], 4)
		}, text: "1 packs are of another version", advice: "if no other version is in use, symcache clear --cache-dir ROOT"},
		"never collected": {spoil: func(t *testing.T, s *Store) {
			mustGC(t, openAt(t, s.layout.root, Options{Now: clockOff(-8 * day)}), GCOptions{})
		}, text: "garbage was last collected", fix: "symcache gc --cache-dir ROOT"},
		"over the budget": {
			spoil:   func(*testing.T, *Store) {},
			maxSize: 100, text: "more than the budget", fix: "symcache gc --max-size 100 --cache-dir ROOT",
		},
		"no base": {
			spoil: func(*testing.T, *Store) {},
			opts:  Options{Base: []string{"/does/not/exist"}}, text: "base cache /does/not/exist is not used",
			advice: "unset SYMCACHE_BASE, or name a cache that is there",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parent := t.TempDir()
			s := openAt(t, filepath.Join(parent, "my ca'che"), Options{})
			mustPutPack(t, s, recordsOf(0, 5))
			c.spoil(t, s)
			d, err := Diagnose(s.layout.root, c.opts, c.maxSize)
			if err != nil {
				t.Fatal(err)
			}
			quoted := func(path string) string { return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'" }
			here := strings.NewReplacer("ROOT/v3", quoted(s.layout.root+"/v3"), "ROOT", quoted(s.layout.root), "DIR", quoted(s.Dir()))
			want := Problem{SeverityWarning, "", here.Replace(c.fix), here.Replace(c.advice)}
			if c.severe {
				want.Severity = SeverityError
			}
			found := 0
			for _, p := range d.Problems {
				if aboutThisMachine(p) {
					continue
				}
				found++
				if diff := cmp.Diff(want, p, cmpopts.IgnoreFields(Problem{}, "Text")); diff != "" || !strings.Contains(p.Text, c.text) {
					t.Errorf("problem %q, want %q (-want +got):\n%s", p.Text, c.text, diff)
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
	for _, path := range []string{"videos/1000/packs", "v/1000/packs", "v2/photos", "v-3/1000/packs", "v3x/1000/packs"} {
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
		if !aboutThisMachine(p) && !strings.Contains(p.Text, "nothing can be written") {
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

// A shell takes a quoted path for what it is.
func TestShellQuote(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/a/b-c_1.d", "/my data", "/it's", "/a;b&c|d", "/$HOME/`x`/*", "/\\/\"", "/é\n/~"} {
		got, err := exec.Command("sh", "-c", "printf %s "+shellQuote(path)).Output()
		if err != nil || string(got) != path {
			t.Errorf("%q is quoted as %s: %q, %v", path, shellQuote(path), got, err)
		}
	}
	if got := shellQuote("/a/b"); got != "/a/b" {
		t.Errorf("a plain path is quoted: %s", got)
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
	within(t, func() {
		unlock, err := s.LockShards(t.Context(), []byte{0})
		if err != nil {
			t.Error(err)
			return
		}
		unlock()
	})
}
