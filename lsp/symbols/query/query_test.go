package query

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/symbols/syntax"
)

// testGrammar has nodes a to e, and x, which is a supertype; tokens "(" and "+"; fields f and g.
func testGrammar(t testing.TB) *syntax.Grammar {
	symbols := []syntax.Symbol{{Name: "end"}}
	for i, name := range []string{"a", "b", "c", "d", "e", "x", "(", "+"} {
		symbols = append(symbols, syntax.Symbol{
			Name: name, Named: i < 6, Visible: name != "x", Supertype: name == "x", Type: syntax.Type(i + 1),
		})
	}
	g, err := syntax.NewGrammar(symbols, []string{"", "f", "g"})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// parseTree makes a tree of a text such as "a{f:b c ( + !d}": nodes with their children, "f:"
// for a field, "!" for a missing node, "ERROR". A node has one byte of the text, where its
// name stands.
func parseTree(t testing.TB, g *syntax.Grammar, text string) *syntax.Tree {
	tree := &syntax.Tree{Grammar: g}
	parent, last := syntax.NoNode, syntax.NoNode
	ends := func(node uint32) { tree.Nodes[node].Next = uint32(len(tree.Nodes)) }
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case ' ':
		case '{':
			parent = last
		case '}':
			ends(parent)
			tree.Nodes[parent].End = uint32(i)
			parent = tree.Nodes[parent].Parent
		default:
			n := syntax.Node{Parent: parent}
			if i+2 < len(text) && text[i+1] == ':' {
				n.Field, _ = g.Field(text[i : i+1])
				i += 2
			}
			if text[i] == '!' {
				n.Flags |= syntax.Missing
				i++
			}
			n.Start, n.End = uint32(i), uint32(i+1)
			if rest, ok := strings.CutPrefix(text[i:], "ERROR"); ok {
				n.Type, n.Flags = syntax.Error, n.Flags|syntax.Named
				i = len(text) - len(rest) - 1
			} else {
				symbol, ok := g.Symbol(text[i:i+1], true)
				if ok {
					n.Flags |= syntax.Named
				} else if symbol, ok = g.Symbol(text[i:i+1], false); !ok {
					t.Fatalf("%s: no type %q", text, text[i:i+1])
				}
				n.Type = symbol.Type
			}
			last = uint32(len(tree.Nodes))
			tree.Nodes = append(tree.Nodes, n)
			ends(last)
		}
	}
	return tree
}

// found returns the matches of a query, one string each: "x@0 y@3", with the places of the
// nodes in the text.
func found(t testing.TB, source, text string, limits Limits) ([]string, Work) {
	g := testGrammar(t)
	q, err := Compile(g, source)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	tree := parseTree(t, g, text)
	var m Matcher
	var out []string
	work := m.Match(q, tree, limits, func(pattern int, captures []Capture) {
		var words []string
		for _, c := range captures {
			words = append(words, fmt.Sprintf("%s@%d", q.CaptureNames()[c.Name], tree.Nodes[c.Node].Start))
		}
		out = append(out, strings.Join(words, " "))
	})
	return out, work
}

var enough = Limits{Steps: 1 << 20, Captures: 1 << 20, Open: 256, Depth: 512}

