package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"

	"github.com/symcache/symcache/lsp/workspace"
	"github.com/symcache/symcache/lsp/workspace/scan"
)

// shownFailures is how many failures warm prints; --json has them all.
const shownFailures = 10

func (a *app) warm() *cobra.Command {
	var flags walkFlags
	var background bool
	cmd := &cobra.Command{
		Use:   "warm [DIR...]",
		Short: "Parse what is new below directories and store it",
		Long: `Warm finds all source files below the directories (default: the working directory),
parses the contents that the cache does not have, and stores their symbols. Afterwards an
editor gets its answers without parsing.

Ignore files are respected (.gitignore, .ignore, .git/info/exclude), and version control,
package and build directories are not entered. It can be interrupted and run again, and
many may run at once: each content is parsed once.

With --background it uses the processor and the disk only while no other program wants
them. That is for hooks. On a busy machine it may take long.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but some files failed or all were skipped, 130 interrupted.`,
		Example: `  symcache warm
  symcache warm ~/src/kubernetes ~/src/linux
  symcache warm --background --log-level error &
  symcache warm --json . | jq .parsed
  symcache warm --exclude '*.pb.go' --max-file-size 500KiB`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, dirs []string) error {
			flags.home = len(dirs) > 0
			if len(dirs) == 0 {
				dirs = []string{"."}
			}
			if background {
				if err := lowerPriority(); err != nil {
					a.logger().Warn("cannot work in the background; going on with the usual priority", "err", err)
				}
			}
			return a.runWarm(cmd.Context(), dirs, &flags)
		},
		ValidArgsFunction: completeDirs,
	}
	flags.add(cmd.Flags())
	cmd.Flags().BoolVar(&background, "background", false, "use the processor and the disk only while no other program wants them")
	a.addJSON(cmd)
	return cmd
}

// A batch command trades memory for speed: at Go's default of 100 % a warm-up of
// Kubernetes collects its few live megabytes 108 times, at 200 % 45 times, for 10 MB
// more. On trees of millions of symbols, where a part of the index is live too,
// the limit, which is well above what lives then, keeps that from growing further.
const (
	batchGCPercent   = 200
	batchMemoryLimit = 768 << 20 // bytes
)

// tuneForBatch sets both, unless the user has set GOGC or GOMEMLIMIT.
func tuneForBatch() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(batchGCPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(batchMemoryLimit)
	}
}

func (a *app) runWarm(ctx context.Context, dirs []string, flags *walkFlags) error {
	tuneForBatch()
	log := a.logger()
	store, err := a.storeOrBases(log)
	if err != nil {
		return err
	}
	defer store.Close()
	engine, err := a.engine(flags, store, log)
	if err != nil {
		return err
	}
	ws, err := workspace.New(engine, flags.config(), dirs)
	if err != nil {
		log.Debug("not all directories can be warmed", "err", err) // the report names them
	}
	defer ws.Close()

	bar := a.progress("warm")
	report, err := ws.Warm(ctx, bar.show)
	bar.finish()
	if err != nil && ctx.Err() == nil {
		return err
	}
	if ctx.Err() == nil {
		if _, mergeErr := store.Merge(ctx); mergeErr != nil {
			log.Debug("cannot merge packs", "err", mergeErr)
		}
	}
	if printErr := a.printReport(&report); printErr != nil {
		return printErr
	}
	switch {
	case err != nil:
		return err
	case report.NotStored > 0:
		if store.Dir() == "" {
			return fmt.Errorf("there is no place for a cache; not stored: %s", formatCount(report.NotStored))
		}
		return fmt.Errorf("%d summaries could not be stored in %s: %s\nFree some space, or choose another directory with --cache-dir",
			report.NotStored, store.Dir(), report.NotStoredError)
	case report.Failed > 0:
		return &exitError{code: exitSomeFailed}
	case report.Skipped > 0 && report.Parsed+report.Reused == 0:
		return &exitError{code: exitSomeFailed, cause: errors.New("none of the source files could be used")}
	}
	return nil
}

func (a *app) printReport(r *scan.Report) error {
	if a.json {
		return a.printJSON(r)
	}
	for i, f := range r.Failures {
		if i == shownFailures {
			fmt.Fprintf(a.err, "... and %s more; --json lists them\n", formatCount(r.Failed-i))
			break
		}
		fmt.Fprintf(a.err, "failed: %q: %s\n", f.Path, f.Error)
	}
	switch {
	case r.Files == 0 && r.Ignored > 0:
		fmt.Fprintf(a.err, "no source files were found; ignore files and default excludes left out %s files and directories; "+
			"--no-ignore looks into those of ignore files\n", formatCount(r.Ignored))
	case r.Files == 0:
		fmt.Fprintln(a.err, "no source files were found")
	}
	_, err := fmt.Fprintf(a.out, "%s files: %s parsed, %s reused, %s skipped, %s failed; %s symbols in %s, %.2f s\n",
		formatCount(r.Files), formatCount(r.Parsed), formatCount(r.Reused), formatCount(r.Skipped), formatCount(r.Failed),
		formatCount(r.Symbols), formatBytes(r.Bytes), float64(r.ElapsedMS)/1000)
	if err != nil || r.Skipped == 0 {
		return err
	}
	reasons := slices.SortedFunc(maps.Keys(r.SkippedReasons), func(x, y string) int {
		return cmp.Or(cmp.Compare(r.SkippedReasons[y], r.SkippedReasons[x]), cmp.Compare(x, y))
	})
	for _, reason := range reasons {
		if _, err := fmt.Fprintf(a.out, "  skipped, %s: %s\n", reason, formatCount(r.SkippedReasons[reason])); err != nil {
			return err
		}
	}
	return nil
}

// completeDirs completes directories only.
func completeDirs(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}
