package watcher

import (
	"os"
	"path/filepath"
	"testing"
)

// Others can remove a directory while it is listed.
func TestListingDoesNotKeepDirectories(t *testing.T) {
	t.Parallel()
	for range 200 {
		dir := filepath.Join(tempDir(t), "d")
		mkdir(t, filepath.Join(dir, "e"))
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				if _, err := readDir(dir, false); err != nil {
					return
				}
			}
		}()
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		<-done
	}
}
