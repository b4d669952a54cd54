package workspace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"

	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/files"
	"github.com/symcache/symcache/lsp/workspace/files/ignore"
	"github.com/symcache/symcache/lsp/workspace/links"
	"github.com/symcache/symcache/lsp/workspace/scan"
)

// walkVersion is part of the name of index files. It is increased when the walk finds
// other files than before, or a file gets another importance.
const walkVersion = 3

// newRules returns the rules of the workspace's roots, of which there are none yet.
func (w *Workspace) newRules() *files.Rules {
	config := files.Config{
		Settings: w.fileSettings(), MayHold: mayHaveSymbols, HasBelow: w.hasBelow, Hangs: w.engine.Hangs(), Now: w.engine.Now, Getenv: w.config.Getenv,
	}
	if home, err := os.UserHomeDir(); err == nil {
		config.Home = home
	}
	if store := w.engine.Store(); store != nil {
		config.Own = store.Dir()
	}
	return files.NewRules(config)
}

// fileSettings returns the settings as rules have them. It logs what of them is not used.
func (w *Workspace) fileSettings() files.Settings {
	defaults, err := w.config.ignoreDefaults()
	if err != nil {
		w.engine.Log().Warn("exclude patterns are partly ignored", "err", err)
	}
	include, err := w.config.include()
	if err != nil {
		w.engine.Log().Warn("include is partly ignored", "err", err)
	}
	return files.Settings{Defaults: defaults, Include: include, FollowLinks: w.config.FollowLinks}
}

// Configure changes the settings, and the size above which files are not parsed, see
// contents.Config. The workspace has other index files then, with what is known by these
// settings. All files are to be scanned, see Rescan. It does nothing where nothing changes,
// and waits for a scan under way.
func (w *Workspace) Configure(s Settings, maxFileSize int64) {
	_ = w.scanning.Acquire(context.Background(), 1) // ignore error: it is the context's
	defer w.scanning.Release(1)
	if sizeChanged := w.engine.SetMaxFileSize(maxFileSize); !sizeChanged && reflect.DeepEqual(s, w.config.Settings) {
		return
	}
	w.config.Settings = s
	w.rules.Configure(w.fileSettings())
	if !s.FollowLinks {
		w.links = links.Set{}
	}
	now := w.now()
	_ = w.use(now.folders, now.bad) // ignore error: the folders had none
	w.watched.refilter(w.rules, w.Roots()...)
}

// ignoreDefaults returns the rules below those of all ignore files. The error names the
// patterns that are not used.
func (c Config) ignoreDefaults() (*ignore.Dir, error) {
	patterns := append(files.DefaultExcludes(), c.Exclude...)
	rules, err := ignore.Defaults(patterns)
	if c.NoIgnore {
		rules, err = ignore.Only(patterns)
	}
	errs := []error{err}
	for _, pattern := range c.Exclude {
		if err := ignore.CheckPattern(pattern); err != nil {
			errs = append(errs, fmt.Errorf("%q is not a glob: %w", pattern, err))
		}
	}
	return rules, errors.Join(errs...)
}

// include returns rules that ignore what is not to be looked at, or nil. The error names
// directories that do not count.
func (c Config) include() (*ignore.Dir, error) {
	patterns, err := ignore.ConeOf(c.Include)
	if len(patterns) == 0 {
		return nil, err
	}
	rules, _ := ignore.Defaults(nil) // ignore error: there is nothing in it
	rules, tooMany := rules.WithSetting(patterns)
	return rules, errors.Join(err, tooMany)
}

// LeftOut returns why a scan does not come to the file or directory at a canonical path. It is
// false if it does, if no root has the path, or if the disk does not say so before ctx ends.
func (w *Workspace) LeftOut(ctx context.Context, path string, isDir bool) (out scan.LeftOut, ok bool) {
	found := make(chan files.Reason, 1)
	if w.engine.Hangs().Do(ctx, path, func() { found <- w.rules.Explain(path, isDir) }) != nil {
		return out, false
	}
	why := <-found
	return scan.LeftOutBy(why, path), why != (files.Reason{})
}

// mayHaveSymbols reports whether a file may hold symbols, by its name alone: it is that of
// a known language, or has no extension, so that the first line decides.
func mayHaveSymbols(name string) bool {
	return symbols.Detect(name, nil) != nil || filepath.Ext(name) == ""
}

// hasBelow reports whether files are known below a path.
func (w *Workspace) hasBelow(path string) bool {
	t := w.tree(path)
	return t != nil && t.HasBelow(path)
}
