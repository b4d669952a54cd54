package watcher

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// model is what a consumer knows of a tree that only looks where it is told to.
type model struct {
	root  string
	known map[string]string // path -> what is there
}

func newModel(root string) *model {
	m := &model{root: root, known: make(map[string]string)}
	m.look(root)
	return m
}

// look is the consumer's side of the bargain: the path, and all that is or was below.
func (m *model) look(path string) {
	maps.DeleteFunc(m.known, func(p, _ string) bool { return within(path, p) })
	_ = filepath.WalkDir(path, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		switch {
		case e.IsDir():
			m.known[p] = "directory"
		case e.Type()&fs.ModeSymlink != 0:
			target, _ := os.Readlink(p)
			m.known[p] = "link to " + target
		default:
			text, err := os.ReadFile(p)
			if err != nil {
				return nil
			}
			m.known[p] = string(text)
		}
		return nil
	})
}

func (m *model) apply(b Batch) {
	for _, root := range b.Rescan {
		m.look(root)
	}
	for _, path := range b.Dirty {
		m.look(path)
	}
}

// follow applies batches while a function runs, and then until the model is
// what is on disk, which it must become.
func (r *recorder) follow(m *model, change func()) {
	r.t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		change()
	}()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	running := true
	for running || !maps.Equal(m.known, newModel(m.root).known) {
		select {
		case b := <-r.w.Events():
			m.apply(b)
		case <-done:
			running, done = false, nil
		case <-timeout.C:
			want := newModel(m.root).known
			var diff []string
			for path := range want {
				if m.known[path] != want[path] {
					diff = append(diff, fmt.Sprintf("%s: known as %q, is %q", path, m.known[path], want[path]))
				}
			}
			for path := range m.known {
				if _, ok := want[path]; !ok {
					diff = append(diff, path+": known, is not there")
				}
			}
			r.t.Fatalf("not reported:\n%s\nstatus: %+v", strings.Join(diff, "\n"), r.w.Status())
		}
	}
}

// chaos does random things to a tree.
type chaos struct {
	rng     *rand.Rand
	root    string
	outside string
	n       int
}

// path returns a random path in the tree: often one that there is.
func (c *chaos) path() string {
	path := c.root
	for range 1 + c.rng.IntN(4) {
		path = filepath.Join(path, string(rune('a'+c.rng.IntN(4))))
	}
	return path
}

// step does one thing. Whether it can be done does not matter.
func (c *chaos) step() {
	c.n++
	path, text := c.path(), fmt.Sprint(c.n)
	switch c.rng.IntN(13) {
	case 0, 1:
		_ = os.MkdirAll(path, 0o755)
	case 2, 3:
		_ = os.WriteFile(path, []byte(text), 0o644)
	case 4:
		_ = os.MkdirAll(filepath.Dir(path), 0o755)
		_ = os.WriteFile(path, []byte(text), 0o644)
	case 5:
		_ = os.WriteFile(path+".tmp", []byte(text), 0o644)
		_ = os.Rename(path+".tmp", path)
	case 6:
		if f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0); err == nil {
			_, _ = f.WriteString("+")
			_ = f.Close()
		}
	case 7:
		_ = os.Rename(path, c.path())
	case 8:
		_ = os.RemoveAll(path)
	case 9:
		_ = os.RemoveAll(path)
		_ = os.MkdirAll(filepath.Join(path, "a"), 0o755)
		_ = os.WriteFile(filepath.Join(path, "a", "b"), []byte(text), 0o644)
	case 10:
		_ = os.Rename(path, filepath.Join(c.outside, text))
	case 11:
		if entries, err := os.ReadDir(c.outside); err == nil && len(entries) > 0 {
			_ = os.Rename(filepath.Join(c.outside, entries[0].Name()), path)
		}
	case 12:
		_ = os.Symlink(c.path(), path)
	}
}

// TestRandomOperations holds the watcher to its one law: after anything at all,
// a consumer that looks only where it is told to knows what is on disk.
func TestRandomOperations(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		watches int
		options Options
		fault   func(rng *rand.Rand, f *faulty)
	}{
		{name: "watching", watches: 1e6},
		{name: "polling", options: Options{MaxWatches: -1}},
		{
			name:    "events are lost",
			watches: 1e6,
			fault: func(rng *rand.Rand, f *faulty) {
				if f.losing.CompareAndSwap(false, rng.IntN(4) == 0) {
					return
				}
				f.broken <- fsnotify.ErrEventOverflow
				f.losing.Store(false)
				f.broken <- fsnotify.ErrEventOverflow
			},
		},
		{
			name:    "few watches",
			watches: 3,
			fault:   func(rng *rand.Rand, f *faulty) { f.limits.set(1 + rng.IntN(12)) },
		},
		{
			name:    "own limit",
			watches: 1e6,
			options: Options{MaxWatches: 7},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.options.MaxWatches >= 0 {
				needsWatchPerDirectory(t)
			}
			seed := uint64(time.Now().UnixNano())
			t.Logf("seed %d", seed)
			base := tempDir(t)
			rng := rand.New(rand.NewPCG(seed, 0))
			chaos := &chaos{rng: rng, root: filepath.Join(base, "root"), outside: filepath.Join(base, "outside")}
			mkdir(t, chaos.root)
			mkdir(t, chaos.outside)
			options := c.options
			options.PollInterval, options.pollShare, options.retry = 10*time.Millisecond, 2, 50*time.Millisecond
			options.Debounce, options.MaxWait = time.Millisecond, 10*time.Millisecond
			var f *faulty
			f, options.open = opener(&limits{watches: c.watches})
			r := start(t, options, chaos.root)
			m := newModel(chaos.root)
			for round := range 60 {
				r.follow(m, func() {
					for range 1 + rng.IntN(40) {
						chaos.step()
						if c.fault != nil && rng.IntN(8) == 0 {
							c.fault(rng, f)
						}
					}
					if f.losing.Load() {
						c.fault(rng, f)
					}
				})
				if round%10 == 9 {
					remove(t, chaos.outside)
					mkdir(t, chaos.outside)
				}
			}
			if c.watches == 1e6 && options.MaxWatches == 0 {
				r.until("everything is watched", func() bool { return r.status().Polled == 0 })
			}
		})
	}
}
