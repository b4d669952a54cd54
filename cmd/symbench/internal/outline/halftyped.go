package outline

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/symcache/symcache/cmd/symbench/internal/pyrandom"
)

// minSymbols is how many symbols a file needs for an edit of it to say something.
const minSymbols = 3

// Edit is one that people leave behind while they type.
type Edit struct {
	Kind string // "delete", "cut", "bracket", "quote" or "word"
	Line int    // from 0
	Text string // of the file after it
	grow int    // lines that it adds
}

// Edits makes n edits of a text, always the same for the same seed.
func Edits(seed, text string, n int) []Edit {
	lines := strings.Split(text, "\n")
	var code []int
	for i, line := range lines {
		if line = strings.TrimSpace(line); line != "" && !isComment(line) {
			code = append(code, i)
		}
	}
	if len(code) == 0 {
		return nil
	}
	r := pyrandom.NewString(seed)
	var edits []Edit
	for range n {
		i := pyrandom.Choice(r, code)
		kind := pyrandom.Choice(r, []string{"delete", "cut", "bracket", "quote", "word"})
		bracket := pyrandom.Choice(r, []string{" (", " {", " ["}) // drawn for every edit
		var line []string
		switch kind {
		case "cut":
			runes := []rune(lines[i])
			line = []string{string(runes[:max(1, len(runes)/2)])}
		case "bracket":
			line = []string{lines[i] + bracket}
		case "quote":
			line = []string{lines[i] + ` "`}
		case "word":
			line = []string{lines[i], "foo."}
		}
		edited := slices.Concat(lines[:i], line, lines[i+1:])
		edits = append(edits, Edit{Kind: kind, Line: i, Text: strings.Join(edited, "\n"), grow: len(line) - 1})
	}
	return edits
}

// isComment tells lines that hardly matter, by how they begin in one of the languages.
func isComment(line string) bool {
	return slices.ContainsFunc([]string{"//", "#", "*", "/*", `"""`}, func(begin string) bool { return strings.HasPrefix(line, begin) })
}

// HalfTyped sums up what is left of outlines after edits. Only symbols whose top-level declaration does not contain the
// edited line count.
type HalfTyped struct {
	Edits    int
	kept     int
	lost     int
	invented int            // symbols elsewhere that nobody wrote
	losing   map[string]int // edits that lose any, by kind
	of       map[string]int // edits, by kind
	worst    []loss
}

type loss struct {
	lost, of int
	where    string
}

// NewHalfTyped returns a sum of nothing.
func NewHalfTyped() *HalfTyped {
	return &HalfTyped{losing: make(map[string]int), of: make(map[string]int)}
}

// Add compares the outlines of a file before and after an edit. The path is for examples.
func (h *HalfTyped) Add(path string, e Edit, before, after []Symbol) {
	base, shown := flatten(before, false), flatten(after, false)
	if len(base) < minSymbols {
		return
	}
	keyOf := func(p placed) key { return p.key }
	// What is invented near the edit was perhaps written by it.
	first, last := e.Line-1, e.Line+2
	outside := make(map[key]int)
	want := 0
	for _, p := range base {
		if p.top.holds(e.Line) {
			first, last = min(first, p.top.Start.Line), max(last, p.top.End.Line+1)
			continue
		}
		outside[p.key]++
		want++
	}
	last += max(e.grow, 0)
	have := counts(base, keyOf)
	for _, p := range shown {
		switch {
		case have[p.key] > 0:
			have[p.key]--
		case p.at.Line < first || p.at.Line > last:
			h.invented++
		}
	}
	lost := 0
	now := counts(shown, keyOf)
	for k, n := range outside {
		lost += max(0, n-now[k])
	}
	h.Edits++
	h.of[e.Kind]++
	h.kept += want - lost
	h.lost += lost
	if lost > 0 {
		h.losing[e.Kind]++
		h.worst = append(h.worst, loss{lost, want, fmt.Sprintf("%s at %s:%d", e.Kind, path, e.Line+1)})
	}
}

// Kept is the share of symbols that survive.
func (h *HalfTyped) Kept() float64 { return float64(h.kept) / float64(max(1, h.kept+h.lost)) }

// Losing is the share of edits that lose any.
func (h *HalfTyped) Losing() float64 { return float64(len(h.worst)) / float64(max(1, h.Edits)) }

// Invented is the share of symbols that nobody wrote, of those that were to survive.
func (h *HalfTyped) Invented() float64 { return float64(h.invented) / float64(max(1, h.kept+h.lost)) }

// Worst describes the n edits that lose most.
func (h *HalfTyped) Worst(n int) []string {
	worst := slices.SortedFunc(slices.Values(h.worst), func(a, b loss) int {
		return cmp.Or(cmp.Compare(b.lost, a.lost), cmp.Compare(b.of, a.of), cmp.Compare(a.where, b.where))
	})
	var lines []string
	for _, w := range worst[:min(n, len(worst))] {
		lines = append(lines, fmt.Sprintf("lost %d of %d after %s", w.lost, w.of, w.where))
	}
	return lines
}

// ByKind says of each kind of edit how many lose something.
func (h *HalfTyped) ByKind() string {
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(h.of)) {
		parts = append(parts, fmt.Sprintf("%s %d of %d", kind, h.losing[kind], h.of[kind]))
	}
	return strings.Join(parts, ", ")
}
