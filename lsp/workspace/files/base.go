package files

import (
	"errors"
	"path/filepath"

	"github.com/symcache/symcache/lsp/workspace/files/door"
	"github.com/symcache/symcache/lsp/workspace/files/gitconfig"
	"github.com/symcache/symcache/lsp/workspace/files/ignore"
)

// base is what holds for the entries of a root, or of the top of a repository below one.
type base struct {
	rules   *ignore.Dir
	filters []*ignore.Dir // what they ignore is left out, whatever rules say
	repo    *repository   // nil: there is none, or it does not speak of the directory
	// err names ignore files that could not be read, or not be used as a whole. The rules
	// hold without them.
	err error
}

// repository is a working tree with what git knows of it.
type repository struct {
	top string // of the working tree
	gitDirs
	sha256 bool
}

// base returns what holds for the entries of a directory: the rules of the repository it
// lies in, from its top down, above the user's excludes and the defaults. Outside of a
// repository only the directory's own ignore files count.
//
// A repository that ignores the directory, or all that may be in it, does not speak of it:
// somebody has opened the directory on purpose. So it is with a home directory under git
// that ignores everything but some files.
func (r *Rules) base(dir string) base {
	defaults := r.settings.Load().Defaults
	if !defaults.ReadsFiles() {
		return base{rules: defaults.Top()}
	}
	top, git := repositoryOf(dir)
	var b base
	var errs []error
	with := func(rules *ignore.Dir, err error) *ignore.Dir {
		errs = append(errs, err)
		return rules
	}
	sparse := (*ignore.Dir)(nil)
	rules := defaults.Top()
	if git != (gitDirs{}) {
		b.repo = &repository{top: top, gitDirs: git}
		if user := r.userExcludes(); user.path != "" {
			rules = with(withFile(rules, filepath.Dir(user.path), &ignore.Source{Of: ignore.OfGit, File: user.path}))
		}
		// A Dir for each: patterns that are tied to a directory are tied to the top.
		rules = with(withFile(rules, git.common, &ignore.Source{Of: ignore.OfGit, File: excludeFile(git)}))
		sparse = with(b.repo.readConfig())
	}
	for at := range downTo(top, dir) {
		if at != top {
			name := filepath.Base(at)
			if speaksNotOf(rules, name, at == dir) {
				b.repo, rules, sparse, errs = nil, defaults.Top(), nil, nil
				rules = with(WithFiles(rules, dir, dir))
				break
			}
			rules = rules.Enter(name)
			if sparse != nil && sparse.Ignored(name, true) {
				sparse = nil
			}
			if sparse != nil {
				sparse = sparse.Enter(name)
			}
		}
		rules = with(WithFiles(rules, top, at))
	}
	if sparse != nil {
		b.filters = []*ignore.Dir{sparse}
	}
	b.rules, b.err = rules, errors.Join(errs...)
	return b
}

// speaksNotOf reports whether ignore files of a repository ignore a directory, or, if it is
// the one that was opened, all that may be in it.
func speaksNotOf(rules *ignore.Dir, name string, opened bool) bool {
	ignores := func(d *ignore.Dir, name string, isDir bool) bool {
		by, _ := d.Match(name, isDir) // ignore error: it is not ignored
		return by != nil && (by.From.Of == ignore.OfGit || by.From.Of == ignore.OfSearch)
	}
	const any = "any name" // which only a pattern for all names matches
	inside := rules.Enter(name)
	return ignores(rules, name, true) || opened && ignores(inside, any, true) && ignores(inside, any, false)
}

// treeConfig is the configuration of a working tree alone. Git says there that not all of it
// is checked out.
func (g gitDirs) treeConfig() string { return filepath.Join(g.own, "config.worktree") }

// sparseFile says what of a working tree is checked out.
func (g gitDirs) sparseFile() string { return filepath.Join(g.own, "info", "sparse-checkout") }

// readConfig reads how the repository is kept. It returns what a sparse checkout leaves out,
// or nil: not all files need be there, and what git has left in such a directory is not
// wanted.
func (r *repository) readConfig() (leftOut *ignore.Dir, err error) {
	var texts [][]byte
	for _, path := range []string{filepath.Join(r.common, "config"), r.treeConfig()} {
		text, err := door.ReadSmall(filepath.Dir(path), path, maxGitConfig)
		if err == nil {
			texts = append(texts, text)
		}
	}
	config := gitconfig.RepositoryOf(texts...)
	if r.sha256 = config.SHA256; !config.Sparse {
		return nil, nil
	}
	text, err := door.ReadSmall(r.own, r.sparseFile(), maxIgnoreFile)
	if err != nil {
		return nil, nil // ignore error: git has none
	}
	inverted, ok := ignore.LeftOutBySparse(text)
	if !ok {
		return nil, nil
	}
	none, err := ignore.Defaults(nil)
	if err != nil {
		return nil, err
	}
	return none.Top().With(inverted, &ignore.Source{Of: ignore.OfGit, File: r.sparseFile()})
}
