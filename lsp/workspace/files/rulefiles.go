package files

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"github.com/symcache/symcache/lsp/workspace/files/ignore"
)

// maxIgnoreFile bounds an ignore file, in bytes. The largest seen in a real tree is
// below 100 KB; a longer one is an error and not used.
const maxIgnoreFile = 1 << 20

// ignoreFiles are the ignore files of a directory; the later one wins.
var ignoreFiles = [...]string{".gitignore", ".ignore"}

// IsIgnoreFile reports whether name is that of an ignore file.
func IsIgnoreFile(name string) bool { return slices.Contains(ignoreFiles[:], name) }

// RulesAt returns the rules for the entries of the absolute directory root: those
// of the repository it lies in, from its top down, above defaults. Outside of a
// repository only root's own ignore files count.
//
// The error names ignore files that could not be read, or not be used as a whole.
// The rules hold without them.
func RulesAt(root string, defaults *ignore.Dir) (*ignore.Dir, error) {
	rules := defaults.Top()
	if !rules.ReadsFiles() {
		return rules, nil
	}
	var errs []error
	top, git := repositoryOf(root)
	if git != "" {
		var err error
		rules, err = withFile(rules, git, excludeFile(git))
		errs = append(errs, err)
	}
	for dir := range downTo(top, root) {
		if dir != top {
			rules = rules.Enter(filepath.Base(dir))
		}
		var err error
		rules, err = WithFiles(rules, top, dir)
		errs = append(errs, err)
	}
	return rules, errors.Join(errs...)
}

// repositoryOf returns the top of the repository that a directory lies in, and the
// directory that has its info directory, or "" if none may be read. Outside of a
// repository the top is the directory itself.
func repositoryOf(dir string) (top, git string) {
	for top = dir; ; top = filepath.Dir(top) {
		if _, err := os.Lstat(filepath.Join(top, ".git")); err == nil {
			return top, gitDirectory(top)
		}
		if top == filepath.Dir(top) {
			return dir, ""
		}
	}
}

// excludeFile is the ignore file that a git directory has for its repository.
func excludeFile(git string) string { return filepath.Join(git, "info", "exclude") }

// downTo goes from a directory down to one that is the same or lies below it.
func downTo(top, dir string) iter.Seq[string] {
	return func(yield func(string) bool) {
		var path []string
		for ; dir != top; dir = filepath.Dir(dir) {
			path = append(path, dir)
		}
		if !yield(top) {
			return
		}
		for _, dir := range slices.Backward(path) {
			if !yield(dir) {
				return
			}
		}
	}
}

// WithFiles returns rules with the ignore files of their directory, which lies at or
// below root. The error is as in RulesAt.
func WithFiles(rules *ignore.Dir, root, dir string) (*ignore.Dir, error) {
	if !rules.ReadsFiles() {
		return rules, nil
	}
	var errs []error
	for _, name := range ignoreFiles {
		var err error
		rules, err = withFile(rules, root, filepath.Join(dir, name))
		errs = append(errs, err)
	}
	return rules, errors.Join(errs...)
}

// withFile returns rules with those of one ignore file. A missing file has none. Neither
// has a link, a directory or a pipe of that name; git follows no link either.
func withFile(rules *ignore.Dir, root, path string) (*ignore.Dir, error) {
	text, err := ReadSmall(root, path, maxIgnoreFile)
	switch {
	case IsGone(err), errors.Is(err, ErrIrregular):
		return rules, nil
	case err != nil:
		return rules, fmt.Errorf("read ignore file: %w", err)
	}
	rules, err = rules.With(text)
	if err != nil {
		err = fmt.Errorf("ignore file %s: %w", path, err)
	}
	return rules, err
}
