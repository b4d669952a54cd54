package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp"
	"github.com/symcache/symcache/lsp/answers"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace"
	"github.com/symcache/symcache/lsp/workspace/scan"
)

// queryOptions are the flags of query alone.
type queryOptions struct {
	limit   int
	limited bool // by --limit: then nobody need be told that there is more
	kinds   []string
	exact   bool
	vimgrep bool
}

func (a *app) query() *cobra.Command {
	var flags walkFlags
	var options queryOptions
	cmd := &cobra.Command{
		Use:   "query QUERY [PATH...]",
		Short: "Find symbols below a directory",
		Long: `Query looks for symbols whose names contain the letters of QUERY in order, best first, in the files and
below the directories named (default: the working directory). It first parses and stores the files that
have changed. Below a tree that is known as a whole it uses what is known of that. In a query with a dot, such as Kubelet.Run, the part before the dot is a container.
Macros of C are found by the beginnings of their names, or by whole names with --exact. They are constants
to --kind, and have "data": {"macro": true} in --json.

A line has the kind, the name and the place of a symbol; the place opens from the working directory.
With --vimgrep it is path:line:column: kind name, for the quickfix list of Vim and for other programs.

Exit codes: 0 something was found, 1 nothing was found or it failed, 2 wrong usage, 3 done but some files
failed, 130 interrupted.`,
		Example: `  symcache query Kubelet ~/src/kubernetes
  symcache query --kind struct,interface --limit 5 pod
  symcache query --exact --kind func main
  symcache query Kubelet.syncPod
  vim -q <(symcache query --vimgrep Kubelet)
  symcache query --json '' | jq length`,
		Args: atLeast("QUERY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			options.limited = cmd.Flags().Changed("limit")
			flags.home = len(args) > 1
			return a.runQuery(cmd.Context(), args[0], args[1:], &options, &flags)
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveDefault
		},
	}
	flags.add(cmd.Flags())
	cmd.Flags().IntVar(&options.limit, "limit", index.DefaultLimit, "print at most `N` symbols")
	cmd.Flags().StringSliceVar(&options.kinds, "kind", nil,
		"only symbols of these kinds, `KIND,...`; the beginning of a name will do, such as func (may be repeated)")
	cmd.Flags().BoolVar(&options.exact, "exact", false, "only symbols that are called QUERY, letter for letter")
	cmd.Flags().BoolVar(&options.vimgrep, "vimgrep", false, "print path:line:column: kind name")
	mustComplete(cmd.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(kindNames(), cobra.ShellCompDirectiveNoFileComp)))
	a.addJSON(cmd)
	a.addColor(cmd)
	return cmd
}

// queryBudget is how long query may take to read files again that changed since its scan, or
// whose times are too young to be trusted. Nobody types meanwhile, so a complete answer counts more.
const queryBudget = 10 * time.Second

