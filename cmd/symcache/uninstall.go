package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/symcache/symcache/cachestore"
)

func (a *app) uninstall() *cobra.Command {
	var yes, dryRun bool
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "Remove everything that the program ever wrote",
		Long: `Uninstall removes your part of the cache, of all versions of symcache, with the log files of servers; a
log file that $SYMCACHE_LOG_FILE names; and what crashed servers left of their sockets. It looks at the
cache in use and at the one of your user cache directory. Others who share a cache directory keep their
parts, and base caches stay. --dry-run lists what would go. On a terminal uninstall asks first;
elsewhere it needs --yes.

It prints what is left for you: the program, extensions and settings of editors, git hooks.`,
		Example: `  symcache uninstall --dry-run
  symcache uninstall --yes`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runUninstall(cmd, yes, dryRun) },
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print what would be removed, and remove nothing")
	a.addJSON(cmd)
	return cmd
}

// uninstallJSON is the contract of uninstall --json.
type uninstallJSON struct {
	DryRun bool            `json:"dry_run"`
	Files  int             `json:"files"`
	Bytes  int64           `json:"bytes"`
	Found  []footprintJSON `json:"found"`
}

type footprintJSON struct {
	Path  string `json:"path"`
	Files int    `json:"files"`
	Bytes int64  `json:"bytes"`
}

func (a *app) runUninstall(cmd *cobra.Command, yes, dryRun bool) error {
	roots, err := a.allRoots()
	if err != nil {
		return err
	}
	found, err := findFootprints(roots)
	if err != nil {
		return fmt.Errorf("look for what symcache wrote: %w", err)
	}
	out := uninstallJSON{DryRun: dryRun, Found: []footprintJSON{}}
	for _, f := range found {
		out.Found = append(out.Found, footprintJSON(f))
		out.Files += f.Files
		out.Bytes += f.Bytes
	}
	if !dryRun && !yes && len(found) > 0 {
		if !isTerminal(a.in) {
			return usage(errors.New("needs --yes when there is no terminal to ask on"))
		}
		for _, f := range found {
			fmt.Fprintf(a.err, "%s: %s, %s\n", printable(f.Path), count(f.Files, "file"), formatBytes(f.Bytes))
		}
		if err := a.confirm(cmd.Context(), fmt.Sprintf("Remove %s, %s?", count(out.Files, "file"), formatBytes(out.Bytes))); err != nil {
			return err
		}
	}
	if !dryRun {
		if err := removeFootprints(roots); err != nil {
			return fmt.Errorf("remove what symcache wrote: %w", err)
		}
	}
	if a.json {
		return a.printJSON(out)
	}
	return a.printUninstalled(&out)
}

func (a *app) printUninstalled(out *uninstallJSON) error {
	style, err := a.style()
	if err != nil {
		return err
	}
	verb := "removed"
	if out.DryRun {
		verb = "would remove"
	}
	if len(out.Found) == 0 {
		verb = "nothing was found to remove"
	}
	text := verb + "\n"
	for _, f := range out.Found {
		text += fmt.Sprintf("  %s: %s, %s\n", style.text(f.Path), count(f.Files, "file"), formatBytes(f.Bytes))
	}
	program, err := os.Executable()
	if err != nil {
		program = "symcache"
	}
	_, err = fmt.Fprintf(a.out, `%sleft for you
  the program: %s
  VS Code: code --uninstall-extension symcache.symcache
  other editors: the lines that name symcache in their settings
  git hooks that call it: grep -l symcache "$(git rev-parse --git-path hooks)"/*
`, text, style.text(program))
	return err
}

// allRoots are the cache directories that the user may have used: the one of now, and the one without settings.
func (a *app) allRoots() ([]string, error) {
	root, err := a.root()
	if err != nil {
		return nil, err
	}
	roots := []string{root}
	if usual, err := cachestore.DefaultRoot(); err == nil && usual != root { // else there is none
		roots = append(roots, usual)
	}
	return roots, nil
}

// findFootprints returns what the program has written to some cache directories and beside them.
func findFootprints(roots []string) ([]cachestore.Footprint, error) {
	var found []cachestore.Footprint
	for _, root := range roots {
		in, err := cachestore.Footprints(root, cachestore.Options{})
		if err != nil {
			return nil, err
		}
		found = append(found, in...)
	}
	for _, path := range outside() {
		if info, err := os.Lstat(path); err == nil {
			f := cachestore.Footprint{Path: path, Files: 1, Bytes: info.Size()}
			if info.IsDir() {
				f.Bytes = 0 // a socket
			}
			found = append(found, f)
		}
	}
	return found, nil
}

func removeFootprints(roots []string) error {
	var failed []error
	for _, root := range roots {
		failed = append(failed, cachestore.RemoveFootprints(root, cachestore.Options{}))
	}
	for _, path := range outside() {
		failed = append(failed, os.RemoveAll(path))
	}
	return errors.Join(failed...)
}

// outside returns the paths outside of cache directories that the program may have written: a log file that was asked
// for, the file before it, and the directories of sockets for profiles, which servers remove unless they crash.
func outside() []string {
	var paths []string
	if log := os.Getenv("SYMCACHE_LOG_FILE"); log != "" && log != logFileOff {
		if log, err := filepath.Abs(log); err == nil { // else it was never written
			paths = append(paths, log, log+oldLog)
		}
	}
	for _, dir := range slices.Compact([]string{cmp.Or(os.Getenv("XDG_RUNTIME_DIR"), os.TempDir()), os.TempDir()}) {
		sockets, err := filepath.Glob(filepath.Join(dir, pprofPattern+"*"))
		if err == nil { // else the directory is not a pattern
			paths = append(paths, sockets...)
		}
	}
	return slices.DeleteFunc(paths, func(path string) bool {
		info, err := os.Lstat(path)
		return err != nil || !isOwn(info) || !info.IsDir() && !info.Mode().IsRegular()
	})
}
