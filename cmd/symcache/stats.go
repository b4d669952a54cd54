package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/workspace/bindings"
)

func (a *app) stats() *cobra.Command {
	var trees bool
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Count what is in the cache",
		Long: `Stats counts the summaries and indexes in your part of the cache. There is a summary for each content
of a file, and an index for each source tree. Summaries of one content are shared by all trees. With
--trees it names the trees. It changes nothing, and makes no cache where there is none.`,
		Example: `  symcache stats
  symcache stats --trees
  symcache stats --json | jq .bytes`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.runStats(trees) },
	}
	cmd.Flags().BoolVar(&trees, "trees", false, "name the source trees, with the size of their indexes and their last use")
	a.addJSON(cmd)
	return cmd
}

// statsJSON is the contract of stats --json.
type statsJSON struct {
	Root       string                  `json:"root"`
	Entries    int                     `json:"entries"`
	Packs      int                     `json:"packs"`
	Workspaces int                     `json:"workspaces"`
	Bytes      int64                   `json:"bytes"`
	IndexBytes int64                   `json:"index_bytes"` // of these
	LastGC     *time.Time              `json:"last_gc"`     // null: never
	ByLanguage map[string]languageJSON `json:"by_language"`
	Trees      []treeJSON              `json:"trees,omitzero"` // with --trees
}

type languageJSON struct {
	Entries int   `json:"entries"`
	Bytes   int64 `json:"bytes"`
}

// treeJSON is a source tree that has an index.
type treeJSON struct {
	Path    string    `json:"path"` // empty: an earlier version has written the index
	Files   int       `json:"files"`
	Symbols int       `json:"symbols"`
	Macros  int       `json:"macros"`
	Bytes   int64     `json:"bytes"` // of the index
	Used    time.Time `json:"used"`  // to the day
	Gone    bool      `json:"gone"`  // there is no such directory now
}

func newStatsJSON(stats cachestore.Stats) statsJSON {
	out := statsJSON{
		Root: stats.Root, Entries: stats.Entries, Packs: stats.Packs, Workspaces: stats.Workspaces, Bytes: stats.Bytes,
		IndexBytes: stats.IndexBytes, ByLanguage: make(map[string]languageJSON),
	}
	if !stats.LastGC.IsZero() {
		out.LastGC = &stats.LastGC
	}
	for language, l := range stats.ByLanguage {
		out.ByLanguage[language] = languageJSON(l)
	}
	return out
}

func (a *app) runStats(trees bool) error {
	root, err := a.root()
	if err != nil {
		return err
	}
	stats, err := cachestore.ReadStats(root, cachestore.Options{Logger: a.logger()})
	if err != nil {
		return fmt.Errorf("read the cache: %w", err)
	}
	var known []treeJSON
	if trees {
		if known, err = a.knownTrees(root); err != nil {
			return err
		}
	}
	if a.json {
		out := newStatsJSON(stats)
		out.Trees = known
		return a.printJSON(out)
	}
	style, err := a.style()
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(a.out, "%s: %s\n", style.text(stats.Root), summaries(stats.Entries, stats.Workspaces, stats.Bytes)); err != nil {
		return err
	}
	if err := a.printParts(stats); err != nil || !trees {
		return err
	}
	return a.printTrees(known, style)
}

// printParts prints what the cache has in lines that add up to its size.
func (a *app) printParts(stats cachestore.Stats) error {
	var lines strings.Builder
	row := func(name, n string, bytes int64) {
		if bytes > 0 {
			fmt.Fprintf(&lines, "  %-12s %18s %12s\n", name, n, formatBytes(bytes))
		}
	}
	rest := stats.Bytes - stats.IndexBytes
	languages := slices.SortedFunc(maps.Keys(stats.ByLanguage), func(x, y string) int {
		return cmp.Or(cmp.Compare(stats.ByLanguage[y].Bytes, stats.ByLanguage[x].Bytes), cmp.Compare(x, y))
	})
	for _, language := range languages {
		l := stats.ByLanguage[language]
		row(language, count(l.Entries, "summary"), l.Bytes)
		rest -= l.Bytes
	}
	row("indexes", count(stats.Workspaces, "tree"), stats.IndexBytes)
	row("tables", count(stats.Packs, "pack"), rest)
	_, err := fmt.Fprint(a.out, lines.String())
	return err
}

// knownTrees returns the source trees that have an index, the one that was used last first.
func (a *app) knownTrees(root string) ([]treeJSON, error) {
	trees := []treeJSON{}
	err := cachestore.EachIndex(root, cachestore.Options{Logger: a.logger()}, func(w cachestore.WorkspaceIndex, file *os.File) error {
		described, err := bindings.Describe(file)
		if errors.Is(err, cachestore.ErrForeign) || errors.Is(err, cachestore.ErrDamaged) {
			return nil // verify names it
		}
		if err != nil {
			return err
		}
		_, statErr := os.Stat(described.Root)
		trees = append(trees, treeJSON{
			Path: described.Root, Files: described.Files, Symbols: described.Symbols, Macros: described.Macros, Bytes: w.Bytes, Used: w.Used,
			Gone: described.Root != "" && errors.Is(statErr, os.ErrNotExist),
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the indexes: %w", err)
	}
	slices.SortFunc(trees, func(x, y treeJSON) int { return cmp.Or(y.Used.Compare(x.Used), cmp.Compare(x.Path, y.Path)) })
	return trees, nil
}

func (a *app) printTrees(trees []treeJSON, style style) error {
	table := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\nFILES\tSYMBOLS\tMACROS\tINDEX\tLAST USE\t  TREE") // ignore error: Flush returns it
	for _, t := range trees {
		path := cmp.Or(t.Path, "?")
		if t.Gone {
			path += " (gone)"
		}
		fmt.Fprintln(table, strings.Join([]string{ // ignore error: Flush returns it
			formatCount(t.Files), formatCount(t.Symbols), formatCount(t.Macros), formatBytes(t.Bytes), t.Used.Format(time.DateOnly), "  " + style.text(path),
		}, "\t"))
	}
	return table.Flush()
}
