package lsp

import (
	"os"
	"path/filepath"
	"testing"
)

// W12: what changes on disk is found without a word from the client.
func TestChangesOnDiskAreFound(t *testing.T) {
	t.Parallel()
	transports(t, func(t *testing.T, start func(setup) *editor) {
		dir := tree(t, map[string]string{"a.go": "package p\n\nfunc Before() {}\n", "sub/b.go": "package p\n\nfunc Kept() {}\n"})
		e := start(setup{Cache: filepath.Join(t.TempDir(), "cache")})
		e.initialize(modern(), dir)
		a, b := filepath.Join(dir, "a.go"), filepath.Join(dir, "sub/b.go")
		e.wantFound("Before", fileURI(a))

		write(t, a, "package p\n\n// moved down\n\nfunc After() {}\n")
		e.wantFound("After", fileURI(a))
		e.wantFound("Before")

		if err := os.Rename(filepath.Join(dir, "sub"), filepath.Join(dir, "renamed")); err != nil {
			t.Fatal(err)
		}
		e.wantFound("Kept", fileURI(filepath.Join(dir, "renamed/b.go")))

		write(t, filepath.Join(dir, ".gitignore"), "renamed/\n")
		e.wantFound("Kept")

		// An open document is what the client says, whatever happens below it.
		e.open(fileURI(a), "go", "package p\n\nfunc Unsaved() {}\n")
		write(t, a, "package p\n\nfunc Elsewhere() {}\n")
		write(t, b, "package p\n\nfunc Sentinel() {}\n")
		e.wantFound("Sentinel", fileURI(b))
		e.wantFound("Unsaved", fileURI(a))
		e.wantFound("Elsewhere")
		e.close(fileURI(a))
		e.wantFound("Elsewhere", fileURI(a))
		e.wantFound("Unsaved")
		e.leave()
	})
}

// The second server knows at once what the first has found, and what it finds in
// files that have changed since stands where the answer says.
func TestSecondServer(t *testing.T) {
	t.Parallel()
	transports(t, func(t *testing.T, start func(setup) *editor) {
		dir := tree(t, map[string]string{"a.go": "package p\n\nfunc One() {}\n", "b.go": "package p\n\nfunc Two() {}\n"})
		cache := filepath.Join(t.TempDir(), "cache")
		first := start(setup{Cache: cache})
		first.initialize(modern(), dir)
		first.progress("end")
		first.wantFound("One", fileURI(filepath.Join(dir, "a.go")))
		first.leave()

		write(t, filepath.Join(dir, "a.go"), "package p\n\n\n\nfunc One() {}\n")
		if err := os.Remove(filepath.Join(dir, "b.go")); err != nil {
			t.Fatal(err)
		}
		second := start(setup{Cache: cache})
		second.initialize(modern(), dir)
		found := second.search("One")
		if len(found) != 1 || found[0].Location.Range.Start.Line != 4 {
			t.Errorf("found %+v, want One on line 4", found)
		}
		if found := second.search("Two"); len(found) != 0 {
			t.Errorf("found %+v in a file that is gone", found)
		}
		second.leave()
	})
}

// Files that the client tells of are looked at, however they are named.
func TestDidChangeWatchedFiles(t *testing.T) {
	t.Parallel()
	transports(t, func(t *testing.T, start func(setup) *editor) {
		dir := tree(t, map[string]string{"a.go": "package p\n\nfunc A() {}\n"})
		e := start(setup{})
		e.initialize(modern(), dir)
		e.wantFound("A", fileURI(filepath.Join(dir, "a.go")))
		path := filepath.Join(dir, "with space.go")
		write(t, path, "package p\n\nfunc Spaced() {}\n")
		escaped := "file://" + filepath.ToSlash(dir) + "/with%20space.go"
		e.notify("workspace/didChangeWatchedFiles", object{"changes": []object{
			{"uri": escaped, "type": 1}, {"uri": "untitled:x", "type": 2}, {"uri": "", "type": 3},
		}})
		e.notify("workspace/didRenameFiles", object{"files": []object{{"oldUri": fileURI(filepath.Join(dir, "gone")), "newUri": escaped}}})
		e.notify("workspace/didDeleteFiles", object{"files": []object{{"uri": escaped}}})
		e.notify("workspace/didCreateFiles", object{"files": "nonsense"})
		e.wantFound("Spaced", escaped)
		e.leave()
	})
}
