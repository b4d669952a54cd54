// Package outline compares the outlines that language servers give: of the same text, and of a text before and after
// an edit that leaves it half-typed. It knows no server.
package outline

import (
	"strings"
)

// Symbol is a DocumentSymbol of LSP or, without nesting, a SymbolInformation.
type Symbol struct {
	Name      string   `json:"name"`
	Kind      int      `json:"kind"`
	Range     *Range   `json:"range"`
	Selection *Range   `json:"selectionRange"`
	Children  []Symbol `json:"children"`
	Location  *struct {
		Range Range `json:"range"`
	} `json:"location"`
}

// Range is one of LSP.
type Range struct {
	Start, End Position
}

// Position is one of LSP.
type Position struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

// holds tells whether a line lies in a range.
func (r Range) holds(line int) bool { return r.Start.Line <= line && line <= r.End.Line }

// Kinds of LSP.
const (
	kindMethod      = 6
	kindConstructor = 9
	kindFunction    = 12
)

// key is what a symbol is, wherever it stands.
type key struct {
	path string // names of what it stands in, and its own, each behind a NUL
	kind int
}

// nested tells whether it stands in another symbol.
func (k key) nested() bool { return strings.Count(k.path, "\x00") > 1 }

// qualified is its path as people write it.
func (k key) qualified() string { return strings.ReplaceAll(k.path[1:], "\x00", ".") }

// placed is a symbol of an outline.
type placed struct {
	key
	at  Position // of its name
	top Range    // of the symbol at the top that it stands in
}

// flatten lists an outline from its top down, without what stands in functions. Flat: containers do not count.
func flatten(symbols []Symbol, flat bool) []placed {
	var all []placed
	var add func(list []Symbol, path string, top *Range)
	add = func(list []Symbol, path string, top *Range) {
		for _, s := range list {
			own := Range{}
			switch {
			case s.Range != nil:
				own = *s.Range
			case s.Location != nil:
				own = s.Location.Range
			}
			at, above := own.Start, &own
			if s.Selection != nil {
				at = s.Selection.Start
			}
			if top != nil {
				above = top
			}
			all = append(all, placed{key{path + "\x00" + s.Name, s.Kind}, at, *above})
			below := path
			if !flat {
				below += "\x00" + s.Name
			}
			if s.Kind != kindMethod && s.Kind != kindConstructor && s.Kind != kindFunction {
				add(s.Children, below, above)
			}
		}
	}
	add(symbols, "", nil)
	return all
}

// counts counts equal elements.
func counts[T any, K comparable](list []T, of func(T) K) map[K]int {
	n := make(map[K]int)
	for _, each := range list {
		n[of(each)]++
	}
	return n
}

// Place is where a name is declared, without more.
type Place struct {
	Name string
	Line int // from 0
}

// Places returns the places of all symbols of an outline, also in functions. The receiver before the name of a method,
// and quotes around one, do not count.
func Places(symbols []Symbol) map[Place]bool {
	places := make(map[Place]bool)
	var add func(list []Symbol)
	add = func(list []Symbol) {
		for _, s := range list {
			name := s.Name
			if _, method, ok := strings.Cut(name, ")."); ok {
				name = method
			}
			if s.Selection != nil {
				places[Place{strings.Trim(name, `"'`), s.Selection.Start.Line}] = true
			}
			add(s.Children)
		}
	}
	add(symbols)
	return places
}
