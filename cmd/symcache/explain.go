package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// runExplain prints which pattern of a language's query made which symbol of a file.
func (a *app) runExplain(ctx context.Context, file, path string, flags *walkFlags) error {
	engine, err := a.engine(flags, nil, a.logger()) // without a store: what it says holds for the program as it is now
	if err != nil {
		return err
	}
	source, err := engine.Source(ctx, path)
	if errors.Is(err, contents.ErrSkipped) {
		return fmt.Errorf("%s: %w", file, err)
	}
	if err != nil {
		return err
	}
	explanation, err := symbols.NewExtractor(1, flags.macros...).Explain(ctx, source.Language, source.Text)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(a.out, explained(source.Language.ID, explanation))
	return err
}

// explained is an explanation for people: a paragraph for each match, in the order of the text.
func explained(languageID string, e *symbols.Explanation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s matches that name something, %s symbols, %s syntax errors\n", languageID,
		formatCount(len(e.Matches)), formatCount(len(e.Summary.Symbols)), formatCount(int(e.Summary.SyntaxErrors)))
	for _, reason := range e.Summary.Truncated.Reasons() {
		fmt.Fprintf(&b, "the outline is cut: %s\n", reason)
	}
	for _, lines := range e.Skipped {
		fmt.Fprintf(&b, "not parsed: a function body in lines %d to %d\n", lines.First+1, lines.Last+1)
	}
	for _, lines := range e.Damaged {
		fmt.Fprintf(&b, "a syntax error, so that symbols may be missing, in lines %d to %d\n", lines.First+1, lines.Last+1)
	}
	for _, m := range e.Matches {
		at, name := m.Captures[0].Range.Start, m.Captures[0].Text
		for _, c := range m.Captures {
			if c.Name == "name" || c.Name == "declarator" {
				at, name = c.Range.Start, c.Text
			}
		}
		became := "no symbol"
		if m.Symbol >= 0 {
			s := &e.Summary.Symbols[m.Symbol]
			became = s.Kind.String() + " " + s.DisplayName()
		}
		fmt.Fprintf(&b, "\n%d:%d %s -> %s\n    symbols.scm:%d, pattern %d\n", at.Line+1, at.Byte+1, printable(name), printable(became), m.Line, m.Pattern)
		if m.Reason != "" {
			fmt.Fprintf(&b, "    %s\n", m.Reason)
		}
		for _, c := range m.Captures {
			from, to := c.Range.Start, c.Range.End
			fmt.Fprintf(&b, "    @%s %d:%d-%d:%d %s\n", c.Name, from.Line+1, from.Byte+1, to.Line+1, to.Byte+1, printable(c.Text))
		}
	}
	return b.String()
}
