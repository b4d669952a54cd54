package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp"
	"github.com/symcache/symcache/lsp/answers"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace"
)

func (a *app) query() *cobra.Command {
	var flags walkFlags
	var limit int
	var wanted []string
	cmd := &cobra.Command{
		Use:   "query QUERY [DIR]",
		Short: "Find symbols below a directory",
		Long: `Query looks for symbols whose names contain the letters of QUERY in order, best first,
below DIR (default: the working directory). It first parses and stores the files that have
changed. In a query with a dot, such as Kubelet.Run, the part before the dot is a container.`,
		Example: `  symcache query Kubelet ~/src/kubernetes
  symcache query --kind struct,interface --limit 5 pod
  symcache query Kubelet.syncPod
  symcache query --json '' | jq length`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			kinds, err := parseKinds(wanted)
			if err != nil {
				return usage(err)
			}
			if limit < 1 {
				return usage(errors.New("--limit must be at least 1"))
			}
			dir := "."
			if flags.home = len(args) == 2; flags.home {
				dir = args[1]
			}
			return a.runQuery(cmd.Context(), dir, index.Query{Text: args[0], Limit: limit, Kinds: kinds}, &flags)
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
	}
	flags.add(cmd.Flags())
	cmd.Flags().IntVar(&limit, "limit", index.DefaultLimit, "most symbols to print")
	cmd.Flags().StringSliceVar(&wanted, "kind", nil, "only symbols of this kind, such as function (may be repeated)")
	mustComplete(cmd.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(kindNames(), cobra.ShellCompDirectiveNoFileComp)))
	a.addJSON(cmd)
	return cmd
}

// queryBudget is how long query may take to read files again that changed since its scan, or
// whose times are too young to be trusted. Nobody types meanwhile, so a complete answer counts more.
const queryBudget = 10 * time.Second

func (a *app) runQuery(ctx context.Context, dir string, query index.Query, flags *walkFlags) error {
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
	ws, err := workspace.New(engine, flags.config(), []string{dir})
	if err != nil {
		return err
	}
	defer ws.Close()
	running, stop := context.WithCancel(ctx)
	var background sync.WaitGroup
	background.Go(func() { ws.Run(running) })
	defer background.Wait()
	defer stop()

	bar := a.progress("scan")
	report, err := ws.ScanTogether(ctx, bar.show)
	bar.finish()
	if err != nil {
		return err
	}
	matches, err := ws.Search(ctx, query)
	if err != nil {
		return err
	}
	if err := a.printMatches(matches, ws.Roots()[0]); err != nil {
		return err
	}
	if report.Failed > 0 {
		return &exitError{code: exitSomeFailed, cause: fmt.Errorf("%d files failed; 'symcache warm' names them", report.Failed)}
	}
	return nil
}

func (a *app) printMatches(matches []index.Match, root string) error {
	if a.json {
		return a.printLSP(lsp.WorkspaceSymbols(matches, protocol.PositionEncodingKindUTF16, lsp.AllSymbolCapabilities(), answers.FileURI))
	}
	for i := range matches {
		m := &matches[i]
		path, err := filepath.Rel(root, m.Path)
		if err != nil {
			path = m.Path
		}
		name := m.Name
		if m.Container != "" {
			name = m.Container + "." + m.Name
		}
		start := m.Selection.Start
		_, err = fmt.Fprintf(a.out, "%-14s %s  %s:%d:%d\n", m.Kind, printable(name), printable(path), start.Line+1, start.Byte+1)
		if err != nil {
			return err
		}
	}
	return nil
}

// printable keeps control characters of names off the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, s)
}

// parseKinds returns the set of the kinds of those names.
func parseKinds(names []string) (index.KindSet, error) {
	var set index.KindSet
	for _, name := range names {
		kind, ok := symbols.ParseKind(name)
		if !ok {
			return set, errors.New("no kind is called " + name + ": there are " + strings.Join(kindNames(), ", "))
		}
		set.Add(kind)
	}
	return set, nil
}

// kindNames are the names of all kinds, in LSP's order.
func kindNames() []string {
	var names []string
	for kind := symbols.File; kind <= symbols.TypeParameter; kind++ {
		names = append(names, kind.String())
	}
	return names
}
