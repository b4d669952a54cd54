package files

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/workspace/files/door"
	"github.com/symcache/symcache/lsp/workspace/files/ignore"
	"github.com/symcache/symcache/lsp/workspace/files/paths"
)

// later is a clock by which no file is too young.
func later() time.Time { return time.Now().Add(time.Hour) }

// Rules that nobody tells of changes agree, after each change of what decides, with rules
// that see the tree for the first time. So does a watcher that is told.
func TestRulesFollowTheDisk(t *testing.T) {
	t.Parallel()
	for name, now := range map[string]func() time.Time{"young": nil, "old": later} {
		for seed := range uint64(4) {
			t.Run(fmt.Sprint(name, seed), func(t *testing.T) {
				t.Parallel()
				above := makeTree(t, map[string]string{"top/root/": ""})
				top := filepath.Join(above, "top")
				root := filepath.Join(top, "root")
				c := changes{t: t, rng: rand.New(rand.NewPCG(seed, 1)), root: root, dirs: []string{root}}
				for _, dir := range []string{"a", "b", "target", "a/b", "a/target", "a/b/c", "b/a"} {
					c.dirs = append(c.dirs, filepath.Join(root, dir))
				}
				for _, dir := range c.dirs {
					c.fill(dir)
				}
				roots := []string{root, filepath.Join(root, "b/a")}
				rules := newRules(t, roots...)
				watched := newRules(t, roots...)
				if now != nil {
					rules.config.Now, watched.config.Now = now, now
				}
				for step := range 150 {
					where := top
					if c.rng.IntN(8) > 0 {
						where = c.dirs[c.rng.IntN(len(c.dirs))]
					}
					did, dir := c.change(where, step)
					fresh := newRules(t, roots...)
					if where == top || c.rng.IntN(4) == 0 {
						watched.Forget(roots...)
					} else {
						watched.Forget(dir)
					}
					if c.rng.IntN(10) == 0 {
						walked(t, rules)
					}
					if c.rng.IntN(10) == 0 {
						walked(t, watched)
					}
					found := walked(t, fresh)
					for _, dir := range c.dirs {
						for _, name := range []string{"a.go", "b.go", "a.c"} {
							path := filepath.Join(dir, name)
							rel, err := filepath.Rel(root, path)
							if err != nil {
								t.Fatal(err)
							}
							want := slices.Contains(found, filepath.ToSlash(rel))
							if kind, err := door.TypeOf(path); err != nil || !kind.IsRegular() || throughLink(root, path) {
								continue
							}
							if got := rules.Includes(path); got != want {
								t.Fatalf("step %d, %s: Includes(%s) = %v", step, did, rel, got)
							}
							if got := !watched.Ignore(path); got != want {
								t.Fatalf("step %d, %s: Ignore(%s) = %v", step, did, rel, !got)
							}
						}
						if dir != root && watched.Skip(dir) != fresh.Skip(dir) {
							t.Fatalf("step %d, %s: Skip(%s) = %v", step, did, dir, watched.Skip(dir))
						}
					}
				}
			})
		}
	}
}

// throughLink reports whether a link leads to a path below a directory.
func throughLink(dir, path string) bool {
	for ; path != dir && paths.Within(dir, path); path = filepath.Dir(path) {
		if kind, _ := door.TypeOf(path); kind&os.ModeSymlink != 0 {
			return true
		}
	}
	return false
}

// changes change what decides in a tree.
type changes struct {
	t    *testing.T
	rng  *rand.Rand
	root string
	dirs []string
}

func (c changes) fill(dir string) {
	for _, name := range []string{"a.go", "b.go", "a.c"} {
		write(c.t, filepath.Join(dir, name), "")
	}
}

