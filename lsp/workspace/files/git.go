package files

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/symcache/symcache/lsp/workspace/files/paths"
)

// maxGitFile bounds the files by which git's directories point to each other, in
// bytes: each holds one path, which is shorter on all systems.
const maxGitFile = 4 << 10

// gitDirectory returns the directory that holds the repository's info directory for
// the working tree at top. It is empty where there is none that may be read.
//
// It is top/.git where that is a directory. Where .git is a file, which names
// another directory (see gitrepository-layout(5)), it is that directory only if
//
//   - it lies below top, or in the git directory of the repository around top, as
//     that of a submodule does; or
//   - it names top/.git in its own file "gitdir", as git writes for a linked
//     working tree.
//
// The linked working tree's "<common>/worktrees/<name>" stands for "<common>".
// So a tree that somebody unpacked cannot have other directories read.
func gitDirectory(top string) string {
	dotGit := filepath.Join(top, ".git")
	info, err := os.Lstat(dotGit)
	switch {
	case err != nil:
		return ""
	case info.IsDir():
		return dotGit
	}
	target, ok := namedIn(top, dotGit, top, "gitdir:")
	if !ok {
		return ""
	}
	if back, ok := namedIn(target, filepath.Join(target, "gitdir"), target, ""); ok && SameFile(back, dotGit) {
		return commonDirectory(target)
	}
	if paths.Within(top, target) {
		return target
	}
	for above := filepath.Dir(top); above != filepath.Dir(above); above = filepath.Dir(above) {
		if _, err := os.Lstat(filepath.Join(above, ".git")); err != nil {
			continue
		}
		if outer := gitDirectory(above); outer != "" && paths.Within(outer, target) {
			return target
		}
		break
	}
	return ""
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
	text, err := ReadSmall(root, path, maxGitFile)
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
