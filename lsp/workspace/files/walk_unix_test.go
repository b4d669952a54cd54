//go:build unix

package files

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A directory that was replaced between the listing of its parent and its own
// has no entries, and nothing is waited for.
func TestDirectoryReplacedAfterListing(t *testing.T) {
	t.Parallel()
	outside := makeTree(t, map[string]string{"secret.go": ""})
	dir := makeTree(t, map[string]string{"file": ""})
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"file", "link", "pipe", "missing", "file/below"} {
		opened, entries, err := readDir(dir, filepath.Join(dir, name))
		if len(entries) > 0 || err != nil {
			t.Errorf("%s: %d entries, %v", name, len(entries), err)
		}
		if opened != nil {
			_ = opened.Close() // ignore error: it was only read
		}
	}
}
