package index

import (
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/symcache/symcache/lsp/symbols"
)

// Macros are the defines of summaries. There may be ten for each symbol, most of them
// numbers of registers, so they are kept apart, take less memory, and are found by the
// beginnings of their names alone, or by a whole name.
//
// They are matched as symbols of secondary files are: one class worse than a symbol. So
// one that has the name stands behind the symbols that begin with it, and one that begins
// with it before those that have its letters somewhere.
const (
	macro          = Secondary + 1 + iota // ranks after Secondary where the score is equal
	secondaryMacro                        // of a secondary file
)

// macroKind is the kind of all macros: what one stands for is not looked at.
const macroKind = symbols.Constant

func macroImportance(of Importance) Importance { return macro + of }

// registerMacros is how many macros make a file a table of registers, if there is no more
// than one symbol for nine of them. Headers with fewer are written by hand.
const registerMacros = 100

// hasRegisters reports whether a file is a table of registers. Such a file is secondary.
func hasRegisters(s *symbols.Summary) bool {
	return s != nil && len(s.Defines) >= registerMacros && len(s.Defines) >= 9*len(s.Symbols)
}

// macroPlace is where a macro is defined in a file.
type macroPlace struct{ line, byte, utf16 uint32 }

// selection returns where the name is.
func (p *macroPlace) selection(name []byte) symbols.Range {
	start := symbols.Position{Line: p.line, Byte: p.byte, UTF16: p.utf16}
	end := symbols.Position{Line: p.line, Byte: p.byte + uint32(len(name)), UTF16: p.utf16}
	for _, r := range string(name) {
		end.UTF16 += uint32(max(utf16.RuneLen(r), 1))
	}
	return symbols.Range{Start: start, End: end}
}

// wantsMacros reports whether a search looks at macros.
func (s *search) wantsMacros() bool {
	if !s.query.Kinds.wants(macroKind) {
		return false
	}
	return s.query.Exact || !s.needle.empty() && !s.needle.qualified
}

// bestMacro is an upper bound of the score of any macro.
func (s *search) bestMacro() int32 {
	if s.query.Exact {
		return importanceScore(macro)
	}
	return s.needle.whole.best + importanceScore(macro)
}

// macroPoints scores the name of a macro: it has to begin with the query.
func (w *worker) macroPoints(name []byte) (points int32, ok bool) {
	if w.query.Exact {
		return 0, string(name) == w.query.Text
	}
	p := &w.needle.whole
	if c := name[0]; c < utf8.RuneSelf && rune(lower[c]) != p.folded[0] { // as most in memory
		return 0, false
	}
	if !symbols.IsASCII(name[:min(len(name), len(p.codes))]) {
		if p.comparePrefix(name) != 0 {
			return 0, false
		}
		return w.scorer.score(p, name, false, w.top.floor())
	}
	if len(name) < len(p.codes) {
		return 0, false
	}
	if points, ok = scoreAsPrefix(p, name); ok && len(name) == len(p.codes) {
		points += scoreExact
	}
	return points, ok
}

// offerMacro adds a macro to the results if it is good enough and wanted. Path tells its
// file, and shown whether that is in the results.
func (w *worker) offerMacro(h *hit, at macroPlace, points int32, path func() string, shown func(path string) bool) {
	h.macro, h.kind, h.place, h.column, h.utf16 = true, macroKind, at.line, at.byte, at.utf16
	h.score = points + importanceScore(h.importance)
	if !w.top.admits(h) { // as it is without a path, which comes before all others
		return
	}
	h.path = path()
	switch {
	case !w.top.admits(h) || !w.query.includes(h.path) || !shown(h.path):
	case w.counting:
		w.counts.add(macroKind)
	default:
		h.name = slices.Clone(h.name)
		w.top.add(*h)
	}
}

// macroMatch makes a match of the hit of a macro.
func (h *hit) macroMatch(language string, hash [HashSize]byte) Match {
	at := macroPlace{h.place, h.column, h.utf16}
	selection := at.selection(h.name)
	return Match{
		Path: h.path, Name: string(h.name), Kind: macroKind, Flags: symbols.Macro, Language: language,
		Range: selection, Selection: selection, Hash: hash,
	}
}
