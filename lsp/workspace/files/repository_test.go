package files

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/workspace/files/ignore"
)

// A folder was opened on purpose, though the repository around it ignores it or all in it.
func TestRepositoryDoesNotSpeakOfARootThatItIgnores(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		file, text string
		root       string
		found      bool // home/proj/a.go, as rules of the root alone have it
	}{
		"everything":                {"home/.gitignore", "*\n", "home/proj", true},
		"everything but":            {"home/.gitignore", "/*\n!/.profile\n", "home/proj", true},
		"all below":                 {"home/.gitignore", "proj/**\n", "home/proj", true},
		"its directory":             {"home/.gitignore", "proj/\n", "home/proj", true},
		"a directory above":         {"home/.gitignore", "proj/\n", "home/proj/sub", true},
		"the repository's excludes": {"home/.git/info/exclude", "proj\n", "home/proj", true},
		"an .ignore file":           {"home/.ignore", "proj\n", "home/proj", true},
		"only a file":               {"home/.gitignore", "a.go\n", "home/proj", false},
		"all but sources":           {"home/.gitignore", "*\n!*/\n!*.go\n", "home/proj", true},
		"itself":                    {"home/.gitignore", "*\n", "home", false},
	} {
		dir := makeTree(t, map[string]string{
			"home/.git/HEAD": "", "home/proj/.gitignore": "own.go\n", "home/proj/sub/.gitignore": "own.go\n",
			"home/proj/a.go": "", "home/proj/own.go": "", "home/proj/sub/a.go": "", "home/proj/sub/own.go": "",
		})
		write(t, filepath.Join(dir, test.file), test.text)
		root := filepath.Join(dir, test.root)
		found := walked(t, newRules(t, root))
		if slices.Contains(found, "a.go") != (test.found && test.root != "home") || slices.Contains(found, "own.go") {
			t.Errorf("%s: a walk of %s finds %q", name, test.root, found)
		}
	}
}

// The user's excludes count below all others, in repositories alone, and follow each change.
func TestUserExcludesCountInRepositories(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{
		"xdg/git/ignore": "scratch/\n*.tmp.go\n", "proj/.git/HEAD": "", "proj/scratch/a.go": "", "proj/x.tmp.go": "", "proj/b.go": "",
		"proj/.gitignore": "!keep.tmp.go\n", "proj/keep.tmp.go": "", "proj/node_modules/c.go": "", "proj/sub/.git/HEAD": "", "proj/sub/y.tmp.go": "",
		"plain/scratch/a.go": "", "home/": "",
	})
	env := map[string]string{"XDG_CONFIG_HOME": filepath.Join(dir, "xdg"), "HOME": filepath.Join(dir, "home")}
	rules := newRules(t, filepath.Join(dir, "proj"), filepath.Join(dir, "plain"))
	rules.config.Getenv = func(name string) string { return env[name] }
	walked := func(root string, want ...string) {
		t.Helper()
		at := filepath.Join(dir, root)
		if diff := cmp.Diff(want, walkedBelow(t, rules, at, at)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", root, diff)
		}
	}
	walked("proj", "b.go", "keep.tmp.go")
	walked("plain", "scratch/a.go")
	why := rules.Explain(filepath.Join(dir, "proj/scratch"), true)
	if why.Rule.From == nil || why.Rule.From.File != filepath.Join(dir, "xdg/git/ignore") || why.Rule.Line != 1 {
		t.Errorf("scratch is left out by %+v", why)
	}
	rules.config.Now = later
	if rules.Changed(filepath.Join(dir, "proj")) {
		t.Error("something has changed, though nothing has")
	}
	write(t, filepath.Join(dir, "home/dot/mine"), "b.go\n")
	write(t, filepath.Join(dir, "home/.gitconfig"), "[core]\n\texcludesFile = ~/dot/mine\n")
	if !rules.Changed(filepath.Join(dir, "proj")) || rules.Changed(filepath.Join(dir, "plain")) {
		t.Error("a change of the user's configuration goes unnoticed, or is one of what it does not speak of")
	}
	walked("proj", "keep.tmp.go", "scratch/a.go", "sub/y.tmp.go", "x.tmp.go")
	write(t, filepath.Join(dir, "home/dot/mine"), "keep.tmp.go\nx.tmp.go\n")
	if !rules.Changed(filepath.Join(dir, "proj")) {
		t.Error("a change of the user's excludes goes unnoticed")
	}
	walked("proj", "b.go", "keep.tmp.go", "scratch/a.go", "sub/y.tmp.go")
}

