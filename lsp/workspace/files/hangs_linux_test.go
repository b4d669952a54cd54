package files

import (
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/workspace/files/hangfs"
	"github.com/symcache/symcache/lsp/workspace/files/hanging"
	"github.com/symcache/symcache/lsp/workspace/internal/testtree"
)

// A directory that hangs is a failure of the walk, which finds all others. Once it answers,
// a walk finds it.
func TestWalkLeavesDirectoriesThatHang(t *testing.T) {
	hangfs.Apart(t, func(t *testing.T, control *hangfs.Control) {
		dir := makeTree(t, map[string]string{"a.go": "", "net/": "", "z/b.go": ""})
		control.Mount(t, filepath.Join(dir, "net"), map[string]string{"here/c.go": "", "away/d.go": "", "away/e/f.go": ""})
		rules := newRules(t, dir)
		everything := []string{"a.go", "net/away/d.go", "net/away/e/f.go", "net/here/c.go", "z/b.go"}
		if diff := cmp.Diff(everything, walked(t, rules)); diff != "" {
			t.Fatal(diff)
		}
		control.Hang(t, "away")
		away := filepath.Join(dir, "net/away")
		for i := range 3 {
			var mu sync.Mutex
			var found, failed []string
			began := time.Now()
			rules.Walk(t.Context(), rules.Roots(), 2, Visitor{
				Found: func(c Candidate) {
					mu.Lock()
					defer mu.Unlock()
					rel, _ := filepath.Rel(dir, c.Path)
					found = append(found, rel)
				},
				Failed: func(path string, err error) {
					mu.Lock()
					defer mu.Unlock()
					if failed = append(failed, path); !errors.Is(err, hanging.ErrHangs) || !IsPassing(err) {
						t.Errorf("%s: %v", path, err)
					}
				},
				Ignored: func(string, Reason) {},
			})
			took := time.Since(began)
			slices.Sort(found)
			if diff := cmp.Diff([]string{"a.go", "net/here/c.go", "z/b.go"}, found); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{away}, failed); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{away}, rules.config.Hangs.List()); diff != "" {
				t.Error(diff)
			}
			if i > 0 && took > hanging.Patience {
				t.Errorf("a directory that is known to hang took another %v", took)
			}
		}
		control.Hang(t, "")
		deadline := time.Now().Add(testtree.Patience)
		for len(rules.config.Hangs.List()) > 0 && time.Now().Before(deadline) {
			time.Sleep(time.Millisecond)
		}
		if diff := cmp.Diff(everything, walked(t, rules)); diff != "" {
			t.Error(diff)
		}
	})
}
