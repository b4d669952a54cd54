package answers

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// patience is how long a test waits for something that must come; it only ever
// passes when a test fails.
const patience = 2 * time.Minute

// fileURI is FileURI for paths that need no escapes, so that tests do not rest on what they
// test.
func fileURI(path string) string { return "file://" + filepath.ToSlash(path) }

// tree makes a directory with files, and returns it with links resolved.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