// What lies outside of a root and decides on what is in it is noticed.
func TestChangesOutsideOfTheRootAreNoticed(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{
		"top/.git/HEAD": "", "top/root/drop/b.go": "", "top/root/a.go": "", "top/root/sub/.git/HEAD": "", "top/root/sub/c.go": "",
	})
	root := filepath.Join(dir, "top/root")
	rules := newRules(t, root)
	for _, test := range []struct {
		file, text string
		want       []string
	}{
		{"top/.git/info/exclude", "drop/\n", []string{"a.go", "sub/c.go"}},
		{"top/.git/info/exclude", "# nothing any more\n", []string{"a.go", "drop/b.go", "sub/c.go"}},
		{"top/.gitignore", "a.go\n", []string{"drop/b.go", "sub/c.go"}},
		{"top/root/sub/.git/info/exclude", "c.go\n", []string{"drop/b.go"}},
	} {
		walked(t, rules)
		if rules.Changed(root) {
			t.Errorf("before %s was written, something has changed", test.file)
		}
		write(t, filepath.Join(dir, test.file), test.text)
		if !rules.Changed(root) {
			t.Errorf("a change of %s goes unnoticed", test.file)
		}
		rules.Forget(root)
		if diff := cmp.Diff(test.want, walked(t, rules)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.file, diff)
		}
	}
}

// Git tracks a file whatever ignore files say, once it was added.
func TestTrackedFilesAreFoundThoughIgnored(t *testing.T) {
	t.Parallel()
	needGit(t)
	dir := makeTree(t, map[string]string{
		".gitignore": "lib/\nvendor\n*.js\ndeep/\n", "a.go": "", "lib/core.js": "", "lib/scratch.js": "", "lib/in/x.go": "", "lib/in/y.go": "", "lib/other/z.go": "",
		"vendor/v.go": "", "b.js": "", "c.js": "", "node_modules/n.js": "", ".ignore": "hidden.js\n", "hidden.js": "", "deep/a/b/c/d.go": "", "deep/a/e.go": "",
	})
	git(t, dir, "init", "-q")
	git(t, dir, "add", "-f", "lib/core.js", "lib/in/x.go", "b.js", "node_modules/n.js", "hidden.js", "deep/a/b/c/d.go")
	rules := newRules(t, dir)
	check := func(rules *Rules, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, walked(t, rules)); diff != "" {
			t.Errorf("walk (-want +got):\n%s", diff)
		}
		for _, path := range []string{"a.go", "lib/core.js", "lib/scratch.js", "lib/in/x.go", "lib/in/y.go", "lib/other/z.go", "vendor/v.go", "b.js", "c.js",
			"node_modules/n.js", "hidden.js", "deep/a/b/c/d.go", "deep/a/e.go"} {
			found := slices.Contains(want, path)
			if got := rules.Includes(filepath.Join(dir, path)); got != found {
				t.Errorf("Includes(%s) = %v", path, got)
			}
			if got := rules.Ignore(filepath.Join(dir, path)); got == found {
				t.Errorf("Ignore(%s) = %v", path, got)
			}
			if above := filepath.Join(dir, filepath.Dir(path)); found && rules.Skip(above) {
				t.Errorf("Skip(%s)", filepath.Dir(path))
			}
			if why := rules.Explain(filepath.Join(dir, path), false); (why == Reason{}) != found {
				t.Errorf("Explain(%s) = %+v", path, why)
			}
		}
	}
	first := []string{"a.go", "b.js", "deep/a/b/c/d.go", "lib/core.js", "lib/in/x.go"}
	check(rules, first...)
	fresh := newRules(t, dir)
	if !fresh.Includes(filepath.Join(dir, "lib/core.js")) || fresh.Ignore(filepath.Join(dir, "b.js")) {
		t.Error("without a walk lib/core.js or b.js is not found")
	}
	if rules.Changed(dir) {
		t.Error("something has changed, though nothing has")
	}
	git(t, dir, "add", "a.go")
	if rules.Changed(dir) {
		t.Error("a file that nothing ignores was added, which changes nothing")
	}
	git(t, dir, "add", "-f", "vendor/v.go")
	git(t, dir, "rm", "-q", "--cached", "b.js")
	if !rules.Changed(dir) || rules.Changed(dir) {
		t.Error("a change of what is tracked goes unnoticed, or is told twice")
	}
	rules.Forget(dir)
	check(rules, "a.go", "deep/a/b/c/d.go", "lib/core.js", "lib/in/x.go", "vendor/v.go")

	write(t, filepath.Join(dir, ".git/index"), "no index")
	rules.Forget(dir)
	check(rules, "a.go")
	if why := rules.Explain(filepath.Join(dir, "lib"), true); !strings.Contains(why.Why, "not known") || why.Rule.Text != "lib/" || why.Rule.Line != 1 {
		t.Errorf("lib is left out by %+v", why)
	}
}

