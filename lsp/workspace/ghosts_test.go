package workspace

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// S22: a file that was removed while no process ran is in no answer: not of the next process before or after its scan,
// and not of one that reads the index file which that process leaves.
func TestRemovedFilesAreNoGhosts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		remove string
		left   []string
	}{
		"file":            {"a.go", []string{"d/b.go Ghost", "d/e/c.go Ghost"}},
		"directory":       {"d", []string{"a.go Ghost"}},
		"everything":      {".", []string{}},
		"file in between": {"d/b.go", []string{"a.go Ghost", "d/e/c.go Ghost"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cache := filepath.Join(t.TempDir(), "cache")
			files := map[string]string{}
			for _, path := range []string{"a.go", "d/b.go", "d/e/c.go"} {
				files[path] = goFile("Ghost", "In"+filepath.Base(path[:len(path)-3]))
			}
			dir := makeTree(t, files)
			scanAll(t, newWorkspace(t, cache, dir))
			if err := os.RemoveAll(filepath.Join(dir, c.remove)); err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			next := newWorkspace(t, cache, dir)
			for range 2 {
				if diff := cmp.Diff(c.left, found(t, next, dir, "Ghost")); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				scanAll(t, next)
			}
			if err := publishNow(next); err != nil {
				t.Fatal(err)
			}
			if got, want := newWorkspace(t, cache, dir).Stats().Files, len(c.left); got != want {
				t.Errorf("the index has %d files, want %d", got, want)
			}
		})
	}
}
