package files

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/symcache/symcache/lsp/workspace/files/door"
	"github.com/symcache/symcache/lsp/workspace/files/paths"
)

// maxGitFile bounds the files by which git's directories point to each other, in
// bytes: each holds one path, which is shorter on all systems.
const maxGitFile = 4 << 10

// gitDirs are the directories in which git keeps what it knows of a working tree. The zero
// value: none may be read.
type gitDirs struct {
	own    string // of this working tree: its index
	common string // of all working trees of the repository: info/exclude, its configuration
}

// linked reports whether it is a working tree that "git worktree" has made beside others.
func (g gitDirs) linked() bool { return g.own != g.common }

// gitDirectory returns the directories of the repository of the working tree at top.
//
// Own is top/.git where that is a directory. Where .git is a file, which names
// another directory (see gitrepository-layout(5)), it is that directory only if
//
//   - it lies below top, or in the git directory of the repository around top, as
//     that of a submodule does; or
//   - it names top/.git in its own file "gitdir", as git writes for a linked
//     working tree.
//
// Common is the same, but of the linked working tree's "<common>/worktrees/<name>" it is
// "<common>". So a tree that somebody unpacked cannot have other directories read.
func gitDirectory(top string) gitDirs {
	dotGit := filepath.Join(top, ".git")
	info, err := os.Lstat(dotGit)
	switch {
	case err != nil:
		return gitDirs{}
	case info.IsDir():
		return gitDirs{dotGit, dotGit}
	}
	target, ok := namedIn(top, dotGit, top, "gitdir:")
	if !ok {
		return gitDirs{}
	}
	if back, ok := namedIn(target, filepath.Join(target, "gitdir"), target, ""); ok && door.SameFile(back, dotGit) {
		return gitDirs{target, commonDirectory(target)}
	}
	if paths.Within(top, target) {
		return gitDirs{target, target}
	}
	for above := filepath.Dir(top); above != filepath.Dir(above); above = filepath.Dir(above) {
		if _, err := os.Lstat(filepath.Join(above, ".git")); err != nil {
			continue
		}
		if outer := gitDirectory(above).common; outer != "" && paths.Within(outer, target) {
			return gitDirs{target, target}
		}
		break
	}
	return gitDirs{}
}

// isExtraTree reports whether a directory is a working tree that "git worktree" has made of a
// repository whose first working tree is, or lies in, or is around one of some roots. Its
// files are those of the first one, on another branch.
func isExtraTree(git gitDirs, roots []string) bool {
	if !git.linked() || filepath.Base(git.common) != ".git" {
		return false
	}
	first, err := door.CanonicalPath(filepath.Dir(git.common))
	return err == nil && slices.ContainsFunc(roots, func(root string) bool {
		return paths.Within(root, first) || paths.Within(first, root)
	})
}

// commonDirectory returns the git directory that a linked working tree's shares.
func commonDirectory(dir string) string {
	if worktrees := filepath.Dir(dir); filepath.Base(worktrees) == "worktrees" {
		return filepath.Dir(worktrees)
	}
	return dir
}

// namedIn returns the path that a small file holds after a prefix. A relative one
// begins at base.
func namedIn(root, path, base, prefix string) (string, bool) {
	text, err := door.ReadSmall(root, path, maxGitFile)
	if err != nil {
		return "", false
	}
	name, ok := strings.CutPrefix(string(text), prefix)
	name = filepath.FromSlash(strings.TrimSpace(name))
	if !ok || name == "" || strings.ContainsRune(name, 0) {
		return "", false
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(base, name)
	}
	return filepath.Clean(name), true
}
