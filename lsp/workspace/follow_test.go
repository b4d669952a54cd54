package workspace

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// newFollowing is newWorkspace, but follows links.
func newFollowing(t *testing.T, config Config, roots ...string) *Workspace {
	t.Helper()
	e := contents.NewEngine(contents.Config{Store: openStore(t, filepath.Join(t.TempDir(), "cache"), cachestore.Options{}), Jobs: 2, Now: later})
	config.FollowLinks, config.AnswerBudget = true, patience
	w, err := New(e, config, roots)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

// linkStates returns what became of the links, by their paths below a directory.
func linkStates(w *Workspace, dir string) map[string]string {
	states := make(map[string]string)
	for _, link := range w.Links() {
		rel, _ := filepath.Rel(dir, link.Path)
		states[filepath.ToSlash(rel)] = link.Why
	}
	return states
}

// What links lead to outside of the folders is found once, under its own path, and the links
// that are not followed have a reason.
func TestLinksAreFollowedOutOfTheFolders(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{
		"ws/a.go": goFile("A"), "ws/sub/b.go": goFile("B"), "other/o.go": goFile("O"),
		"ext/.gitignore": "out.go\n", "ext/e.go": goFile("E"), "ext/out.go": goFile("Out"), "ext/deep/d.go": goFile("D"),
		"single/one.go": goFile("One"), "single/two.go": goFile("Two"), "single/sub/three.go": goFile("Three"), "single/data.bin": "",
		"more/m.go": goFile("M"), "cache/CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55", "cache/c.go": goFile("C"),
		"env/pyvenv.cfg": "", "env/p.go": goFile("P"), "modules/n.go": goFile("N"), "ws/.gitignore": "ignored\nasdir/\n", "ws/.git/HEAD": "x",
	})
	for link, to := range map[string]string{
		"ws/lib.d": "../ext", "ws/sub/again": "../../ext", "ws/deep": "../ext/deep", "ws/one.go": "../single/one.go", "ws/x": "../single/data.bin",
		"ext/more": "../more", "more/back": "../ext", "ext/ws": "../ws", "ext/e": "e.go",
		"ws/up": "..", "ws/self": ".", "ws/loop": "loop", "ws/gone": "../nowhere", "ws/inside": "sub", "ws/folder": "../other", "ws/in.go": "sub/b.go",
		"ws/tagged": "../cache", "ws/env": "../env", "ws/node_modules": "../modules", "ws/ignored": "../modules", "ws/asdir": "../modules", "ws/slash": "/",
	} {
		symlink(t, filepath.FromSlash(to), filepath.Join(dir, link))
	}
	want := []string{
		"ext/deep/d.go D", "ext/e.go E", "more/m.go M", "other/o.go O", "single/one.go One", "ws/a.go A", "ws/sub/b.go B",
	}
	w := newFollowing(t, Config{Settings: Settings{Include: []string{"sub", "x"}}}, filepath.Join(dir, "ws"), filepath.Join(dir, "other"))
	scanAll(t, w)
	if diff := cmp.Diff(want, found(t, w, dir, "")); diff != "" {
		t.Errorf("with include (-want +got):\n%s", diff)
	}
	w = newFollowing(t, Config{}, filepath.Join(dir, "ws"), filepath.Join(dir, "other"))
	report := scanAll(t, w)
	if diff := cmp.Diff(want, found(t, w, dir, "")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	around := "it leads to a directory around it or around a folder"
	states := map[string]string{
		"ws/lib.d": "", "ws/sub/again": "", "ws/deep": "", "ws/one.go": "", "ext/more": "", "more/back": "", "ws/tagged": "", "ws/env": "",
		"ws/gone": "nothing is there", "ws/up": around, "ws/slash": around, "ws/loop": "it cannot be followed",
	}
	if diff := cmp.Diff(states, linkStates(w, dir)); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(w.Links(), report.Links); diff != "" {
		t.Errorf("the report has other links (-workspace +report):\n%s", diff)
	}
	before := w.Stats()
	if report := scanAll(t, w); report.Parsed != 0 || w.Stats() != before {
		t.Errorf("a second scan changes %+v to %+v: %+v", before, w.Stats(), report)
	}
	if err := w.SetRoots([]string{filepath.Join(dir, "other")}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"other/o.go O"}, found(t, w, dir, "")); diff != "" {
		t.Errorf("without the folder that has the links (-want +got):\n%s", diff)
	}
}