// change changes something in a directory. It returns what, and the directory that a
// watcher would name. The size of each text is that of no other.
func (c changes) change(dir string, step int) (did, report string) {
	remove := func(path string) {
		if err := os.RemoveAll(path); err != nil {
			c.t.Fatal(err)
		}
	}
	if throughLink(c.root, dir) || !paths.Within(c.root, dir) && filepath.Base(dir) != "top" {
		return "nothing", dir
	}
	if kind, err := door.TypeOf(dir); err != nil || !kind.IsDir() {
		return "nothing", dir
	}
	patterns := []string{"a.go", "b", "a/", "*.c", "!b.go", "/a.go", "target/", "!target", "!*.c", "c"}
	comment := "#" + strings.Repeat("x", step) + "\n"
	name := []string{".gitignore", ".gitignore", ".gitignore", ".ignore", "CACHEDIR.TAG", "Cargo.toml", ".git", ".git/info/exclude", "link", "again"}[c.rng.IntN(10)]
	path := filepath.Join(dir, name)
	if kind, err := door.TypeOf(filepath.Join(dir, ".git")); name == ".git/info/exclude" && err == nil && !kind.IsDir() {
		return "nothing", dir
	}
	switch {
	case name == "again":
		if dir == c.root || filepath.Base(dir) == "top" {
			return "nothing", dir
		}
		remove(dir)
		c.fill(dir)
		return "made again " + dir, dir
	case name == "link":
		if dir == c.root || filepath.Base(dir) == "top" || runtime.GOOS == "windows" {
			return "nothing", dir
		}
		remove(dir + "-away")
		if err := os.Rename(dir, dir+"-away"); err != nil {
			c.t.Fatal(err)
		}
		if err := os.Symlink(filepath.Base(dir)+"-away", dir); err != nil {
			c.t.Fatal(err)
		}
		remove(dir)
		if err := os.Rename(dir+"-away", dir); err != nil {
			c.t.Fatal(err)
		}
		return "was a link " + dir, dir
	case c.rng.IntN(3) == 0:
		remove(path)
	case name == "CACHEDIR.TAG":
		write(c.t, path, cacheTag+comment)
	case name == ".git":
		remove(path)
		if c.rng.IntN(2) == 0 {
			write(c.t, path, "gitdir: gone"+comment)
		} else {
			write(c.t, filepath.Join(path, "info", "exclude"), patterns[c.rng.IntN(len(patterns))]+"\n"+comment)
		}
	case name == ".git/info/exclude":
		write(c.t, path, patterns[c.rng.IntN(len(patterns))]+"\n"+comment)
		return "wrote " + path, dir
	default:
		write(c.t, path, patterns[c.rng.IntN(len(patterns))]+"\n"+patterns[c.rng.IntN(len(patterns))]+"\n"+comment)
	}
	return "changed " + path, dir
}

// An ignore file is read once, however many files of its directory are looked at, and again
// when it has changed. One that was too young to tell is read again.
func TestIgnoreFileIsReadAgainOnceItHasChanged(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{".git/": "", ".gitignore": "x.go\n", "sub/.gitignore": "y.go\n", "sub/deep/a.go": ""})
	path := filepath.Join(dir, "sub/deep/a.go")
	rules := newRules(t, dir)
	kept := func() []*ignore.Dir {
		if !rules.Includes(path) {
			t.Errorf("%s is not included", path)
		}
		var all []*ignore.Dir
		for at := range downTo(dir, filepath.Dir(path)) {
			all = append(all, rules.dirs[at].rules)
		}
		return all
	}
	before := kept()
	if slices.Equal(before, kept()) {
		t.Error("young ignore files are not read again")
	}
	rules.config.Now = later
	before = kept()
	walked(t, rules)
	if !slices.Equal(before, kept()) {
		t.Error("ignore files were read again that have not changed")
	}
	write(t, filepath.Join(dir, "sub/.gitignore"), "other.go\n")
	after := kept()
	for i, same := range []bool{true, false, false} {
		if (before[i] == after[i]) != same {
			t.Errorf("%d: read again: %v", i, same)
		}
	}
	if rules.Includes(filepath.Join(dir, "sub/deep/other.go")) || !rules.Includes(filepath.Join(dir, "sub/deep/y.go")) {
		t.Error("the new ignore file does not count")
	}
}

