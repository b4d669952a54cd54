//go:build unix

package workspace

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/workspace/contents"
)

// outOfReach makes a path lead nowhere until it is brought back, as that of a network
// disk that is away: there is no telling whether something is there.
func outOfReach(t *testing.T, path string) (bringBack func()) {
	t.Helper()
	if err := os.Rename(path, path+"-away"); err != nil {
		t.Fatal(err)
	}
	symlink(t, path, path)
	return func() {
		t.Helper()
		remove(t, path)
		if err := os.Rename(path+"-away", path); err != nil {
			t.Fatal(err)
		}
	}
}

// A root that cannot be read for a while does not count as an empty one.
func TestRootOutOfReach(t *testing.T) {
	t.Parallel()
	above := filepath.Join(makeTree(t, map[string]string{"above/root/a.go": goFile("A")}), "above")
	dir := filepath.Join(above, "root")
	cache := filepath.Join(t.TempDir(), "cache")

	unread := newWorkspace(t, cache, dir)
	bringBack := outOfReach(t, above)
	scan := func(w *Workspace) {
		t.Helper()
		report, err := w.Scan(t.Context(), nil)
		if err != nil || report.Failed == 0 || report.Failed != report.Files {
			t.Errorf("scan of what is out of reach: %+v, %v", report, err)
		}
	}
	if scan(unread); unread.Complete() {
		t.Error("all is known of what could not be read")
	}
	bringBack()

	w := watching(t, cache, dir)
	// Between its two names there is nothing at the path, which is known for certain.
	holdScans(t, w)
	bringBack = outOfReach(t, above)
	w.scanning.Release(1)
	if scan(w); w.Stats().Files != 1 || !w.Complete() {
		t.Errorf("what could not be read is forgotten: %+v", w.Stats())
	}
	holdScans(t, w)
	bringBack()
	w.scanning.Release(1)
	if diff := cmp.Diff([]string{"a.go A"}, found(t, w, dir, "")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A directory that is named through a link is the directory to which the link leads.
func TestDirectoryNamedThroughLink(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"real/sub/": ""})
	symlink(t, "real", filepath.Join(dir, "link"))
	for _, named := range []string{"link/sub", "link/sub/.gitignore"} {
		w := running(t, newEngine(t, contents.Config{}), dir)
		name := filepath.Base(named) + ".go"
		write(t, filepath.Join(dir, "real/sub", name), goFile("F"))
		w.Changed(filepath.Join(dir, named))
		path := "real/sub/" + name
		becomes(t, w, func() []string { return []string{path + " F"} }, dir)
		w.Rescan()
		becomes(t, w, func() []string { return []string{path + " F"} }, dir)
		if got := w.Stats().Files; got != 1 {
			t.Errorf("%s: %d files are known", named, got)
		}
		remove(t, filepath.Join(dir, path))
	}
}
