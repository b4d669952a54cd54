package main

import (
	"os"
	"path/filepath"

	"github.com/symcache/symcache/lsp/workspace"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/files/paths"
)

// target is a file or a directory as the user names it.
type target struct {
	name      string
	canonical string // the one name of it, see workspace.Canonical; empty where it cannot be found
}

// targets are what the arguments of a command name.
type targets struct {
	dirs  []target // also what cannot be looked at: the workspace says why
	files []target
}

// findTargets sorts arguments into files and directories. Without arguments there is the working directory.
func findTargets(args []string) (t targets) {
	if len(args) == 0 {
		args = []string{"."}
	}
	for _, name := range args {
		if info, err := os.Stat(name); err != nil || info.IsDir() {
			canonical, _ := workspace.Canonical(name) // ignore error: workspace.New returns it
			t.dirs = append(t.dirs, target{name, canonical})
			continue
		}
		canonical, err := canonicalFile(name)
		if err != nil {
			canonical = ""
		}
		t.files = append(t.files, target{name, canonical})
	}
	return t
}

// canonicalFile returns the absolute path of a file, with links resolved.
func canonicalFile(name string) (string, error) {
	path, err := filepath.EvalSymlinks(name)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

// names are the directories as they were named.
func (t targets) dirNames() []string {
	names := make([]string, len(t.dirs))
	for i, dir := range t.dirs {
		names[i] = dir.name
	}
	return names
}

// canonicalFiles are the canonical paths of the files.
func (t targets) canonicalFiles() []string {
	var paths []string
	for _, file := range t.files {
		paths = append(paths, file.canonical)
	}
	return paths
}

// roots returns what is to be known to search the directories: the directories themselves, or the one root around all of
// them that is known as a whole already, and then which paths below it were meant. What links lead to lies elsewhere.
func (t targets) roots(engine *contents.Engine, config workspace.Config) (roots, below []string) {
	if config.FollowLinks {
		return t.dirNames(), nil
	}
	root := ""
	for _, dir := range t.dirs {
		if dir.canonical == "" {
			return t.dirNames(), nil
		}
		around := workspace.Covering(engine, config, dir.canonical)
		if around == dir.canonical || root != "" && around != root {
			return t.dirNames(), nil
		}
		root = around
		below = append(below, dir.canonical)
	}
	if root == "" {
		return t.dirNames(), nil
	}
	return []string{root}, below
}

// display returns a path in the spelling of the argument that it is or lies below, so that it opens from the working
// directory, as those of grep and fd do. Below "src/app" it is "src/app/main.go", below "." it is "main.go".
func (t targets) display(path string) string {
	for _, file := range t.files {
		if file.canonical == path {
			return file.name
		}
	}
	var deepest target
	for _, dir := range t.dirs {
		if dir.canonical != "" && paths.Within(dir.canonical, path) && len(dir.canonical) > len(deepest.canonical) {
			deepest = dir
		}
	}
	rest, err := filepath.Rel(deepest.canonical, path)
	if deepest.canonical == "" || err != nil {
		return path
	}
	return filepath.Join(deepest.name, rest)
}
