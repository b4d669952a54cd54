package symbols

import (
	"fmt"

	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/symbols/syntax"
)

// Nested returns what is declared inside of functions, as the language's nested.scm finds it
// in the tree of a text (Tree): functions within functions and what they hold. It has no
// symbols where the language has no such query.
func (e *Extractor) Nested(lang *language.Language, text []byte, tree *syntax.Tree) (summary *Summary, err error) {
	defer func() {
		// One odd file must not end a server that holds unsaved work of others.
		if p := recover(); p != nil {
			summary, err = nil, fmt.Errorf("panic: %v", p)
		}
	}()
	o, err := e.prepare(lang).nested()
	if err != nil {
		return nil, fmt.Errorf("nested symbols of %s: %w", lang.ID, err)
	}
	if o == nil {
		return new(Summary), nil
	}
	if o.dialect != nil && o.dialect.grammar.Names() == tree.Grammar {
		o = o.dialect
	}
	var r runner
	work := r.match(o, tree, runLimits.Match)
	summary = o.outline(text, r.captures, new(blanked), nil)
	if work.Truncated {
		summary.Truncated |= TruncatedWork
	}
	return summary, nil
}

// newNestedOutliner returns nil for a language that has no query for nested declarations. of
// is the outliner of the language, whose trees it takes.
func newNestedOutliner(lang *language.Language, of *outliner) (*outliner, error) {
	if lang.Nested == "" {
		return nil, nil
	}
	nested := *lang
	nested.Query = lang.Nested
	if lang.Dialect != nil {
		dialect := *lang.Dialect
		dialect.Query = dialect.Nested
		nested.Dialect = &dialect
	}
	o, err := newOutliner(&nested)
	if err != nil {
		return nil, err
	}
	o.nested, o.grammar = true, of.grammar
	if o.dialect != nil {
		o.dialect.nested, o.dialect.grammar = true, of.dialect.grammar
	}
	return o, nil
}

// With returns a summary that has the symbols of a nested one, too, each below the innermost
// symbol around it. Those of s keep their order and their parents.
func (s *Summary) With(nested *Summary) *Summary {
	out := &Summary{
		Symbols:   make([]Symbol, 0, len(s.Symbols)+len(nested.Symbols)),
		Defines:   s.Defines,
		Truncated: s.Truncated | nested.Truncated, SyntaxErrors: s.SyntaxErrors,
	}
	known := make(map[Range]bool, len(s.Symbols))
	for i := range s.Symbols {
		known[s.Symbols[i].Selection] = true
	}
	moved := make([]int, len(s.Symbols)) // where those of s are in out
	var open []int                       // in out: the symbols around the place, outermost first
	add := func(sym Symbol, parent func() int) {
		for len(open) > 0 && !out.Symbols[open[len(open)-1]].Range.holds(sym.Range) {
			open = open[:len(open)-1]
		}
		sym.Parent = parent()
		open = append(open, len(out.Symbols))
		out.Symbols = append(out.Symbols, sym)
	}
	inner := nested.Symbols
	addInner := func() {
		if sym := inner[0]; len(open) == MaxNesting {
			out.Truncated |= TruncatedNesting
		} else if !known[sym.Selection] {
			add(sym, func() int {
				if len(open) == 0 {
					return -1
				}
				return open[len(open)-1]
			})
		}
		inner = inner[1:]
	}
	for i := range s.Symbols {
		sym := &s.Symbols[i]
		for len(inner) > 0 && inner[0].Range.Start.before(sym.Range.Start) {
			addInner()
		}
		moved[i] = len(out.Symbols)
		add(*sym, func() int {
			if sym.Parent < 0 {
				return -1
			}
			return moved[sym.Parent]
		})
	}
	for len(inner) > 0 {
		addInner()
	}
	if len(out.Symbols) > MaxSymbols {
		out.Symbols = out.Symbols[:MaxSymbols]
		out.Truncated |= TruncatedSymbols
	}
	return out
}

// holds reports whether a range is inside of another one, or the same.
func (r Range) holds(inner Range) bool {
	return !inner.Start.before(r.Start) && !r.End.before(inner.End)
}