// Without the setting no link is followed.
func TestLinksAreNotFollowedUnlessAskedFor(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"ws/a.go": goFile("A"), "ext/e.go": goFile("E")})
	symlink(t, filepath.FromSlash("../ext"), filepath.Join(dir, "ws/lib"))
	symlink(t, filepath.FromSlash("../ext/e.go"), filepath.Join(dir, "ws/e.go"))
	w := newWorkspace(t, t.TempDir(), filepath.Join(dir, "ws"))
	scanAll(t, w)
	if diff := cmp.Diff([]string{"ws/a.go A"}, found(t, w, dir, "")); diff != "" || len(w.Links()) != 0 {
		t.Errorf("links %v (-want +got):\n%s", w.Links(), diff)
	}
}

// A link that comes, goes or leads elsewhere is noticed while the workspace runs, and so are
// changes of what it leads to.
func TestChangedLinksAreNoticed(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"ws/a.go": goFile("A"), "one/b.go": goFile("B"), "two/c.go": goFile("C")})
	ws, link := filepath.Join(dir, "ws"), filepath.Join(dir, "ws/v1.2")
	w := newFollowing(t, Config{}, ws)
	run(t, w)
	watch(t, w)
	scanAll(t, w)
	finds := func(want ...string) {
		t.Helper()
		eventually(t, func() bool { return slices.Equal(found(t, w, dir, ""), want) })
	}
	finds("ws/a.go A")
	symlink(t, filepath.FromSlash("../one"), link)
	finds("one/b.go B", "ws/a.go A")
	write(t, filepath.Join(dir, "one/new.go"), goFile("New"))
	finds("one/b.go B", "one/new.go New", "ws/a.go A")

	symlink(t, filepath.FromSlash("../two"), link+"~")
	if err := os.Rename(link+"~", link); err != nil {
		t.Fatal(err)
	}
	finds("two/c.go C", "ws/a.go A")
	write(t, filepath.Join(dir, "two/c.go"), goFile("Changed"))
	finds("two/c.go Changed", "ws/a.go A")

	if err := os.Rename(filepath.Join(dir, "two"), filepath.Join(dir, "away")); err != nil {
		t.Fatal(err)
	}
	finds("ws/a.go A")
	if err := os.Rename(filepath.Join(dir, "away"), filepath.Join(dir, "two")); err != nil {
		t.Fatal(err)
	}
	finds("two/c.go Changed", "ws/a.go A")

	remove(t, link)
	finds("ws/a.go A")
	eventually(t, func() bool { return len(w.Links()) == 0 && len(w.Roots()) == 1 })

	symlink(t, filepath.FromSlash("../one/b.go"), filepath.Join(ws, "file.go"))
	finds("one/b.go B", "ws/a.go A")
	symlink(t, filepath.FromSlash("../one/new.go"), filepath.Join(ws, "second.go"))
	finds("one/b.go B", "one/new.go New", "ws/a.go A")
	write(t, filepath.Join(dir, "one/third.go"), goFile("Third"))
	write(t, filepath.Join(dir, "one/b.go"), goFile("B2"))
	finds("one/b.go B2", "one/new.go New", "ws/a.go A")
}

// Of many links each is read again in its turn.
func TestManyLinksAreReadAgainInTurn(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"ws/a.go": goFile("A")})
	for i := range 2*linksAtOnce + 1 {
		symlink(t, filepath.FromSlash("../none"), filepath.Join(dir, "ws", fmt.Sprintf("%03d", i)))
	}
	w := newFollowing(t, Config{}, filepath.Join(dir, "ws"))
	scanAll(t, w)
	for _, link := range w.Links() {
		remove(t, link.Path)
	}
	for range 5 { // three times are enough, and the first may begin in the middle
		w.followLinks(t.Context())
	}
	if left := w.Links(); len(left) != 0 {
		t.Errorf("%d links are left", len(left))
	}
}
