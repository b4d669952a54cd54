package files

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"github.com/symcache/symcache/lsp/workspace/files/door"
	"github.com/symcache/symcache/lsp/workspace/files/ignore"
)

// maxIgnoreFile bounds an ignore file, in bytes. The largest seen in a real tree is
// below 100 KB; a longer one is an error and not used.
const maxIgnoreFile = 1 << 20

// ignoreFiles are the ignore files of a directory; the later one wins.
var ignoreFiles = [...]string{gitIgnore, ".ignore"}

const gitIgnore = ".gitignore"

// IsIgnoreFile reports whether name is that of an ignore file.
func IsIgnoreFile(name string) bool { return slices.Contains(ignoreFiles[:], name) }

// repositoryOf returns the top of the repository that a directory lies in, and where git
// keeps it. Outside of a repository the top is the directory itself.
func repositoryOf(dir string) (top string, git gitDirs) {
	for top = dir; ; top = filepath.Dir(top) {
		if _, err := os.Lstat(filepath.Join(top, ".git")); err == nil {
			return top, gitDirectory(top)
		}
		if top == filepath.Dir(top) {
			return dir, gitDirs{}
		}
	}
}

// excludeFile is the ignore file that a git directory has for its repository.
func excludeFile(git gitDirs) string { return filepath.Join(git.common, "info", "exclude") }

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
// below root. The error is as in base.
func WithFiles(rules *ignore.Dir, root, dir string) (*ignore.Dir, error) {
	if !rules.ReadsFiles() {
		return rules, nil
	}
	var errs []error
	for _, name := range ignoreFiles {
		var err error
		from := &ignore.Source{Of: ignore.OfGit, File: filepath.Join(dir, name)}
		if name != gitIgnore {
			from.Of = ignore.OfSearch
		}
		rules, err = withFile(rules, root, from)
		errs = append(errs, err)
	}
	return rules, errors.Join(errs...)
}

// withFile returns rules with those of one ignore file. A missing file has none. Neither
// has a link, a directory or a pipe of that name; git follows no link either.
func withFile(rules *ignore.Dir, root string, from *ignore.Source) (*ignore.Dir, error) {
	text, err := door.ReadSmall(root, from.File, maxIgnoreFile)
	switch {
	case door.IsGone(err), errors.Is(err, door.ErrIrregular):
		return rules, nil
	case err != nil:
		return rules, fmt.Errorf("read ignore file: %w", err)
	}
	rules, err = rules.With(text, from)
	if err != nil {
		err = fmt.Errorf("ignore file %s: %w", from.File, err)
	}
	return rules, err
}
