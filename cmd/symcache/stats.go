package main

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/symcache/symcache/cachestore"
)

func (a *app) stats() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Count what is in the cache",
		Long: `Stats counts the summaries, packs and indexes in your part of the cache. It changes nothing, and makes
no cache where there is none.`,
		Example: `  symcache stats
  symcache stats --json | jq .bytes`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.runStats() },
	}
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
	LastGC     *time.Time              `json:"last_gc"` // null: never
	ByLanguage map[string]languageJSON `json:"by_language"`
}

func newStatsJSON(stats cachestore.Stats) statsJSON {
	out := statsJSON{
		Root: stats.Root, Entries: stats.Entries, Packs: stats.Packs, Workspaces: stats.Workspaces, Bytes: stats.Bytes,
		ByLanguage: make(map[string]languageJSON),
	}
	if !stats.LastGC.IsZero() {
		out.LastGC = &stats.LastGC
	}
	for language, l := range stats.ByLanguage {
		out.ByLanguage[language] = languageJSON(l)
	}
	return out
}

type languageJSON struct {
	Entries int   `json:"entries"`
	Bytes   int64 `json:"bytes"`
}

func (a *app) runStats() error {
	root, err := a.root()
	if err != nil {
		return err
	}
	stats, err := cachestore.ReadStats(root, cachestore.Options{Logger: a.logger()})
	if err != nil {
		return fmt.Errorf("read the cache: %w", err)
	}
	if a.json {
		return a.printJSON(newStatsJSON(stats))
	}
	_, err = fmt.Fprintf(a.out, "%s\n%s summaries, %s packs, %s workspaces, %s\n",
		stats.Root, formatCount(stats.Entries), formatCount(stats.Packs), formatCount(stats.Workspaces),
		formatBytes(stats.Bytes))
	for _, language := range slices.Sorted(maps.Keys(stats.ByLanguage)) {
		l := stats.ByLanguage[language]
		if err == nil {
			_, err = fmt.Fprintf(a.out, "  %-12s %10s summaries %12s\n", language, formatCount(l.Entries), formatBytes(l.Bytes))
		}
	}
	return err
}
