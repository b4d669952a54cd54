package symbols

import (
	"cmp"
	"slices"
)

// Define is a macro that a content defines, as "#define" does in C. Each directive is one,
// whichever conditional it stands in.
type Define struct {
	Name string
	// Range is the directive with the lines that continue it, Selection the name in it.
	Range, Selection Range
}

// Symbol returns what an outline shows of the macro. A macro has no type, so it is a
// Constant, also with parameters. There is no signature: what it stands for is in the text.
func (d *Define) Symbol() Symbol {
	return Symbol{Name: d.Name, Kind: Constant, Flags: Macro, Parent: -1, Range: d.Range, Selection: d.Selection}
}

// addDefines takes over the defines of a text.
func (s *Summary) addDefines(lines *lineTable, text *blanked) {
	if len(text.defines) == 0 {
		return
	}
	if text.more {
		s.Truncated |= TruncatedDefines
	}
	s.Defines = make([]Define, len(text.defines))
	at := lineCursor{lineTable: lines}
	for i, f := range text.defines {
		name := cut(string(lines.text[f.name.start:f.name.end]), MaxName)
		d := &s.Defines[i]
		d.Name = name
		d.Range.Start = at.next(f.directive.start)
		d.Selection.Start = at.next(f.name.start)
		d.Selection.End = at.next(f.name.start + uint32(len(name)))
		d.Range.End = at.next(f.directive.end)
	}
}

// WithDefines returns a summary whose symbols are those of s and, in the order of the text,
// its defines. Each is in the innermost symbol whose range it is in.
func (s *Summary) WithDefines() *Summary {
	if len(s.Defines) == 0 {
		return s
	}
	out := *s
	out.Symbols = make([]Symbol, 0, len(s.Symbols)+len(s.Defines))
	around := s.aroundDefines()
	moved := make([]int, len(s.Symbols)) // where symbols are in out
	next := 0
	for i := range s.Defines {
		d := s.Defines[i].Symbol()
		// It stands behind the symbol around it, and behind what begins before it in there.
		for next < len(s.Symbols) &&
			(next <= around[i] || !d.Range.Start.before(s.Symbols[next].Range.Start) && s.isInside(next, around[i])) {
			out.Symbols, moved[next] = append(out.Symbols, s.Symbols[next]), len(out.Symbols)
			next++
		}
		if around[i] >= 0 {
			d.Parent = around[i]
		}
		out.Symbols = append(out.Symbols, d)
	}
	for ; next < len(s.Symbols); next++ {
		out.Symbols, moved[next] = append(out.Symbols, s.Symbols[next]), len(out.Symbols)
	}
	for i := range out.Symbols {
		if p := &out.Symbols[i].Parent; *p >= 0 {
			*p = moved[*p]
		}
	}
	return &out
}

// isInside reports whether a symbol is nested in another; all are in -1.
func (s *Summary) isInside(i, around int) bool {
	for i > around && i >= 0 {
		i = s.Symbols[i].Parent
	}
	return i == around
}

// aroundDefines returns, by define, the innermost symbol around it or -1. Of several with
// one range it is the first: the others do not enclose what the range does.
func (s *Summary) aroundDefines() []int {
	order := make([]int, len(s.Symbols))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := &s.Symbols[a].Range, &s.Symbols[b].Range
		return cmp.Or(x.Start.compare(y.Start), y.End.compare(x.End))
	})
	around := make([]int, len(s.Defines))
	var open []int // symbols that begin before, outermost first
	for i := range s.Defines {
		at := s.Defines[i].Range
		leave := func(start Position) {
			for len(open) > 0 && !start.before(s.Symbols[open[len(open)-1]].Range.End) {
				open = open[:len(open)-1]
			}
		}
		for len(order) > 0 && !at.Start.before(s.Symbols[order[0]].Range.Start) {
			sym := &s.Symbols[order[0]]
			leave(sym.Range.Start)
			if len(open) == 0 || s.Symbols[open[len(open)-1]].Range != sym.Range {
				open = append(open, order[0])
			}
			order = order[1:]
		}
		leave(at.Start)
		around[i] = -1
		for j := len(open) - 1; j >= 0 && around[i] < 0; j-- {
			if !s.Symbols[open[j]].Range.End.before(at.End) {
				around[i] = open[j]
			}
		}
	}
	return around
}

func (p Position) compare(q Position) int {
	return cmp.Or(cmp.Compare(p.Line, q.Line), cmp.Compare(p.Byte, q.Byte))
}
