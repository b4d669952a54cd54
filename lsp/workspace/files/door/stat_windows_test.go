package door

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/symcache/symcache/lsp/workspace/internal/testtree"
)

// The stat data of a path are those of the open file, and tell the file from others of
// the same size and time.
func TestStatTellsFiles(t *testing.T) {
	t.Parallel()
	dir := testtree.Make(t, map[string]string{"a.go": "A", "b.go": "B"})
	old := time.Now().Add(-time.Hour)
	path := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"a.go", "b.go"} {
		if err := os.Chtimes(path(name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	a, regular, err := StatPath(path("a.go"))
	if err != nil || !regular || a.ChangeTime == 0 || a.Inode == 0 {
		t.Fatalf("%+v, %v, %v", a, regular, err)
	}
	f, err := os.Open(path("a.go"))
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if open := StatOpen(f, info); open != a {
		t.Errorf("the open file has %+v, its path %+v", open, a)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if info.Size() != a.Size || info.ModTime().UnixNano() != a.ModTime {
		t.Errorf("%+v, but os says %d bytes of %v", a, info.Size(), info.ModTime())
	}
	b, _, err := StatPath(path("b.go"))
	if err != nil || b.Size != a.Size || b.ModTime != a.ModTime || b == a {
		t.Errorf("another file has %+v, %v, and the first one %+v", b, err, a)
	}
	if _, regular, err := StatPath(dir); regular || err != nil {
		t.Errorf("a directory is regular: %v, %v", regular, err)
	}
	if _, _, err := StatPath(path("missing.go")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}
