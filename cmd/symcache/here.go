package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/workspace"
	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// runHere says what is known of the repository that the user stands in, and what can be done next. Elsewhere it prints
// help. It makes and changes nothing.
func (a *app) runHere(cmd *cobra.Command, _ []string) error {
	dir, err := os.Getwd()
	if err != nil {
		return cmd.Help() // ignore error: help needs none
	}
	top, ok := repositoryAbove(dir)
	if !ok {
		return cmd.Help()
	}
	root, err := a.root()
	if err != nil {
		return err
	}
	style, err := a.style()
	if err != nil {
		return err
	}
	known, complete, err := a.known(root, top)
	if err != nil {
		return err
	}
	state := "nothing is known of it yet"
	next := "parses its sources, once; editors have their symbols then"
	if known.Files > 0 {
		state = fmt.Sprintf("%s and %s are known", count(known.Files, "file"), count(known.Symbols, "symbol"))
		if !complete {
			state += ", and not all files have been looked at"
		}
		next = "parses what has changed; query and editors do so by themselves"
	}
	_, err = fmt.Fprintf(a.out, `%s: %s
the cache is in %s

  symcache warm          %s
  symcache query NAME    finds symbols
  symcache symbols FILE  prints the outline of a file
  symcache status FILE   says whether a file is served, or why not
  symcache serve         is what an editor starts
  symcache --help        has all commands
`, style.text(top), state, style.text(root), next)
	return err
}

// repositoryAbove returns the top of the repository that a directory is in.
func repositoryAbove(dir string) (top string, ok bool) {
	for ; ; dir = filepath.Dir(dir) {
		for _, name := range []string{".git", ".hg", ".jj"} {
			if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
				return dir, true
			}
		}
		if dir == filepath.Dir(dir) {
			return "", false
		}
	}
}

// known returns what the cache knows of a directory, with default settings.
func (a *app) known(root, dir string) (stats bindings.Totals, complete bool, err error) {
	log := a.logger()
	opts, err := a.storeOptions(log)
	if err != nil {
		return stats, false, err
	}
	store, err := cachestore.OpenExisting(root, opts)
	if errors.Is(err, fs.ErrNotExist) {
		return stats, false, nil
	}
	if err != nil {
		return stats, false, fmt.Errorf("open the cache: %w", withRemedy(err))
	}
	defer store.Close()
	flags := walkFlags{maxFileSize: contents.DefaultMaxFileSize, home: true}
	engine, err := a.engine(&flags, store, log)
	if err != nil {
		return stats, false, err
	}
	if dir, err = workspace.Canonical(dir); err != nil {
		return stats, false, err
	}
	config := flags.config()
	config.ReadOnly = true
	around := workspace.Covering(engine, config, dir)
	ws, err := workspace.New(engine, config, []string{around})
	if err != nil {
		return stats, false, err
	}
	defer ws.Close()
	if around != dir {
		return ws.StatsBelow(dir), ws.Complete(), nil
	}
	return ws.Stats(), ws.Complete(), nil
}
