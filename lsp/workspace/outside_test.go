package workspace

import (
	"path/filepath"
	"slices"
	"testing"
)

// A workspace that runs notices what decides on its files and lies outside of its roots, or
// in .git, which nobody watches.
func TestRunNoticesChangedExcludes(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{
		"top/.git/HEAD": "ref: x\n", "top/root/keep/a.go": goFile("Kept"), "top/root/drop/b.go": goFile("Dropped"),
	})
	w := newWorkspace(t, t.TempDir(), filepath.Join(dir, "top/root"))
	run(t, w)
	if _, err := w.Scan(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	all, kept := []string{"drop/b.go Dropped", "keep/a.go Kept"}, []string{"keep/a.go Kept"}
	is := func(want []string) func() bool {
		return func() bool { return slices.Equal(found(t, w, filepath.Join(dir, "top/root"), ""), want) }
	}
	for _, file := range []string{"top/.git/info/exclude", "top/.gitignore"} {
		eventually(t, is(all))
		write(t, filepath.Join(dir, file), "drop/\n")
		eventually(t, is(kept))
		write(t, filepath.Join(dir, file), "# nothing any more\n")
	}
	eventually(t, is(all))
}
