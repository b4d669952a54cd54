package files

import (
	"path/filepath"
	"testing"

	"golang.org/x/sys/windows"

	"github.com/symcache/symcache/lsp/workspace/files/door"
)

// The error of a file that somebody keeps to themselves for a moment, as virus scanners do,
// is one that passes.
func TestSharingViolationPasses(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"a.go": "A"})
	path := filepath.Join(dir, "a.go")
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		t.Fatal(err)
	}
	alone, err := windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE, 0, nil, windows.OPEN_EXISTING, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := door.Open(dir, path); !IsPassing(err) {
		t.Errorf("error %v is taken for one that stays", err)
	}
	if _, regular, err := door.StatPath(path); !regular || err != nil {
		t.Errorf("no stat data: %v", err)
	}
	if err := windows.CloseHandle(alone); err != nil {
		t.Fatal(err)
	}
	f, _, err := door.Open(dir, path)
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close() // ignore error: it was only read
}
