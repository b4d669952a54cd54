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
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/symcache/symcache/lsp/workspace"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/links"
	"github.com/symcache/symcache/lsp/workspace/scan"
)

// shownFailures is how many failures warm prints; --json has them all.
const shownFailures = 10

// shownLeftOut is how many reasons warm prints why it has found no source; --json has more.
const shownLeftOut = 5

func (a *app) warm() *cobra.Command {
	var flags walkFlags
	var background bool
	cmd := &cobra.Command{
		Use:   "warm [PATH...]",
		Short: "Parse what is new below directories and store it",
		Long: `Warm finds all source files below the directories (default: the working directory), parses the contents
that the cache does not have, and stores their symbols. Afterwards an editor gets its answers without
parsing. Files that are named are parsed whatever ignore files say. The languages are
` + languageNames() + `.

Ignore files are respected (.gitignore, .ignore, .git/info/exclude, your own excludes of git), but for
files that git tracks and sources that a program writes for a build. Version control, package and build
directories, environments of Python and further working trees of git are not entered. It can be interrupted and run again, and many may run at once: each
content is parsed once.

With --background it uses the processor and the disk only while no other program wants
them. That is for hooks. On a busy machine it may take long.

With --follow-links the directories and files to which symbolic links lead out of the tree are parsed
as well, under their own paths.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but some files failed or all were skipped, 130 interrupted.`,
		Example: `  symcache warm
  symcache warm ~/src/kubernetes ~/src/linux
  git diff --name-only -z HEAD~1 | xargs -0 symcache warm
  symcache warm --background --log-level error &
  symcache warm --json . | jq .parsed
  symcache warm --exclude '*.pb.go' --max-file-size 500KiB`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, paths []string) error {
			flags.home = len(paths) > 0
			if background {
				if err := lowerPriority(); err != nil {
					a.logger().Warn("cannot work in the background; going on with the usual priority", "err", err)
				}
			}
			return a.runWarm(cmd.Context(), paths, &flags)
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

func (a *app) runWarm(ctx context.Context, paths []string, flags *walkFlags) error {
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
	in := findTargets(paths)
	ws, err := workspace.New(engine, flags.config(), in.dirNames())
	if err != nil {
		log.Debug("not all directories can be warmed", "err", err) // the report names them
	}
	defer ws.Close()
	log.Debug("warm begins", "cache", store.Dir(), "roots", ws.Roots(), "known_files", ws.Stats().Files, "complete", ws.Complete())

	report := scan.Report{SkippedReasons: map[string]int{}, Failures: []scan.Failure{}}
	bar := a.progress("warm")
	switch {
	case len(ws.Roots()) == 0 && len(in.files) > 0: // what is no directory either is a failure among others
		for _, bad := range ws.BadRoots() {
			report.Files++
			report.Failed++
			report.Failures = append(report.Failures, bad)
		}
		err = nil
	case len(in.dirs) > 0:
		report, err = ws.Warm(ctx, bar.show)
	}
	bar.clear()
	if err != nil && ctx.Err() == nil {
		return err
	}
	warmFiles(ctx, engine, in.files, &report)
	if ctx.Err() == nil {
		if _, mergeErr := store.Merge(ctx); mergeErr != nil {
			log.Debug("cannot merge packs", "err", mergeErr)
		}
	} else if !a.json {
		return &exitError{code: exitInterrupted, cause: fmt.Errorf(
			"interrupted after %s of %s; what was stored until then is kept", formatCount(report.Files), count(max(bar.now.Files, report.Files), "file"))}
	}
	if printErr := a.printReport(&report); printErr != nil {
		return printErr
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case report.NotStored > 0:
		if store.Dir() == "" {
			return fmt.Errorf("there is no place for a cache; not stored: %s", formatCount(report.NotStored))
		}
		return fmt.Errorf("%s could not be stored in %s: %s\nFree some space, or choose another directory with --cache-dir",
			count(report.NotStored, "summary"), store.Dir(), report.NotStoredError)
	case report.Failed > 0:
		return &exitError{code: exitSomeFailed}
	case report.Skipped > report.SkippedReasons[contents.SkipNoLanguage] && report.Parsed+report.Reused == 0:
		return &exitError{code: exitSomeFailed, cause: errors.New("none of the source files could be used")}
	}
	return nil
}

// warmFiles parses and stores files that were named, and adds them to a report. It leaves what is left when ctx ends.
func warmFiles(ctx context.Context, engine *contents.Engine, files []target, report *scan.Report) {
	if len(files) == 0 {
		return
	}
	start := time.Now()
	var mu sync.Mutex // of report
	var group errgroup.Group
	group.SetLimit(engine.Jobs())
	for _, file := range files {
		group.Go(func() error {
			kept, err := engine.Keep(ctx, file.canonical)
			mu.Lock()
			defer mu.Unlock()
			var skip *contents.SkipError
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case errors.As(err, &skip):
				report.Skipped++
				report.SkippedReasons[skip.Reason]++
			case err != nil:
				report.Failed++
				report.Failures = append(report.Failures, scan.Failure{Path: file.name, Error: plainError(err)})
			case kept.Parsed:
				report.Parsed++
			default:
				report.Reused++
			}
			report.Files++
			if err == nil {
				report.Symbols += len(kept.Symbols)
				report.Bytes += int64(kept.Size)
			}
			return nil
		})
	}
	_ = group.Wait() // ignore error: it is that of ctx
	report.ElapsedMS += time.Since(start).Milliseconds()
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
		fmt.Fprintf(a.err, "failed: %q: %s\n", shortPath(f.Path), strings.ReplaceAll(f.Error, f.Path, shortPath(f.Path)))
	}
	switch {
	case r.Files == 0 && r.Ignored > 0:
		leftOut := "1 file or directory was"
		if r.Ignored > 1 {
			leftOut = formatCount(r.Ignored) + " files and directories were"
		}
		fmt.Fprintf(a.err, "no source files were found (%s)\n%s left out; --no-ignore looks into what ignore files leave out\n",
			languageNames(), leftOut)
		for _, out := range r.IgnoredBy[:min(len(r.IgnoredBy), shownLeftOut)] {
			fmt.Fprintf(a.err, "  %s: %s\n", shortPath(out.Example), leftOutBy(out))
		}
	case r.Files == 0:
		fmt.Fprintf(a.err, "no source files were found (%s)\n", languageNames())
	}
	_, err := fmt.Fprintf(a.out, "%s: %s parsed, %s reused, %s skipped, %s failed\n%s in %s, %.2f s\n",
		count(r.Files, "file"), formatCount(r.Parsed), formatCount(r.Reused), formatCount(r.Skipped), formatCount(r.Failed),
		count(r.Symbols, "symbol"), formatBytes(r.Bytes), float64(r.ElapsedMS)/1000)
	if err != nil {
		return err
	}
	if err := a.printLinks(r.Links); err != nil || r.Skipped == 0 {
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

// printLinks says how many links that lead out of the directories were followed, and names those that were not.
func (a *app) printLinks(all []links.Status) error {
	followed := 0
	for _, link := range all {
		if link.Why == "" {
			followed++
		}
	}
	if len(all) > 0 {
		if _, err := fmt.Fprintf(a.out, "  links out of the tree: %s followed\n", formatCount(followed)); err != nil {
			return err
		}
	}
	shown := 0
	for _, link := range all {
		if link.Why == "" {
			continue
		}
		if shown++; shown > shownFailures {
			fmt.Fprintf(a.err, "... and %s more; --json lists them\n", formatCount(len(all)-followed-shownFailures))
			break
		}
		fmt.Fprintf(a.err, "not followed: %q: %s\n", shortPath(link.Path), link.Why)
	}
	return nil
}

// leftOutBy says why something was left out.
func leftOutBy(out scan.LeftOut) string {
	switch {
	case out.File != "":
		return fmt.Sprintf("%s by %s:%d: %s", out.Why, shortPath(out.File), out.Line, out.Pattern)
	case out.Pattern != "":
		return fmt.Sprintf("%s by default or by a flag: %s", out.Why, out.Pattern)
	}
	return out.Why
}

// completeDirs completes directories only.
func completeDirs(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}
