package door

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/symcache/symcache/lsp/workspace/files/paths"
	"github.com/symcache/symcache/lsp/workspace/internal/testtree"
)

// However a program spells a path, it has one name here: letters of either case, also
// that of the drive, either separator, and the prefix for long paths.
func TestOneNameForAllSpellings(t *testing.T) {
	t.Parallel()
	dir, err := Canonical(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(dir, "Root")
	file := filepath.Join(dir, "Sub", "File.go")
	testtree.Write(t, file, "")
	if drive := filepath.VolumeName(dir); drive != strings.ToUpper(drive) {
		t.Errorf("the drive of %s is in small letters", dir)
	}
	for what, spell := range map[string]func(path string) string{
		"as it is":      func(path string) string { return path },
		"small letters": strings.ToLower,
		"drive":         func(path string) string { return strings.ToLower(path[:1]) + path[1:] },
		"slashes":       filepath.ToSlash,
		"prefix":        func(path string) string { return `\\?\` + path },
	} {
		if got, err := Canonical(spell(dir)); got != dir || err != nil {
			t.Errorf("%s: the root %s is %s, %v", what, spell(dir), got, err)
		}
		if got, err := CanonicalPath(spell(file)); got != file || err != nil {
			t.Errorf("%s: the file %s is %s, %v", what, spell(file), got, err)
		}
		gone := spell(filepath.Join(dir, "Sub")) + `\gone\x.go`
		if got, err := CanonicalPath(gone); got != filepath.Join(dir, "Sub", "gone", "x.go") || err != nil {
			t.Errorf("%s: %s is %s, %v", what, gone, got, err)
		}
	}
}

func TestUsualName(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		`C:\a`:                       `C:\a`,
		`\\?\C:\a`:                   `C:\a`,
		`\\?\UNC\server\share\a`:     `\\server\share\a`,
		`\\?\unc\server\share`:       `\\server\share`,
		`\\server\share\a`:           `\\server\share\a`,
		`\\?\Volume{0-0}\a`:          `\\?\Volume{0-0}\a`,
		`\\?\UNC\`:                   `\\?\UNC\`,
		`\\?\`:                       `\\?\`,
		`\\?\relative`:               `\\?\relative`,
		`\\.\pipe\symcache`:          `\\.\pipe\symcache`,
		`\\?\GLOBALROOT\Device\Null`: `\\?\GLOBALROOT\Device\Null`,
	} {
		if got := usualName(path); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
}

// Roots on a network's share are within each other as those on a drive are.
func TestWithinOnWindows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		root, path string
		want       bool
	}{
		{`C:\`, `C:\a`, true},
		{`C:\a`, `C:\a`, true},
		{`C:\a`, `C:\a\b`, true},
		{`C:\a`, `C:\ab`, false},
		{`C:\a`, `D:\a\b`, false},
		{`\\server\share\`, `\\server\share\a`, true},
		{`\\server\share\a`, `\\server\share\a\b`, true},
		{`\\server\share\a`, `\\server\share2\a`, false},
	} {
		if got := paths.Within(c.root, c.path); got != c.want {
			t.Errorf("paths.Within(%s, %s) = %v", c.root, c.path, got)
		}
	}
}

// Names of devices, which Windows has in every directory, and of other streams of a file
// are no files of a tree.
func TestNamesOfDevicesAreNotOpened(t *testing.T) {
	t.Parallel()
	root, err := Canonical(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	testtree.Write(t, filepath.Join(root, "a.go"), "package a\n")
	for _, name := range []string{"NUL", "con", "COM1", "nul.", "nul ", "CONIN$", "a.go:stream", "a.go::$DATA", `NUL\a.go`} {
		f, _, err := Open(root, filepath.Join(root, name))
		if err == nil {
			_ = f.Close()
		}
		if !errors.Is(err, ErrIrregular) && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: error %v, want one that it is no regular file", name, err)
		}
	}
}

// A tree may lie deeper than old programs for Windows can say.
func TestLongPathsAreRead(t *testing.T) {
	t.Parallel()
	root, err := Canonical(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, strings.Repeat("a", 150), strings.Repeat("b", 150), "c.go")
	testtree.Write(t, path, "text")
	if got, err := CanonicalPath(path); got != path || err != nil {
		t.Errorf("%s is %s, %v", path, got, err)
	}
	if text, err := ReadSmall(root, path, 100); string(text) != "text" || err != nil {
		t.Errorf("read %q, %v", text, err)
	}
	dir, err := OpenDir(root, filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if names, err := dir.Readdirnames(-1); len(names) != 1 || err != nil {
		t.Errorf("%q, %v", names, err)
	}
}

// An editor replaces a file, and somebody renames a directory, while we read them.
func TestReadingHindersNobody(t *testing.T) {
	t.Parallel()
	root, err := Canonical(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, "dir", "a.go")
	testtree.Write(t, path, "old")
	testtree.Write(t, path+".new", "new")
	f, _, err := Open(root, path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+".old"); err != nil {
		t.Errorf("a file that is read: %v", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Error(err)
	}
	if err := os.Remove(path + ".old"); err != nil {
		t.Errorf("a file that is read: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	dir, err := OpenDir(root, filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if err := os.Rename(filepath.Dir(path), filepath.Join(root, "renamed")); err != nil {
		t.Errorf("a directory that is listed: %v", err)
	}
}