// Nothing is read of git's index while no rule of git's ignores anything.
func TestIndexIsReadOnlyIfSomethingIsIgnored(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{".git/index": "no index", ".gitignore": "*.o\n/node_modules/\n", "a.go": "", "b.o": "", "node_modules/c.js": ""})
	rules := newRules(t, dir)
	walked(t, rules)
	if n := len(rules.indexes.all()); n > 0 {
		t.Errorf("%d indexes were read", n)
	}
}

// What a sparse checkout leaves out is not looked at, be there files or not.
func TestSparseCheckoutIsHonoured(t *testing.T) {
	t.Parallel()
	needGit(t)
	dir := makeTree(t, map[string]string{"a.go": "", "pkg/p.go": "", "pkg/api/v.go": "", "pkg/other/o.go": "", "doc/d.go": ""})
	git(t, dir, "init", "-q")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "x")
	rules := newRules(t, dir)
	all := walked(t, rules)
	git(t, dir, "sparse-checkout", "set", "--cone", "pkg/api")
	for _, left := range []string{"doc/built.go", "pkg/other/built.go"} {
		write(t, filepath.Join(dir, left), "")
	}
	if !rules.Changed(dir) {
		t.Error("the sparse checkout goes unnoticed")
	}
	rules.Forget(dir)
	want := []string{"a.go", "pkg/api/v.go", "pkg/p.go"}
	if diff := cmp.Diff(want, walked(t, rules)); diff != "" {
		t.Errorf("sparse (-want +got):\n%s", diff)
	}
	if inside := walked(t, newRules(t, filepath.Join(dir, "doc"))); !slices.Equal(inside, []string{"built.go"}) {
		t.Errorf("a root outside of the cone has %q", inside)
	}
	git(t, dir, "sparse-checkout", "disable")
	if !rules.Changed(dir) {
		t.Error("the end of the sparse checkout goes unnoticed")
	}
	rules.Forget(dir)
	if found := walked(t, rules); len(found) != len(all)+2 {
		t.Errorf("afterwards %q is found", found)
	}
}

// Include bounds a walk to some directories, whatever else holds.
func TestIncludeBoundsAWalk(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{
		".git/HEAD": "", ".gitignore": "!doc/\n*.c\n", "a.go": "", "pkg/api/v.go": "", "pkg/api/v.c": "", "pkg/other/o.go": "", "doc/d.go": "",
		"pkg/api/sub/.git/HEAD": "", "pkg/api/sub/s.go": "",
	})
	patterns, err := ignore.ConeOf([]string{"pkg/api"})
	if err != nil {
		t.Fatal(err)
	}
	include, err := ignore.Defaults(nil)
	if err != nil {
		t.Fatal(err)
	}
	rules := newRules(t, dir)
	if include, err = include.WithSetting(patterns); err != nil {
		t.Fatal(err)
	}
	rules.Configure(Settings{Defaults: defaults(t, DefaultExcludes()...), Include: include})
	if diff := cmp.Diff([]string{"a.go", "pkg/api/sub/s.go", "pkg/api/v.go"}, walked(t, rules)); diff != "" {
		t.Errorf("walk (-want +got):\n%s", diff)
	}
	if rules.Includes(filepath.Join(dir, "doc/d.go")) || !rules.Skip(filepath.Join(dir, "doc")) || rules.Skip(filepath.Join(dir, "pkg/api/sub")) {
		t.Error("a look at a file, or a watcher, has another answer")
	}
	if why := rules.Explain(filepath.Join(dir, "doc/d.go"), false); why.Why != whyFiltered {
		t.Errorf("doc/d.go is left out by %+v", why)
	}
}
