package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

func (a *app) symbols() *cobra.Command {
	var flags walkFlags
	var explain bool
	cmd := &cobra.Command{
		Use:   "symbols FILE",
		Short: "Print the outline of a file",
		Long: `Symbols prints what is declared in a file, nested as an editor's outline shows it, with
the line of each name. If a bound has cut the outline, or places of the text were not
understood, standard error says so. In some languages the insides of function bodies are not
parsed, and not counted. With --json it prints the outline as editors get it.

With --explain it prints for each match of the language's query (symbols.scm) what became of it: the
symbol that it made, or why it made none, with the pattern's line in the query and what it captured.
Use it when a symbol is missing, or is there and should not be. It parses the file anew.`,
		Example: `  symcache symbols main.go
  symcache symbols --explain main.go | grep -A 3 Handler
  symcache symbols --json main.go | jq '.[].name'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if explain && a.json {
				return usage(errors.New("symbols: --explain prints no JSON"))
			}
			return a.runSymbols(cmd.Context(), args[0], explain, &flags)
		},
	}
	cmd.Flags().Var(&flags.maxFileSize, "max-file-size", "a file above this size is not parsed [$SYMCACHE_MAX_FILE_SIZE]")
	flags.maxFileSize = contents.DefaultMaxFileSize
	cmd.Flags().BoolVar(&explain, "explain", false, "print which pattern of the language's query made which symbol")
	a.addJSON(cmd)
	return cmd
}

func (a *app) runSymbols(ctx context.Context, file string, explain bool, flags *walkFlags) error {
	path, err := filepath.EvalSymlinks(file)
	if err != nil {
		return err
	}
	if path, err = filepath.Abs(path); err != nil {
		return fmt.Errorf("find the absolute path of %s: %w", path, err)
	}
	if explain {
		return a.runExplain(ctx, file, path, flags)
	}
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
	summary, err := engine.Keep(ctx, path)
	if errors.Is(err, contents.ErrSkipped) {
		return fmt.Errorf("%s: %w", file, err)
	}
	if err != nil {
		return err
	}
	if reasons := summary.Truncated.Reasons(); len(reasons) > 0 {
		log.Warn("the outline is cut", "file", file, "because", strings.Join(reasons, "; "))
	}
	if n := summary.SyntaxErrors; n > 0 {
		log.Warn("symbols may be missing near what was not understood", "file", file, "syntax_errors", n)
	}
	if a.json {
		return a.printLSP(lsp.DocumentSymbols(summary, protocol.PositionEncodingKindUTF16, lsp.AllSymbolCapabilities()))
	}
	return a.printOutline(summary)
}

func (a *app) printOutline(summary *symbols.Summary) error {
	depths := make([]int, len(summary.Symbols))
	for i := range summary.Symbols {
		sym := &summary.Symbols[i]
		if sym.Parent >= 0 {
			depths[i] = depths[sym.Parent] + 1
		}
		_, err := fmt.Fprintf(a.out, "%6d  %s%s %s\n", sym.Selection.Start.Line+1, strings.Repeat("  ", depths[i]),
			sym.Kind, printable(sym.DisplayName()))
		if err != nil {
			return err
		}
	}
	return nil
}
