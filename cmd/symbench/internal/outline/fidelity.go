package outline

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
)

// maxDecided bounds the share of symbols that decided differences may explain. A language has at most maxClasses.
const (
	maxDecided = 0.02
	maxClasses = 8
)

// Class is a difference that was decided: why one side has a symbol that the other one has not.
type Class struct {
	Extra bool           // it is the server that lacks it
	Kinds []int          // nil: of any kind
	Name  *regexp.Regexp // of its containers and itself, joined by dots; nil: any
	Why   string
}

func (c *Class) has(extra bool, k key) bool {
	return c.Extra == extra && (c.Kinds == nil || slices.Contains(c.Kinds, k.kind)) && (c.Name == nil || c.Name.MatchString(k.qualified()))
}

// Fidelity sums up how outlines agree with those of a server.
type Fidelity struct {
	Files int

	decided               []Class
	equal, missing, extra int // symbols: in both, only the server's, only ours
	selected              int // of equal: at the same place, too
	explained             int // of missing and extra: decided differences
	examples              map[difference]*example
}

// difference is a kind of symbols that only one side has.
type difference struct {
	extra, nested bool
	kind          int
}

type example struct {
	n     int
	first string
}

// NewFidelity returns a sum of nothing.
func NewFidelity(decided []Class) *Fidelity {
	return &Fidelity{decided: decided[:min(len(decided), maxClasses)], examples: make(map[difference]*example)}
}

// Add compares an outline with the one of the server. Flat: containers do not count, as a server without nesting
// answers. The path is for examples.
func (f *Fidelity) Add(path string, theirs, ours []Symbol, flat bool) {
	f.Files++
	a, b := flatten(theirs, flat), flatten(ours, flat)
	keyOf := func(p placed) key { return p.key }
	inTheirs, inOurs := counts(a, keyOf), counts(b, keyOf)
	type where struct {
		key
		Position
	}
	placeOf := func(p placed) where { return where{p.key, p.at} }
	thereTheirs, thereOurs := counts(a, placeOf), counts(b, placeOf)
	for _, k := range sorted(inTheirs) {
		n := inTheirs[k]
		f.equal += min(n, inOurs[k])
		f.differ(path, false, k, n-inOurs[k])
	}
	for _, k := range sorted(inOurs) {
		f.differ(path, true, k, inOurs[k]-inTheirs[k])
	}
	for w, n := range thereTheirs {
		f.selected += min(n, thereOurs[w])
	}
}

// sorted returns symbols in an order that is always the same, so that examples are.
func sorted(n map[key]int) []key {
	return slices.SortedFunc(maps.Keys(n), func(a, b key) int { return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.kind, b.kind)) })
}

// differ notes n symbols that only one side has.
func (f *Fidelity) differ(path string, extra bool, k key, n int) {
	if n <= 0 {
		return
	}
	decided := slices.ContainsFunc(f.decided, func(c Class) bool { return c.has(extra, k) })
	if extra {
		f.extra += n
	} else {
		f.missing += n
	}
	if decided {
		f.explained += n
		return
	}
	d := difference{extra, k.nested(), k.kind}
	if f.examples[d] == nil {
		f.examples[d] = &example{first: path + ": " + k.qualified()}
	}
	f.examples[d].n += n
}

// Symbols is how many the server has.
func (f *Fidelity) Symbols() int { return f.equal + f.missing }

// Precision is the share of our symbols that the server has.
func (f *Fidelity) Precision() float64 { return share(f.equal, f.equal+f.extra) }

// Recall is the share of the server's symbols that we have.
func (f *Fidelity) Recall() float64 { return share(f.equal, f.equal+f.missing) }

// Selection is the share of equal symbols that stand at the same place.
func (f *Fidelity) Selection() float64 { return share(f.selected, f.equal) }

// Decided is the share of the server's symbols that decided differences touch.
func (f *Fidelity) Decided() float64 {
	return float64(f.explained) / float64(max(1, f.Symbols()))
}

// Agreement is the share of all symbols of either side that both have, or on which the difference was decided. What is
// decided beyond 2 % of the server's symbols does not count.
func (f *Fidelity) Agreement() float64 {
	all := f.equal + f.missing + f.extra
	decided := min(f.explained, int(maxDecided*float64(f.Symbols())))
	return share(f.equal+decided, all)
}

// Differences describes the n most frequent ones that were not decided.
func (f *Fidelity) Differences(n int) []string {
	found := slices.SortedFunc(maps.Keys(f.examples), func(a, b difference) int {
		return cmp.Or(-cmp.Compare(f.examples[a].n, f.examples[b].n), cmp.Compare(a.kind, b.kind), cmp.Compare(f.examples[a].first, f.examples[b].first))
	})
	var lines []string
	for _, d := range found[:min(n, len(found))] {
		side, place := "missing", "at the top"
		if d.extra {
			side = "extra"
		}
		if d.nested {
			place = "nested"
		}
		lines = append(lines, fmt.Sprintf("%s of kind %d, %s: %d, as %s", side, d.kind, place, f.examples[d].n, f.examples[d].first))
	}
	return lines
}

// share is a part of a whole, 1 of nothing.
func share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}
