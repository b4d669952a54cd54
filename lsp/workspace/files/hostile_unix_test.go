//go:build unix

package files

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/symcache/symcache/lsp/workspace/internal/testtree"
)

// Whatever stands where a tree has rules, finding them neither hangs nor reads without
// end, and rules are read from other files.
func TestRulesOfHostileTree(t *testing.T) {
	t.Parallel()
	for kind := range testtree.Odd() {
		for _, name := range []string{".git", ".gitignore", "git/commondir", "git/info/exclude", "git/gitdir"} {
			t.Run(kind+" "+name, func(t *testing.T) {
				t.Parallel()
				root := testtree.TempDir(t)
				testtree.Write(t, filepath.Join(root, ".ignore"), "y\n")
				if strings.HasPrefix(name, "git/") {
					testtree.Write(t, filepath.Join(root, ".git"), "gitdir: git\n")
				}
				testtree.MakeOdd(t, kind, filepath.Join(root, name))
				testtree.InTime(t, "rules", func() {
					rules, err := rulesAt(root, defaults(t))
					if err != nil || !rules.Ignored("y", false) || rules.Ignored("x", false) {
						t.Errorf("rules: %v", err)
					}
				})
			})
		}
	}
}

// The files by which git's directories point to each other are bounded.
func TestLongGitFileIsNotBelieved(t *testing.T) {
	t.Parallel()
	root := testtree.TempDir(t)
	testtree.Write(t, filepath.Join(root, "git/info/exclude"), "x\n")
	testtree.Write(t, filepath.Join(root, ".git"), "gitdir: "+strings.Repeat("./", maxGitFile)+"git\n")
	rules, err := rulesAt(root, defaults(t))
	if err != nil || rules.Ignored("x", false) {
		t.Errorf("rules: %v", err)
	}
}

// A .git file grants nothing outside of its repository.
func TestGitFileOfOthersIsNotBelieved(t *testing.T) {
	t.Parallel()
	top := testtree.TempDir(t)
	testtree.Write(t, filepath.Join(top, "other/.git/info/exclude"), "secret\n")
	testtree.Write(t, filepath.Join(top, "other/.git/modules/sub/info/exclude"), "secret\n")
	testtree.Write(t, filepath.Join(top, "other/sub/.git"), "gitdir: ../.git/modules/sub\n") // a submodule
	testtree.Write(t, filepath.Join(top, "stranger/.git"), "gitdir: ../other/.git\n")
	testtree.Write(t, filepath.Join(top, "worktree/.git"), "gitdir: ../other/.git/worktrees/w\n") // a linked working tree
	testtree.Write(t, filepath.Join(top, "other/.git/worktrees/w/gitdir"), filepath.Join(top, "worktree/.git")+"\n")
	testtree.Write(t, filepath.Join(top, "thief/.git"), "gitdir: ../other/.git/worktrees/w\n")
	for name, want := range map[string]bool{"other": true, "other/sub": true, "stranger": false, "worktree": true, "thief": false} {
		rules, err := rulesAt(filepath.Join(top, name), defaults(t))
		if err != nil || rules.Ignored("secret", false) != want {
			t.Errorf("%s: exclude file read: %v, %v", name, !want, err)
		}
	}
}
