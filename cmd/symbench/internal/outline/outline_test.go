package outline

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// symbol makes a symbol of some lines, whose name stands at the start of the first.
func symbol(name string, kind, from, to int, children ...Symbol) Symbol {
	lines := Range{Position{Line: from}, Position{Line: to}}
	return Symbol{Name: name, Kind: kind, Range: &lines, Selection: &Range{lines.Start, lines.Start}, Children: children}
}

const (
	class    = 5
	field    = 8
	function = 12
	variable = 13
)

// Symbols agree by name, kind and container. What stands in functions is not compared. Differences that were decided
// are counted apart, and explain 2 % of the symbols at most.
func TestFidelity(t *testing.T) {
	t.Parallel()
	theirs := []Symbol{
		symbol("T", class, 0, 9, symbol("a", field, 1, 1), symbol("b", field, 2, 2)),
		symbol("f", function, 10, 19, symbol("local", variable, 11, 11)),
		symbol("gone", variable, 20, 20),
	}
	ours := []Symbol{
		symbol("T", class, 0, 9, symbol("a", field, 3, 3), symbol("b", variable, 2, 2)),
		symbol("f", function, 10, 19, symbol("another", variable, 11, 11)),
		symbol("MORE", variable, 30, 30),
	}
	f := NewFidelity([]Class{{Extra: true, Name: regexp.MustCompile(`^[A-Z]+$`), Kinds: []int{variable}}})
	f.Add("x.go", theirs, ours, false)
	for range 100 {
		f.Add("y.go", theirs[1:2], ours[1:2], false)
	}
	if f.Symbols() != 105 || f.Files != 101 {
		t.Errorf("%d symbols of %d files", f.Symbols(), f.Files)
	}
	got := []float64{f.Precision(), f.Recall(), f.Selection(), f.Decided(), f.Agreement()}
	want := []float64{103. / 105, 103. / 105, 102. / 103, 1. / 105, 104. / 107}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("shares (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{
		"missing of kind 8, nested: 1, as x.go: T.b", "extra of kind 13, nested: 1, as x.go: T.b", "missing of kind 13, at the top: 1, as x.go: gone",
	}, f.Differences(5)); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
	for range 10 { // as many as would be 11 of 105
		f.Add("z.go", nil, ours[2:], false)
	}
	if got, want := f.Agreement(), (103.+2)/117; got != want {
		t.Errorf("agreement %v, want %v: only 2 %% of differences count as decided", got, want)
	}
	flat := NewFidelity(nil)
	flat.Add("x.go", []Symbol{symbol("a", field, 1, 1), symbol("T", class, 0, 9)}, []Symbol{symbol("T", class, 0, 9, symbol("a", field, 1, 1))}, true)
	if flat.Agreement() != 1 {
		t.Errorf("without nesting: %v", flat.Differences(5))
	}
}

// What stands in the edited declaration may go and come; elsewhere nothing may.
func TestHalfTyped(t *testing.T) {
	t.Parallel()
	before := []Symbol{symbol("a", function, 0, 4), symbol("b", class, 5, 9, symbol("x", field, 6, 6)), symbol("c", function, 10, 14), symbol("d", variable, 20, 20)}
	h := NewHalfTyped()
	h.Add("f.go", Edit{Kind: "word", Line: 7, grow: 1}, before,
		[]Symbol{symbol("a", function, 0, 4), symbol("near", variable, 8, 8), symbol("c", function, 11, 15), symbol("d", variable, 21, 21)})
	h.Add("f.go", Edit{Kind: "cut", Line: 7}, before, []Symbol{symbol("a", function, 0, 4), symbol("far", variable, 18, 18)})
	h.Add("f.go", Edit{Kind: "cut", Line: 7}, before[:1], nil) // too few to say something
	h.Add("f.go", Edit{Kind: "cut", Line: 30}, before, before)
	if h.Edits != 3 {
		t.Errorf("%d edits count", h.Edits)
	}
	if diff := cmp.Diff([]float64{9. / 11, 1. / 3, 1. / 11}, []float64{h.Kept(), h.Losing(), h.Invented()}); diff != "" {
		t.Errorf("shares (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"lost 2 of 3 after cut at f.go:8"}, h.Worst(5)); diff != "" {
		t.Errorf("worst (-want +got):\n%s", diff)
	}
	if got := h.ByKind(); got != "cut 1 of 2, word 0 of 1" {
		t.Errorf("by kind: %s", got)
	}
}

// Edits are the same each time, change one line or add one behind it, and leave comments and empty lines alone.
func TestEdits(t *testing.T) {
	t.Parallel()
	lines := []string{"// comment", "", "func ünï() {", "\treturn", "}", "# comment", "var x = 1"}
	text := strings.Join(lines, "\n")
	edits := Edits("/a.go", text, 200)
	if diff := cmp.Diff(edits, Edits("/a.go", text, 200), cmp.AllowUnexported(Edit{})); diff != "" {
		t.Errorf("another time:\n%s", diff)
	}
	seen := make(map[string]bool)
	for _, e := range edits {
		old, after := lines[e.Line], strings.Split(e.Text, "\n")
		if len(after) != len(lines)+e.grow {
			t.Fatalf("%+v has %d lines", e, len(after))
		}
		var ok bool
		switch line := after[min(e.Line, len(after)-1)]; e.Kind {
		case "delete":
			ok = e.grow == -1
		case "cut":
			ok = strings.HasPrefix(old, line) && len(line) <= len(old)/2+1
		case "bracket":
			ok = len(line) == len(old)+2 && strings.ContainsAny(line[len(old):], "({[")
		case "quote":
			ok = line == old+` "`
		case "word":
			ok = line == old && after[e.Line+1] == "foo."
		}
		if !ok || isComment(old) || old == "" {
			t.Errorf("%s of line %d makes %q", e.Kind, e.Line, after)
		}
		seen[e.Kind] = true
	}
	if len(seen) != 5 {
		t.Errorf("kinds of edits: %v", seen)
	}
	if got := Edits("/b.go", "// nothing\n", 3); got != nil {
		t.Errorf("edits of a comment: %+v", got)
	}
}