func TestMatches(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		query, text string
		want        []string
	}{
		{`(b) @x`, "a{b c b}", []string{"x@2", "x@6"}},
		{`(a (b) @x)`, "a{b c b}", []string{"x@2", "x@6"}},
		{`(a (b) @x (c) @y)`, "a{b c b c}", []string{"x@2 y@4", "x@2 y@8", "x@6 y@8"}},
		{`(a (b) (c) @y)`, "a{b c b c}", []string{"y@4", "y@8"}},
		{`(a f: (b) @x)`, "a{b f:b g:b}", []string{"x@6"}},
		{`(a !f) @x`, "a{a{f:b} a{b}}", []string{"x@0", "x@9"}},
		{`(a . (b) @x)`, "a{b b}", []string{"x@2"}},
		{`(a . (b) @x)`, "a{+ b b}", []string{"x@4"}},
		{`(a (b) @x .)`, "a{b b +}", []string{"x@4"}},
		{`(a (b) @x . (c) @y)`, "a{b c b + c c}", []string{"x@2 y@4", "x@6 y@10"}},
		{`(a (b) . (c) @y)`, "a{b b c}", nil}, // a part without captures is the first that fits
		{`(a (b)? @x (c) @y)`, "a{b c}", []string{"x@2 y@4"}},
		{`(a (b)? @x (c) @y)`, "a{c}", []string{"y@2"}},
		{`(a (b)* @x)`, "a{b b}", []string{"x@2 x@4"}},
		{`(a (b)+ @x (c) @y)`, "a{b b c}", []string{"x@2 x@4 y@6"}},
		{`(a [(b) (c)] @x)`, "a{b c d}", []string{"x@2", "x@4"}},
		{`(a [(b) @x (c) @y])`, "a{b c d}", []string{"x@2", "y@4"}},
		{`[(b) (c)] @x`, "a{b c d}", []string{"x@2", "x@4"}},
		{`(a "+" @x)`, "a{( +}", []string{"x@4"}},
		{`(a _ @x)`, "a{( b}", []string{"x@2", "x@4"}},
		{`(a (_) @x)`, "a{( b ERROR}", []string{"x@4"}},
		{`(ERROR (b) @x)`, "a{ERROR{b}}", []string{"x@8"}},
		{`(MISSING "+") @x`, "a{+ !+ !b}", []string{"x@5"}},
		{`(MISSING b) @x`, "a{+ !+ !b}", []string{"x@8"}},
		{`(MISSING) @x`, "a{+ !+ !b}", []string{"x@5", "x@8"}},
		{`(_ (b) @x) @y`, "a{c{b}}", []string{"y@2 x@4"}},
		{`((b) @x (c) @y)`, "a{b c d{b c}}", []string{"x@2 y@4", "x@8 y@10"}},
		{`((b) @x . (c) @y)`, "a{b d c b c}", []string{"x@8 y@10"}},
		{`((b)* @x . (c) @y)`, "a{b b c}", []string{"x@2 x@4 y@6"}},
		{`(a (c (d) @x) (e) @y)`, "a{c{d} e c{d} e}", []string{"x@4 y@7", "x@4 y@14", "x@11 y@14"}},
		{`(b) @x @y`, "a{b}", []string{"x@2 y@2"}},
		{"; a comment\n(b) @x ; another\n(c) @y", "a{b c}", []string{"x@2", "y@4"}},
	} {
		got, work := found(t, test.query, test.text, enough)
		slices.Sort(got)
		slices.Sort(test.want)
		if diff := cmp.Diff(test.want, got); diff != "" || work.Truncated {
			t.Errorf("%s in %s: truncated %v, matches (-want +got):\n%s", test.query, test.text, work.Truncated, diff)
		}
	}
}

func TestMistakesAreTold(t *testing.T) {
	t.Parallel()
	g := testGrammar(t)
	for source, want := range map[string]string{
		"(a)\n(no_such) @x":           "line 2: unknown node type \"no_such\"",
		`(a "-")`:                     "unknown node type \"-\"",
		`(a h: (b))`:                  "unknown field \"h\"",
		`(a !h)`:                      "unknown field \"h\"",
		`((a) @x (#eq? @y "1"))`:      "unknown capture",
		`(x) @y`:                      "x is a supertype, which is not supported",
		`(x/a) @y`:                    "supertype",
		`(a) @x)`:                     "syntax",
		`(a`:                          "syntax: the query ends too early",
		`(a .)`:                       "an anchor beside no node",
		`[] @x`:                       "no alternatives",
		`[(a)? (b)] @x`:               "is not supported",
		`(a)? @x`:                     "a pattern that may match nothing is not supported",
		`(a)*+ @x`:                    "two quantifiers",
		`((#eq? "a" "b"))`:            "a pattern without a node",
		`(a) @`:                       "a capture without a name",
		`("a`:                         "a text has no end",
		`a: (b)`:                      "unknown field \"a\"",
		`b`:                           "a node stands in parentheses",
		`(a (#eq? @x (b)))`:           "unknown capture",
		strings.Repeat("(a ", 100):    "nested more than",
		strings.Repeat("(a)\n", 1e5):  "more than",
		`(a (b) @x (#eq? @x ( "a")))`: "an argument of a predicate",
	} {
		_, err := Compile(g, source)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: error %v, want %q", source, err, want)
		}
	}
}

func TestPredicatesBelongToTheirPattern(t *testing.T) {
	t.Parallel()
	q, err := Compile(testGrammar(t), "(a) @x\n((b) @y (#any-of? @y \"\\\"1\\n\" two) (#set! k v))\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []Predicate{
		{"any-of?", []Arg{{1, ""}, {-1, "\"1\n"}, {-1, "two"}}},
		{"set!", []Arg{{-1, "k"}, {-1, "v"}}},
	}
	if diff := cmp.Diff(want, q.Predicates(1)); diff != "" || len(q.Predicates(0)) != 0 || q.Patterns() != 2 || q.PatternStart(1) != 7 {
		t.Errorf("%d patterns, %d predicates of the first, the second begins at %d, its predicates (-want +got):\n%s",
			q.Patterns(), len(q.Predicates(0)), q.PatternStart(1), diff)
	}
}