func (a *app) runQuery(ctx context.Context, text string, paths []string, options *queryOptions, flags *walkFlags) error {
	kinds, err := parseKinds(options.kinds)
	if err != nil {
		return usage(err)
	}
	if options.limit < 1 {
		return usage(errors.New("--limit must be at least 1"))
	}
	if options.vimgrep && a.json {
		return usage(errors.New("--vimgrep and --json are two formats"))
	}
	style, err := a.style()
	if err != nil {
		return err
	}
	tuneForBatch()
	log := a.logger()
	store, err := a.storeOrBases(log)
	if err != nil {
		return err
	}
	defer store.Close()
	flags.answerBudget = queryBudget
	engine, err := a.engine(flags, store, log)
	if err != nil {
		return err
	}
	in := findTargets(paths)
	roots, below := in.roots(engine, flags.config())
	ws, err := workspace.New(engine, flags.config(), roots)
	if err != nil {
		return err
	}
	defer ws.Close()
	named, err := keepFiles(ctx, ws, in.files)
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	var background sync.WaitGroup
	background.Go(func() { ws.Run(running) })
	defer background.Wait()
	defer stop()

	var report scan.Report
	if len(in.dirs) > 0 {
		bar := a.progress("scan")
		if len(below) > 0 && ws.Complete() {
			report, err = ws.ScanBelow(ctx, below, bar.show)
		} else {
			report, err = ws.ScanTogether(ctx, bar.show)
		}
		bar.clear()
		if err != nil {
			return err
		}
	}
	// One more than is wanted shows that there is more.
	query := index.Query{Text: text, Limit: options.limit + 1, Kinds: kinds, Exact: options.exact}
	if len(below) > 0 {
		query.Below = append(in.canonicalFiles(), below...)
	}
	matches, err := ws.Search(ctx, query, named.View())
	if err != nil {
		return err
	}
	more := len(matches) > options.limit
	matches = matches[:min(len(matches), options.limit)]
	if err := a.printMatches(matches, text, in, options, style); err != nil {
		return err
	}
	if more && !options.limited {
		fmt.Fprintf(a.err, "symcache: these are the first %s; --limit N shows more\n", formatCount(options.limit))
	}
	var nothing error
	if len(matches) == 0 {
		nothing = fmt.Errorf("no symbol matches %q in %s", text, count(report.Files+len(in.files), "file"))
	}
	switch {
	case report.Failed > 0:
		failed := fmt.Errorf("%s failed; 'symcache warm' names them", count(report.Failed, "file"))
		if nothing != nil {
			failed = fmt.Errorf("%w; %w", nothing, failed)
		}
		return &exitError{code: exitSomeFailed, cause: failed}
	case nothing != nil:
		return &exitError{code: exitFailed, cause: nothing}
	}
	return nil
}

// keepFiles parses files that were named, unless they are known, and returns an index of them.
func keepFiles(ctx context.Context, ws *workspace.Workspace, files []target) (*index.Memory, error) {
	named := index.NewMemory()
	for _, file := range files {
		kept, err := ws.Engine().Keep(ctx, file.canonical)
		if err != nil {
			return nil, fileError(file.name, ws.Engine().MaxFileSize(), err)
		}
		named.Set(file.canonical, index.Document{
			Summary: kept.Summary, Language: kept.Language.ID, Importance: ws.Importance(file.canonical),
		})
	}
	return named, nil
}

// widestName is how many columns names have at most before the places behind them stop standing in one column.
const widestName = 32

func (a *app) printMatches(matches []index.Match, query string, in targets, options *queryOptions, style style) error {
	if a.json {
		return a.printLSP(lsp.WorkspaceSymbols(matches, protocol.PositionEncodingKindUTF16, lsp.AllSymbolCapabilities(), answers.FileURI))
	}
	kinds, names := 0, 0 // columns
	for i := range matches {
		kinds = max(kinds, len(kindName(matches[i].Kind, matches[i].Flags)))
		if n := utf8.RuneCountInString(qualifiedName(&matches[i])); n <= widestName {
			names = max(names, n)
		}
	}
	for i := range matches {
		m := &matches[i]
		name := qualifiedName(m)
		at := fmt.Sprintf(":%d:%d", m.Selection.Start.Line+1, m.Selection.Start.Byte+1)
		place := style.paint(colorPath, style.text(in.display(m.Path))) + at
		marked := style.mark(name, query)
		kind := kindName(m.Kind, m.Flags)
		line := fmt.Sprintf("%s: %s %s\n", place, kind, marked)
		if !options.vimgrep {
			line = fmt.Sprintf("%s%*s  %s%*s  %s\n", style.paint(colorKind, kind), kinds-len(kind), "",
				marked, max(names-utf8.RuneCountInString(name), 0), "", place)
		}
		if _, err := fmt.Fprint(a.out, line); err != nil {
			return err
		}
	}
	return nil
}

// kindName returns the kind of a symbol or macro as it is printed.
func kindName(kind symbols.Kind, flags symbols.Flags) string {
	if flags&symbols.Macro != 0 {
		return "macro"
	}
	return kind.String()
}

// qualifiedName returns the name of a symbol behind that of its container.
func qualifiedName(m *index.Match) string {
	if m.Container == "" {
		return m.Name
	}
	return m.Container + "." + m.Name
}
