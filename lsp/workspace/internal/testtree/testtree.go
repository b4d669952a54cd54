// Package testtree has what the tests of lsp/workspace and of the packages below it share:
// source trees, stores, and the time that a test may take.
package testtree

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
)

// Patience is longer than anything in a test takes, for tests that something ends.
const Patience = 2 * time.Minute

// Make writes files below a new directory and returns its canonical path. A name that ends
// in "/" is a directory.
func Make(t testing.TB, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if path := filepath.Join(dir, name); strings.HasSuffix(name, "/") {
			Mkdir(t, path)
		} else {
			Write(t, path, text)
		}
	}
	return dir
}

// Mkdir makes a directory and those above it.
func Mkdir(t testing.TB, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

// Write writes a file, and makes the directories above it.
func Write(t testing.TB, path, text string) {
	t.Helper()
	Mkdir(t, filepath.Dir(path))
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Remove removes a file, or a directory with all below it.
func Remove(t testing.TB, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

// Symlink makes a link at path. It skips the test on systems without links.
func Symlink(t testing.TB, to, path string) {
	t.Helper()
	err := os.Symlink(to, path)
	if err == nil {
		_, err = os.Lstat(path) // Wine 10 makes none and reports success
	}
	if err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
}

// GoFile is a Go source that declares functions.
func GoFile(functions ...string) string {
	var b strings.Builder
	b.WriteString("package p\n")
	for _, f := range functions {
		fmt.Fprintf(&b, "\nfunc %s() {}\n", f)
	}
	return b.String()
}

// Many are n Go sources in 20 directories. File i declares Fi.
func Many(n int) map[string]string {
	files := make(map[string]string)
	for i := range n {
		files[fmt.Sprintf("d%02d/f%d.go", i%20, i)] = GoFile(fmt.Sprintf("F%d", i))
	}
	return files
}

// Below returns the files below a directory whose names end in suffix.
func Below(t testing.TB, dir, suffix string) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.HasSuffix(path, suffix) {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// Store opens the store in a directory until the test ends.
func Store(t testing.TB, dir string, options cachestore.Options) *cachestore.Store {
	t.Helper()
	// A slow disk must not make anybody go ahead without a lock that another one holds.
	options.LockTimeout = cmp.Or(options.LockTimeout, time.Hour)
	store, err := cachestore.Open(dir, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// NewStore opens a new store until the test ends.
func NewStore(t testing.TB) *cachestore.Store {
	t.Helper()
	return Store(t, filepath.Join(t.TempDir(), "cache"), cachestore.Options{})
}

// Go is the language Go.
func Go(t testing.TB) *language.Language {
	t.Helper()
	lang := symbols.ByID("go")
	if lang == nil {
		t.Fatal("there is no language go")
	}
	return lang
}

// Eventually waits until something holds.
func Eventually(t testing.TB, holds func() bool) {
	t.Helper()
	deadline := time.After(Patience)
	retry := time.NewTicker(5 * time.Millisecond)
	defer retry.Stop()
	for !holds() {
		select {
		case <-retry.C:
		case <-deadline:
			t.Fatalf("it does not hold after %v", Patience)
		}
	}
}

// Later is a clock by which files that are written now are old enough for their stat
// data to tell of each change.
func Later() time.Time { return time.Now().Add(time.Hour) }