// Each limit ends the work, and keeps what was found before.
func TestWorkIsBounded(t *testing.T) {
	t.Parallel()
	wide := "a{" + strings.Repeat("b ", 2000) + "}"
	for name, test := range map[string]struct {
		query, text string
		limits      Limits
		found       int
	}{
		"steps":    {`(b) @x`, wide, Limits{Steps: 1000, Captures: 1 << 20, Open: 256, Depth: 512}, 10},
		"pairs":    {`(a (b) @x (b) @y)`, wide, enough, 1000},
		"captures": {`(b) @x`, wide, Limits{Steps: 1 << 20, Captures: 100, Open: 256, Depth: 512}, 100},
		"open":     {`(a (b)* @x (c) @y)`, wide, Limits{Steps: 1 << 20, Captures: 1 << 20, Open: 16, Depth: 512}, 0},
	} {
		got, work := found(t, test.query, test.text, test.limits)
		if !work.Truncated || len(got) < test.found || work.Steps > test.limits.Steps+1000 {
			t.Errorf("%s: %d matches, %+v", name, len(got), work)
		}
	}
	if got, work := found(t, `(b) @x`, "a{a{a{b} b} b}", Limits{Steps: 100, Captures: 100, Open: 16, Depth: 2}); len(got) != 2 || work.Truncated {
		t.Errorf("depth: matches %v, %+v", got, work)
	}
}

// A tree may be as deep as a text has brackets.
func TestDeepTreesAreMatched(t *testing.T) {
	t.Parallel()
	const depth = 100_000
	limits := enough
	limits.Depth = 2 * depth
	text := strings.Repeat("a{", depth) + "b" + strings.Repeat("}", depth)
	if got, work := found(t, "(a (a (b) @x))\n(_ (b) @y)", text, limits); len(got) != 2 || work.Truncated {
		t.Errorf("matches %v, %+v", got, work)
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{
		`(a (b)? @x (c) @y)`, `[(a) (b)]+ @x`, `((a)* @x . (b) @y)`, `(_ f: [(a) "+"]? @z !g .)`, `(a (#eq? @x "y"))`,
		`(((a)*)+ (b))`, `(a ((b)? (c))* . (d))`, `(MISSING "+") @x`, `(ERROR "(" . (a) @x)`,
	} {
		f.Add(s, "a{b c{f:d +} ERROR{a b} !c}")
	}
	g := testGrammar(f)
	f.Fuzz(func(t *testing.T, source, text string) {
		q, err := Compile(g, source)
		if err != nil {
			return
		}
		tree := randomTree(g, text)
		var m Matcher
		limits := Limits{Steps: 1 << 14, Captures: 1 << 10, Open: 32, Depth: 16}
		for range 2 { // the second time with what the first has left
			work := m.Match(q, tree, limits, func(pattern int, captures []Capture) {
				if pattern >= q.Patterns() {
					t.Fatalf("pattern %d", pattern)
				}
				for _, c := range captures {
					if int(c.Node) >= len(tree.Nodes) || int(c.Name) >= len(q.CaptureNames()) {
						t.Fatalf("capture %+v", c)
					}
				}
			})
			if work.Captures > limits.Captures+len(tree.Nodes) {
				t.Fatalf("%+v", work)
			}
		}
	})
}

// randomTree makes a tree of any text: each byte is a node, and says how it goes on.
func randomTree(g *syntax.Grammar, text string) *syntax.Tree {
	tree := &syntax.Tree{Grammar: g}
	parent := syntax.NoNode
	for i := range min(len(text), 200) {
		c := text[i]
		n := syntax.Node{
			Start: uint32(i), End: uint32(i + int(c)%3), Parent: parent, Next: uint32(i + 1),
			Type: syntax.Type(c%8 + 1), Field: syntax.Field(c / 8 % 3), Flags: syntax.Flags(c / 16 % 16),
		}
		if c%31 == 0 {
			n.Type = syntax.Error
		}
		tree.Nodes = append(tree.Nodes, n)
		for p := parent; p != syntax.NoNode; p = tree.Nodes[p].Parent {
			tree.Nodes[p].Next = uint32(i + 1)
		}
		switch {
		case i == 0 || c%5 == 0:
			parent = uint32(i)
		case c%5 == 1 && tree.Nodes[parent].Parent != syntax.NoNode:
			parent = tree.Nodes[parent].Parent
		}
	}
	return tree
}
