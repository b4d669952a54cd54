package sharing

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file is renamed and deleted, and its name used again, while it is read.
func TestOpenFilesCanBeReplaced(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	for name, change := range map[string]func() error{
		"rename": func() error { return os.Rename(path, path+".old") },
		"delete": func() error { return os.Remove(path) },
		"replace": func() error { // as editors do that keep the old file
			write(t, path+".new", "new")
			return errors.Join(os.Rename(path, path+".old"), os.Rename(path+".new", path))
		},
	} {
		write(t, path, "old")
		f, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := change(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if text, err := io.ReadAll(f); string(text) != "old" || err != nil {
			t.Errorf("%s: read %q, %v", name, text, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// So is a directory while it is listed.
func TestOpenDirectoriesCanBeRenamed(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "dir")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "file"), "")
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Rename(dir, dir+"2"); err != nil {
		t.Error(err)
	}
	if names, err := f.Readdirnames(-1); err != nil || len(names) != 1 {
		t.Errorf("%q, %v", names, err)
	}
}

// Paths of more than 260 characters, the limit of old programs for Windows, are as good
// as others.
func TestOpenLongPaths(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("a", 200), strings.Repeat("b", 200))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "file")
	write(t, path, "text")
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if text, err := io.ReadAll(f); string(text) != "text" || err != nil {
		t.Errorf("read %q, %v", text, err)
	}
}

func TestOpenNothing(t *testing.T) {
	t.Parallel()
	if _, err := Open(filepath.Join(t.TempDir(), "dir", "file")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want ErrNotExist", err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
