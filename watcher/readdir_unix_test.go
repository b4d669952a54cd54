//go:build unix

package watcher

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Where a pipe or a link has taken the place of a directory, listing it neither waits nor
// follows; a root may be a link.
func TestReadDirOfWhatIsNoDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe, link := filepath.Join(dir, "pipe"), filepath.Join(dir, "link")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, path := range []string{pipe, link} {
			if entries, err := readDir(path, false); err == nil || len(entries) > 0 {
				t.Errorf("%s: %d entries, %v", path, len(entries), err)
			}
		}
		if entries, err := readDir(link, true); err != nil || len(entries) != 2 {
			t.Errorf("a root that is a link: %d entries, %v", len(entries), err)
		}
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("listing hangs")
	}
}
