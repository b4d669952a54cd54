package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// standardInput is the name of standard input as an argument.
const standardInput = "-"

// symbolsOptions are the flags of symbols alone.
type symbolsOptions struct {
	explain bool
	defines bool
	name    string // that standard input has
}

func (a *app) symbols() *cobra.Command {
	var flags walkFlags
	var options symbolsOptions
	cmd := &cobra.Command{
		Use:   "symbols FILE...",
		Short: "Print the outlines of files",
		Long: `Symbols prints what is declared in a file, nested as an editor's outline shows it, with
the line of each name. If a bound has cut the outline, or places of the text were not
understood, standard error says so. In some languages the insides of function bodies are not
parsed, and not counted. Macros of C are printed with --defines. The file - is standard input;
--stdin-name gives it a name, and so a language.

With --json it prints the outline as editors get it, and of several files an array of objects with the
members file and symbols.

With --explain it prints for each match of the language's query (symbols.scm) what became of it: the
symbol that it made, or why it made none, with the pattern's line in the query and what it captured.
Lines with a syntax error are named: what they declare may be missing.
Use it when a symbol is missing, or is there and should not be. It parses the file anew.`,
		Example: `  symcache symbols main.go
  git show HEAD~1:main.go | symcache symbols --stdin-name main.go -
  symcache symbols --explain main.go | grep -A 3 Handler
  symcache symbols --json main.go | jq '.[].name'`,
		Args: atLeast("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case options.explain && a.json:
				return usage(errors.New("--explain prints no JSON"))
			case options.explain && options.defines:
				return usage(errors.New("--explain prints no macros"))
			case options.explain && (len(args) > 1 || args[0] == standardInput):
				return usage(errors.New("--explain is about one file"))
			case options.explain:
				path, err := canonicalFile(args[0])
				if err != nil {
					return fileError(args[0], 0, err)
				}
				return a.runExplain(cmd.Context(), args[0], path, &flags)
			}
			return a.runSymbols(cmd.Context(), args, &options, &flags)
		},
	}
	flags.maxFileSize = contents.DefaultMaxFileSize
	cmd.Flags().Var(&flags.maxFileSize, "max-file-size", "do not parse files above this `SIZE` [$SYMCACHE_MAX_FILE_SIZE]")
	flags.macros.add(cmd.Flags())
	cmd.Flags().BoolVar(&options.explain, "explain", false, "print which pattern of the language's query made which symbol")
	cmd.Flags().BoolVar(&options.defines, "defines", false, "print the macros that the files define, too")
	cmd.Flags().StringVar(&options.name, "stdin-name", "", "`NAME` of the file that standard input stands for")
	a.addJSON(cmd)
	return cmd
}

func (a *app) runSymbols(ctx context.Context, names []string, options *symbolsOptions, flags *walkFlags) error {
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
	var failed []error
	var printed []fileSymbols
	for _, name := range names {
		kept, err := a.keepNamed(ctx, engine, name, options)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if reasons := kept.Truncated.Reasons(); len(reasons) > 0 {
			log.Warn("the outline is cut", "file", name, "because", strings.Join(reasons, "; "))
		}
		if n := kept.SyntaxErrors; n > 0 {
			log.Warn("symbols may be missing near what was not understood", "file", name, "syntax_errors", n)
		}
		if options.defines {
			kept.Summary = kept.Summary.WithDefines()
		}
		if a.json {
			tree := lsp.DocumentSymbols(kept.Summary, kept.Language, protocol.PositionEncodingKindUTF16, lsp.AllSymbolCapabilities())
			if len(names) == 1 {
				return a.printLSP(tree)
			}
			text, err := protocol.Marshal(tree)
			if err != nil {
				return fmt.Errorf("encode: %w", err)
			}
			printed = append(printed, fileSymbols{File: name, Symbols: text})
			continue
		}
		if len(names) > 1 {
			if err := a.printHeading(name); err != nil {
				return err
			}
		}
		if err := a.printOutline(kept.Summary); err != nil {
			return err
		}
	}
	if a.json && len(names) > 1 {
		if err := a.printJSON(append([]fileSymbols{}, printed...)); err != nil {
			return err
		}
	}
	switch {
	case len(failed) == 0:
		return nil
	case len(failed) == len(names):
		return errors.Join(failed...)
	}
	return &exitError{code: exitSomeFailed, cause: errors.Join(failed...)}
}

// fileSymbols is an element of what symbols --json prints of several files.
type fileSymbols struct {
	File    string          `json:"file"`
	Symbols json.RawMessage `json:"symbols"` // as of one file
}

// keepNamed returns the symbols of a file, or of standard input, which is not stored.
func (a *app) keepNamed(ctx context.Context, engine *contents.Engine, name string, options *symbolsOptions) (contents.Kept, error) {
	if name == standardInput {
		text, err := io.ReadAll(io.LimitReader(a.in, engine.MaxFileSize()+1))
		if err != nil {
			return contents.Kept{}, fmt.Errorf("read standard input: %w", err)
		}
		kept, err := engine.Unnamed(ctx, filepath.Base(options.name), text)
		var skip *contents.SkipError
		switch {
		case err == nil:
			return kept, nil
		case !errors.As(err, &skip):
			return kept, fmt.Errorf("standard input: %w", err)
		case skip.Reason == contents.SkipNoLanguage && options.name == "":
			return kept, errors.New("standard input: no known language; name a file of it with --stdin-name")
		}
		return kept, fmt.Errorf("standard input: %s", skip.Reason)
	}
	path, err := canonicalFile(name)
	if err == nil {
		var kept contents.Kept
		if kept, err = engine.Keep(ctx, path); err == nil {
			return kept, nil
		}
	}
	if info, statErr := os.Stat(name); statErr == nil && info.IsDir() {
		return contents.Kept{}, fmt.Errorf("%s: not a regular file: 'symcache query' looks into directories", name)
	}
	return contents.Kept{}, fileError(name, engine.MaxFileSize(), err)
}

func (a *app) printHeading(name string) error {
	style, err := a.style()
	if err == nil {
		_, err = fmt.Fprintln(a.out, style.text(name))
	}
	return err
}

func (a *app) printOutline(summary *symbols.Summary) error {
	style, err := a.style()
	if err != nil {
		return err
	}
	depths := make([]int, len(summary.Symbols))
	for i := range summary.Symbols {
		sym := &summary.Symbols[i]
		if sym.Parent >= 0 {
			depths[i] = depths[sym.Parent] + 1
		}
		_, err := fmt.Fprintf(a.out, "%6d  %s%s %s\n", sym.Selection.Start.Line+1, strings.Repeat("  ", depths[i]),
			kindName(sym.Kind, sym.Flags), style.text(sym.DisplayName()))
		if err != nil {
			return err
		}
	}
	return nil
}
