package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/workspace/bindings"
)

// limitFlags are the flags of commands that collect garbage.
type limitFlags struct {
	size diskSize
	age  days
}

func (l *limitFlags) add(flags *pflag.FlagSet) {
	l.addSize(flags)
	l.age = days(cachestore.DefaultMaxAge)
	flags.Var(&l.age, "max-age", "keep what was used within this `AGE`, such as 7d or 12h; 0 for ever [$SYMCACHE_MAX_AGE]")
}

func (l *limitFlags) addSize(flags *pflag.FlagSet) {
	l.size = cachestore.DefaultMaxSize
	flags.Var(&l.size, "max-size", "the budget, a `SIZE` such as 500MiB or 2GiB; 0 for no limit [$SYMCACHE_MAX_SIZE]")
}

func (l *limitFlags) options() cachestore.GCOptions {
	options := cachestore.GCOptions{MaxSize: int64(l.size), MaxAge: time.Duration(l.age), Marks: bindings.IndexKeys}
	// To the store 0 is the default, and a negative number no limit.
	if options.MaxSize == 0 {
		options.MaxSize = -1
	}
	if options.MaxAge == 0 {
		options.MaxAge = -1
	}
	return options
}

func (a *app) gc() *cobra.Command {
	var limits limitFlags
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "gc",
		Short: "Remove what has not been used for long",
		Long: `Gc removes summaries and indexes from your part of the cache that no source tree has used for long.
If the rest is larger than the budget, it removes the least recently used trees. Files of another
version of symcache are removed by age only, and take at most half of the budget. Gc also merges
small files, and removes temporary files of crashed programs and old log files. It does not disturb
programs that use the cache. A server does this once a day, so you need not run it.`,
		Example: `  symcache gc
  symcache gc --max-size 500MiB --max-age 7d
  symcache gc --dry-run --json | jq .bytes`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options := limits.options()
			options.DryRun = dryRun
			return a.runGC(cmd, options)
		},
	}
	limits.add(cmd.Flags())
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print what would be removed, and remove nothing")
	a.addJSON(cmd)
	return cmd
}

// gcJSON is the contract of gc --json.
type gcJSON struct {
	DryRun     bool      `json:"dry_run"`
	Busy       bool      `json:"busy"` // another process is at it, and nothing was done
	Entries    int       `json:"entries"`
	Packs      int       `json:"packs"`
	Workspaces int       `json:"workspaces"`
	Leftovers  int       `json:"leftovers"`
	Packed     int       `json:"packed"`
	Bytes      int64     `json:"bytes"`
	Left       int       `json:"left"` // files that are in use: Windows does not remove them
	Kept       statsJSON `json:"kept"` // what there is afterwards
}

func (a *app) runGC(cmd *cobra.Command, opts cachestore.GCOptions) error {
	r, err := a.collect(cmd.Context(), opts)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(gcJSON{
			DryRun: opts.DryRun, Busy: r.Busy, Entries: r.Entries, Packs: r.Packs, Workspaces: r.Workspaces,
			Leftovers: r.Leftovers, Packed: r.Packed, Bytes: r.Bytes, Left: r.Left, Kept: newStatsJSON(r.Kept),
		})
	}
	if r.Busy {
		_, err := fmt.Fprintln(a.out, "another process is collecting garbage")
		return err
	}
	verb, rest := "removed", "kept"
	if opts.DryRun {
		verb, rest = "would remove", "there are"
	}
	_, err = fmt.Fprintf(a.out, "%s %s\n%s%s %s\n", verb, describeRemoved(r),
		describeLeft(r.Left), rest, summaries(r.Kept.Entries, r.Kept.Workspaces, r.Kept.Bytes))
	return err
}

// describeRemoved says what a collection removed, as far as people know it. What it moved is in --json alone.
func describeRemoved(r cachestore.GCReport) string {
	if r.Entries+r.Workspaces+r.Leftovers == 0 && r.Bytes == 0 {
		return "nothing"
	}
	text := summaries(r.Entries, r.Workspaces, r.Bytes)
	if r.Leftovers > 0 {
		text += ", and " + count(r.Leftovers, "file") + " that other programs have left"
	}
	return text
}

// describeLeft is a line about files that could not be removed, empty for none.
func describeLeft(files int) string {
	if files == 0 {
		return ""
	}
	return fmt.Sprintf("left %s that other programs use: close those, or leave them to the next gc\n", count(files, "file"))
}

// collect collects garbage. A dry run opens the cache to look only, and finds nothing where there is none.
func (a *app) collect(ctx context.Context, opts cachestore.GCOptions) (cachestore.GCReport, error) {
	open := cachestore.Open
	if opts.DryRun {
		open = cachestore.OpenExisting
	}
	root, err := a.root()
	if err != nil {
		return cachestore.GCReport{}, err
	}
	storeOptions, err := a.storeOptions(a.logger())
	if err != nil {
		return cachestore.GCReport{}, err
	}
	store, err := open(root, storeOptions)
	if opts.DryRun && errors.Is(err, fs.ErrNotExist) {
		return cachestore.GCReport{Kept: cachestore.Stats{Root: root}}, nil
	}
	if err != nil {
		return cachestore.GCReport{}, fmt.Errorf("open the cache: %w", withRemedy(err))
	}
	defer store.Close()
	r, err := store.GC(ctx, opts)
	if err != nil {
		return r, fmt.Errorf("collect garbage: %w", err)
	}
	if !opts.DryRun && !r.Busy {
		pruneLogs(filepath.Join(store.Dir(), logsName), time.Now())
	}
	return r, nil
}
