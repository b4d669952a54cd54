package files

import (
	"errors"
	"fmt"
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
// The error names ignore files that could not be read, or not be used as a whole;
// the rules hold without that.
func RulesAt(root string, defaults *ignore.Dir) (*ignore.Dir, error) {
	rules := defaults.Top()
	if !rules.ReadsFiles() {
		return rules, nil
	}
	var below []string // from root up to the repository's top
	var errs []error
	top := root
	for {
		if _, err := os.Lstat(filepath.Join(top, ".git")); err == nil {
			if git := gitDirectory(top); git != "" {
				rules, err = withFile(rules, git, filepath.Join(git, "info", "exclude"))
				errs = append(errs, err)
			}
			break
		}
		if top == filepath.Dir(top) {
			top, below = root, nil
			break
		}
		below = append(below, filepath.Base(top))
		top = filepath.Dir(top)
	}
	here := top
	rules, err := WithFiles(rules, top, here)
	errs = append(errs, err)
	for _, name := range slices.Backward(below) {
		here = filepath.Join(here, name)
		rules, err = WithFiles(rules.Enter(name), top, here)
		errs = append(errs, err)
	}
	return rules, errors.Join(errs...)
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

// withFile returns rules with those of one ignore file. A missing one has none, and
// so has a link, a directory or a pipe of that name; git follows no link either.
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
