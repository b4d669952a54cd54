package workspace

import (
	"path/filepath"
	"slices"
	"testing"
)

// A file that a scan leaves out has a reason, with the line of the ignore file.
func TestLeftOutNamesTheLine(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{".gitignore": "# first\nout/\n", "out/a.go": goFile("A"), "b.go": goFile("B"), "env/pyvenv.cfg": "", "env/c.py": ""})
	w := newWorkspace(t, t.TempDir(), dir)
	report := scanAll(t, w)
	if out, ok := w.LeftOut(t.Context(), filepath.Join(dir, "out/a.go"), false); !ok || out.Pattern != "out/" || out.Line != 2 || out.File != filepath.Join(dir, ".gitignore") {
		t.Errorf("out/a.go is left out by %+v, %v", out, ok)
	}
	if out, ok := w.LeftOut(t.Context(), filepath.Join(dir, "env/c.py"), false); !ok || out.Why == "" || out.File != "" {
		t.Errorf("env/c.py is left out by %+v, %v", out, ok)
	}
	if out, ok := w.LeftOut(t.Context(), filepath.Join(dir, "b.go"), false); ok {
		t.Errorf("b.go is left out by %+v", out)
	}
	if report.Ignored != 2 || len(report.IgnoredBy) != 2 {
		t.Errorf("the report has %+v", report.IgnoredBy)
	}
}

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
