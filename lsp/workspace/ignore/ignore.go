// Package ignore decides which files of a source tree are not part of it, by
// the ignore files that its people wrote: .gitignore and .ignore in every
// directory, .git/info/exclude at the repository's top, and a list of defaults
// below them all. The rules are git's, checked against git itself in the tests.
//
// It does not ask git which files are tracked: a tracked file that matches is
// ignored all the same.
package ignore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxIgnoreFile bounds an ignore file, in bytes. The largest seen in a real
// tree is below 100 KB; more is a mistake, and is an error rather than a rule.
const maxIgnoreFile = 1 << 20

// fileNames are the ignore files of a directory; the later one wins.
var fileNames = [...]string{".gitignore", ".ignore"}

// Dir is the rules that hold for the entries of one directory: its own and
// those of the directories above, innermost first. A Dir never changes.
type Dir struct {
	parent *Dir
	// path is slash-separated, below the directory of the outermost Dir; empty there.
	path  string
	rules ruleSet
	only  bool // no ignore file is read
}

// Defaults returns the outermost rules, in gitignore syntax; everything else
// overrides them.
func Defaults(patterns []string) *Dir {
	var parsed []pattern
	for _, line := range patterns {
		if p, ok := parseLine(line); ok {
			parsed = append(parsed, p)
		}
	}
	return &Dir{rules: newRuleSet(parsed)}
}

// Only is Defaults for trees whose ignore files do not count.
func Only(patterns []string) *Dir {
	d := Defaults(patterns)
	d.only = true
	return d
}

// Open returns the rules for the entries of the absolute directory root: those
// of the repository it lies in, from its top down, above defaults. Outside of a
// repository only root's own ignore files count.
//
// The error names ignore files that could not be read; the rules hold without them.
func Open(root string, defaults *Dir) (*Dir, error) {
	d := &Dir{parent: defaults}
	if defaults != nil && defaults.only {
		d.only = true
		return d, nil
	}
	var below []string // from root up to the repository's top
	var errs []error
	here := root
	for top := root; ; top = filepath.Dir(top) {
		if _, err := os.Lstat(filepath.Join(top, ".git")); err == nil {
			exclude, err := readPatterns(filepath.Join(gitDir(top), "info", "exclude"))
			d.rules, errs, here = newRuleSet(exclude), append(errs, err), top
			break
		}
		if top == filepath.Dir(top) {
			below = nil
			break
		}
		below = append(below, filepath.Base(top))
	}
	d, err := d.Load(here)
	errs = append(errs, err)
	for _, name := range slices.Backward(below) {
		here = filepath.Join(here, name)
		d, err = d.Enter(name).Load(here)
		errs = append(errs, err)
	}
	return d, errors.Join(errs...)
}

// gitDir returns the directory that holds the repository's info directory for
// the working tree at top: .git itself, or, for linked working trees and
// submodules, where the file .git points. See gitrepository-layout(5).
func gitDir(top string) string {
	dir := filepath.Join(top, ".git")
	for _, link := range []struct{ file, prefix string }{{".git", "gitdir: "}, {"commondir", ""}} {
		base := dir
		if link.file == ".git" {
			base = top
		}
		text, err := os.ReadFile(filepath.Join(base, link.file))
		if err != nil {
			continue // .git is a directory; there is no commondir
		}
		target := filepath.FromSlash(strings.TrimSpace(strings.TrimPrefix(string(text), link.prefix)))
		if !filepath.IsAbs(target) {
			target = filepath.Join(base, target)
		}
		dir = target
	}
	return dir
}

// IsFile tells whether name is that of an ignore file, so that who lists a
// directory knows whether to Load.
func IsFile(name string) bool { return slices.Contains(fileNames[:], name) }

// Enter returns the rules for the entries of the directory name in d's, without
// that directory's own ignore files.
func (d *Dir) Enter(name string) *Dir {
	child := &Dir{parent: d, path: name, only: d.only}
	if d.path != "" {
		child.path = d.path + "/" + name
	}
	if len(d.rules.patterns) == 0 && d.parent != nil {
		child.parent = d.parent // keeps the chain as short as the rules are
	}
	return child
}

// Load returns d with the ignore files of its directory, whose path on disk is
// dir. The error is as in Open.
func (d *Dir) Load(dir string) (*Dir, error) {
	if d.only {
		return d, nil
	}
	patterns := slices.Clone(d.rules.patterns)
	var errs []error
	for _, name := range fileNames {
		more, err := readPatterns(filepath.Join(dir, name))
		patterns = append(patterns, more...)
		errs = append(errs, err)
	}
	loaded := *d
	loaded.rules = newRuleSet(patterns)
	return &loaded, errors.Join(errs...)
}

// Ignored tells whether the entry name of d's directory is ignored. It does not
// ask whether the directory itself is: whoever walks does not enter one.
func (d *Dir) Ignored(name string, isDir bool) bool {
	var path string // of the entry, once it is needed
	for from := d; from != nil; from = from.parent {
		for _, p := range slices.Backward(from.rules.mayMatch(name)) {
			subject := name
			if p.anchored {
				if path == "" {
					path = strings.TrimPrefix(d.path+"/"+name, "/")
				}
				subject = path
				if from.path != "" {
					subject = path[len(from.path)+1:]
				}
			}
			if p.matches(subject, isDir) {
				return !p.negated
			}
		}
	}
	return false
}

// readPatterns reads an ignore file. A missing one has no patterns.
func readPatterns(path string) ([]pattern, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read ignore file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, nil // a directory or a pipe of that name says nothing; git follows no link either
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read ignore file: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxIgnoreFile+1))
	if err != nil {
		return nil, fmt.Errorf("read ignore file: %w", err)
	}
	if len(text) > maxIgnoreFile {
		return nil, fmt.Errorf("read ignore file %s: larger than %d bytes", path, maxIgnoreFile)
	}
	return parse(text), nil
}
