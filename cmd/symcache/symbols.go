package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace"
)

func (a *app) symbols() *cobra.Command {
	var flags walkFlags
	cmd := &cobra.Command{
		Use:   "symbols FILE",
		Short: "Print the outline of a file",
		Long: `Symbols prints what is declared in a file, nested as an editor's outline shows it, with
the line of each name. Standard error says so if a bound has cut the outline.

With --json it is an object: "symbols" has the outline as editors get it, "truncated" the
reasons why symbols are missing, and "syntax_errors" how many places were not understood
(the insides of function bodies are not looked at in all languages).`,
		Example: `  symcache symbols main.go
  symcache symbols --json main.go | jq '.symbols[].name'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runSymbols(cmd.Context(), args[0], &flags)
		},
	}
	cmd.Flags().Var(&flags.maxFileSize, "max-file-size", "a file above this size is not parsed [$SYMCACHE_MAX_FILE_SIZE]")
	flags.maxFileSize = workspace.DefaultMaxFileSize
	a.addJSON(cmd)
	return cmd
}

func (a *app) runSymbols(ctx context.Context, file string, flags *walkFlags) error {
	path, err := filepath.EvalSymlinks(file)
	if err != nil {
		return err
	}
	log := a.logger()
	store := a.storeOrNone(log)
	if store != nil {
		defer store.Close()
	}
	engine, err := a.engine(flags, store, log)
	if err != nil {
		return err
	}
	summary, err := engine.Keep(ctx, path)
	if errors.Is(err, workspace.ErrSkipped) {
		return fmt.Errorf("%s: %w", file, err)
	}
	if err != nil {
		return err
	}
	if a.json {
		return a.printOutlineJSON(summary)
	}
	if err := a.printOutline(summary); err != nil {
		return err
	}
	if reasons := summary.Truncated.Reasons(); len(reasons) > 0 {
		log.Warn("the outline is cut", "file", file, "because", strings.Join(reasons, "; "))
	}
	return nil
}

// outlineJSON is what symbols --json prints.
type outlineJSON struct {
	Symbols      json.RawMessage `json:"symbols"`       // DocumentSymbol[]
	Truncated    []string        `json:"truncated"`     // why symbols are missing
	SyntaxErrors uint32          `json:"syntax_errors"` // places that were not understood
}

func (a *app) printOutlineJSON(summary *symbols.Summary) error {
	outline, err := protocol.Marshal(lsp.DocumentSymbols(summary, protocol.PositionEncodingKindUTF16, lsp.AllSymbolFeatures()))
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	return a.printJSON(outlineJSON{
		Symbols: outline, Truncated: append([]string{}, summary.Truncated.Reasons()...), SyntaxErrors: summary.SyntaxErrors,
	})
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