// A watcher gets the same answer until Forget is called, without a look at the disk, and
// Forget names the directories about which it is to ask again.
func TestWatcherIsAnsweredFromMemoryUntilForget(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"sub/deep/a.go": "", "other/b.go": ""})
	rules := newRules(t, dir)
	deep := filepath.Join(dir, "sub/deep")
	if known := rules.Forget(dir); len(known) > 0 {
		t.Errorf("known before anybody asked: %v", known)
	}
	if rules.Skip(deep) {
		t.Error("sub/deep is skipped")
	}
	write(t, filepath.Join(dir, "sub/.gitignore"), "deep/\n")
	if rules.Skip(deep) {
		t.Error("sub/deep is skipped though nobody has told of the ignore file")
	}
	sub := filepath.Join(dir, "sub")
	if diff := cmp.Diff([]string{sub}, rules.Forget(sub, filepath.Join(dir, "other/b.go"), filepath.Join(dir, "unknown"))); diff != "" {
		t.Errorf("known (-want +got):\n%s", diff)
	}
	if !rules.Skip(deep) {
		t.Error("sub/deep is not skipped")
	}
	// A look at a file has the watcher see what it has seen.
	write(t, filepath.Join(dir, "sub/.gitignore"), "")
	if !rules.Includes(filepath.Join(deep, "a.go")) || rules.Skip(deep) {
		t.Error("sub/deep is still left out")
	}
	// So it does in the directories below, about which it has asked before.
	path := filepath.Join(deep, "a.go")
	if rules.Ignore(path) {
		t.Errorf("%s is ignored", path)
	}
	write(t, filepath.Join(sub, ".gitignore"), "a.go\n")
	if rules.Includes(filepath.Join(sub, "a.go")) || !rules.Ignore(path) {
		t.Errorf("%s is not ignored", path)
	}
}

// What was found before Forget was called is not kept.
func TestForgetDuringALook(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"sub/a.go": ""})
	rules := newRules(t, dir)
	sub := filepath.Join(dir, "sub")
	above := rules.of(rules.Roots(), dir, true)
	held := rules.hold(sub)
	now, young := rules.look(sub, above)
	write(t, filepath.Join(sub, ".gitignore"), "*\n")
	if diff := cmp.Diff([]string{sub}, rules.Forget(sub)); diff != "" {
		t.Errorf("a look under way is unknown (-want +got):\n%s", diff)
	}
	rules.update(dir, sub, above, held, now, young, passage{entered: true})
	if !rules.Ignore(filepath.Join(sub, "a.go")) {
		t.Error("the rules from before Forget are believed")
	}
}

// Directories that come and go leave nothing behind.
func TestRulesOfMissingDirectoriesAreNotKept(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"a.go": ""})
	rules := newRules(t, dir)
	for i := range 100 {
		rules.Includes(filepath.Join(dir, fmt.Sprint(i), "a.go"))
		rules.Ignore(filepath.Join(dir, fmt.Sprint(i), "a.go"))
	}
	if n := len(rules.dirs); n != 1 {
		t.Errorf("the rules of %d directories are kept", n)
	}
}

// The program's own cache is not walked, with or without a tag, be it below a root or the
// root itself.
func TestOwnCacheIsNotWalked(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"a.go": "", "cache/v2/0/b.go": "", "cache/v2/0/packs/c.go": "", "cache/readme.go": ""})
	for root, want := range map[string][]string{"": {"a.go", "cache/readme.go"}, "cache": {"readme.go"}} {
		rules := newRules(t, filepath.Join(dir, root))
		rules.config.Own = filepath.Join(dir, "cache/v2/0")
		if diff := cmp.Diff(want, walked(t, rules)); diff != "" {
			t.Error(diff)
		}
		for _, own := range []string{"cache/v2/0/b.go", "cache/v2/0/packs/c.go"} {
			path := filepath.Join(dir, own)
			if rules.Includes(path) || !rules.Ignore(path) || !rules.Skip(filepath.Dir(path)) {
				t.Errorf("%s is included", own)
			}
		}
	}
}

// A walk names the directory whose ignore files cost too much work, and goes on.
func TestWalkNamesIgnoreFilesThatCostTooMuch(t *testing.T) {
	t.Parallel()
	costly := strings.Repeat("*"+strings.Repeat("a?*", 100)+"b?\n", 1000)
	dir := makeTree(t, map[string]string{"sub/.gitignore": costly, "sub/" + strings.Repeat("a", 200) + ".go": "", "sub/b.go": ""})
	rules := newRules(t, dir)
	var mu sync.Mutex
	failed, found := make(map[string]error), 0
	rules.Walk(t.Context(), rules.Roots(), 1, Visitor{
		Found: func(Candidate) { found++ },
		Failed: func(path string, err error) {
			mu.Lock()
			defer mu.Unlock()
			failed[path] = err
		},
		Ignored: func(string, Reason) {},
	})
	sub := filepath.Join(dir, "sub")
	if err := failed[sub]; len(failed) != 1 || !errors.Is(err, ignore.ErrTooMuchWork) || IsPassing(err) || !strings.Contains(err.Error(), "aaa.go") {
		t.Errorf("failures: %v", failed)
	}
	if found != 2 {
		t.Errorf("%d files are found", found)
	}
}
