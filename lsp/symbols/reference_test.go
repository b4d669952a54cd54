//go:build cgo

package symbols

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	sitter "github.com/tree-sitter/go-tree-sitter"

	"github.com/symcache/symcache/lsp/symbols/internal/treesitter"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/symbols/query"
	"github.com/symcache/symcache/lsp/symbols/syntax"
)

// reference is tree-sitter's own machinery, node by node: what trees and matches are
// compared with.
type reference struct {
	language *sitter.Language
	parser   *sitter.Parser
}

func newReference(t testing.TB, grammar unsafe.Pointer) *reference {
	if grammar == nil {
		t.Skip("no grammar")
	}
	r := &reference{language: sitter.NewLanguage(grammar), parser: sitter.NewParser()}
	t.Cleanup(r.parser.Close)
	if err := r.parser.SetLanguage(r.language); err != nil {
		t.Fatal(err)
	}
	return r
}

// nodes returns the nodes of a tree. The field of a comment is left out: the library has two
// opinions of it.
func (r *reference) nodes(tree *sitter.Tree) []syntax.Node {
	cursor := tree.Walk()
	defer cursor.Close()
	var nodes []syntax.Node
	parent := syntax.NoNode
	for {
		n := cursor.Node()
		node := syntax.Node{
			Start: uint32(n.StartByte()), End: uint32(n.EndByte()), Parent: parent, Type: syntax.Type(n.KindId()),
		}
		if n.IsNamed() {
			node.Flags |= syntax.Named
		}
		if n.IsMissing() {
			node.Flags |= syntax.Missing
		}
		if n.IsExtra() {
			node.Flags |= syntax.Extra
		} else {
			node.Field = syntax.Field(cursor.FieldId())
		}
		if n.HasError() {
			node.Flags |= syntax.Broken
		}
		nodes = append(nodes, node)
		if cursor.GotoFirstChild() {
			parent = uint32(len(nodes) - 1)
			continue
		}
		nodes[len(nodes)-1].Next = uint32(len(nodes))
		for !cursor.GotoNextSibling() {
			if !cursor.GotoParent() {
				return nodes
			}
			nodes[parent].Next = uint32(len(nodes))
			parent = nodes[parent].Parent
		}
	}
}

// matches returns the matches of a query without predicates, each in one line, sorted.
func (r *reference) matches(t testing.TB, q *sitter.Query, tree *sitter.Tree, text []byte) []string {
	cursor := sitter.NewQueryCursor()
	defer cursor.Close()
	depth := uint(runLimits.Match.Depth)
	cursor.SetMaxStartDepth(&depth)
	var out []string
	found := cursor.Matches(q, tree.RootNode(), text)
	for m := found.Next(); m != nil; m = found.Next() {
		var b strings.Builder
		fmt.Fprintf(&b, "pattern %d:", m.PatternIndex)
		for _, c := range m.Captures {
			fmt.Fprintf(&b, " @%s %s %d-%d", q.CaptureNames()[c.Index], c.Node.Kind(), c.Node.StartByte(), c.Node.EndByte())
		}
		if len(m.Captures) > 0 {
			out = append(out, b.String())
		}
	}
	slices.Sort(out)
	return out
}

// matchesOf is what our matcher finds, in the same form.
func matchesOf(q *query.Query, tree *syntax.Tree) (out []string, work query.Work) {
	var m query.Matcher
	work = m.Match(q, tree, runLimits.Match, func(pattern int, captures []query.Capture) {
		var b strings.Builder
		fmt.Fprintf(&b, "pattern %d:", pattern)
		for _, c := range captures {
			n := tree.Nodes[c.Node]
			fmt.Fprintf(&b, " @%s %s %d-%d", q.CaptureNames()[c.Name], tree.Grammar.TypeName(n.Type), n.Start, n.End)
		}
		if len(captures) > 0 {
			out = append(out, b.String())
		}
	})
	slices.Sort(out)
	return out, work
}

// withoutPredicates leaves the predicates of a query out: the reference applies them.
func withoutPredicates(source string) string {
	var b strings.Builder
	for {
		i := strings.Index(source, "(#")
		if i < 0 {
			b.WriteString(source)
			return b.String()
		}
		b.WriteString(source[:i])
		depth, inText := 0, false
		for ; ; i++ {
			switch c := source[i]; {
			case inText && c == '\\':
				i++
			case c == '"':
				inText = !inText
			case !inText && c == '(':
				depth++
			case !inText && c == ')':
				depth--
			}
			if depth == 0 {
				break
			}
		}
		source = source[i+1:]
	}
}

// comparison compares trees and matches of texts in one language.
type comparison struct {
	*reference
	grammar *treesitter.Grammar
	parse   *treesitter.Parser
}

func newComparison(t testing.TB, lang *language.Language) *comparison {
	c := &comparison{reference: newReference(t, lang.Grammar())}
	var err error
	if c.grammar, err = treesitter.NewGrammar(lang.Grammar()); err != nil {
		t.Fatal(err)
	}
	if c.parse, err = treesitter.NewParser(); err != nil {
		t.Fatal(err)
	}
	return c
}

// compiled is a query for both.
type compiled struct {
	theirs *sitter.Query
	ours   *query.Query
}

func (c *comparison) compile(t testing.TB, source string) compiled {
	theirs, queryError := sitter.NewQuery(c.language, source)
	if queryError != nil {
		t.Fatalf("the reference refuses the query: %v", queryError)
	}
	t.Cleanup(theirs.Close)
	ours, err := query.Compile(c.grammar.Names(), source)
	if err != nil {
		t.Fatal(err)
	}
	return compiled{theirs, ours}
}

// text compares the tree of a text, and the matches of a query in it.
func (c *comparison) text(t testing.TB, name string, q compiled, text []byte) {
	tree := c.parser.Parse(text, nil)
	defer tree.Close()
	err := c.parse.Parse(t.Context(), c.grammar, text, runLimits.Limits, func(r *treesitter.Result) {
		if r.Truncated {
			return
		}
		nodes := slices.Clone(r.Tree.Nodes)
		for i := range nodes {
			if nodes[i].Flags&syntax.Extra != 0 {
				nodes[i].Field = 0
			}
		}
		if want := c.nodes(tree); !slices.Equal(want, nodes) {
			t.Errorf("%s: tree (-library +flat):\n%.2000s", name, cmp.Diff(want, nodes))
			return
		}
		c.compareMatches(t, name, q, tree, &r.Tree, text, false)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (c *comparison) compareMatches(t testing.TB, name string, q compiled, theirs *sitter.Tree, ours *syntax.Tree, text []byte, more bool) int {
	got, work := matchesOf(q.ours, ours)
	if work.Truncated {
		t.Errorf("%s: a limit of the matcher was reached: %+v", name, work)
		return 0
	}
	want := c.matches(t, q.theirs, theirs, text)
	if more {
		got = slices.DeleteFunc(got, func(m string) bool { _, found := slices.BinarySearch(want, m); return !found })
	}
	if !slices.Equal(want, got) {
		t.Errorf("%s: matches (-library +ours):\n%.4000s", name, cmp.Diff(want, got))
	}
	return len(got)
}

// goldenTexts returns the golden sources of all languages, by name.
func goldenTexts(t testing.TB) map[string][]byte {
	archives, err := filepath.Glob("*/testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	texts := make(map[string][]byte)
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if !strings.HasSuffix(f.Name, ".outline") {
				texts[path+":"+f.Name] = f.Data
			}
		}
	}
	return texts
}

// textsOf returns those of texts that are in a language.
func textsOf(lang *language.Language, texts map[string][]byte) map[string][]byte {
	of := make(map[string][]byte)
	for name, text := range texts {
		if slices.Contains(lang.Extensions, filepath.Ext(name)) {
			of[name] = text
		}
	}
	return of
}

// Trees and matches are those of tree-sitter's own tree cursor and query cursor, in whole
// texts and in damaged ones.
func TestMatchesAreThoseOfTheLibrary(t *testing.T) {
	t.Parallel()
	golden := goldenTexts(t)
	for _, lang := range Languages() {
		t.Run(lang.ID, func(t *testing.T) {
			t.Parallel()
			c := newComparison(t, lang)
			q := c.compile(t, withoutPredicates(lang.Query))
			random := rand.New(rand.NewPCG(1, 2))
			texts := textsOf(lang, golden)
			for _, name := range slices.Sorted(maps.Keys(texts)) {
				c.text(t, name, q, texts[name])
				for range 3 {
					c.text(t, name+" damaged", q, damaged(random, texts[name]))
				}
			}
		})
	}
}

// damaged returns a text without some piece of it, or with some bytes more.
func damaged(random *rand.Rand, text []byte) []byte {
	if len(text) == 0 {
		return text
	}
	at := random.IntN(len(text))
	if random.IntN(2) == 0 {
		return slices.Delete(slices.Clone(text), at, min(len(text), at+1+random.IntN(8)))
	}
	pieces := []string{"(", ")", "{", "}", "[", "]", "<", ",", "\"", "class ", "function ", ": ", "\n", "=", ". "}
	return slices.Concat(text[:at], []byte(pieces[random.IntN(len(pieces))]), text[at:])
}

// The same for each file of a tree: go test ./lsp/symbols -run TestTreeMatches -tree DIR.
func TestTreeMatches(t *testing.T) {
	t.Parallel()
	for _, lang := range Languages() {
		t.Run(lang.ID, func(t *testing.T) {
			t.Parallel()
			c := newComparison(t, lang)
			q := c.compile(t, withoutPredicates(lang.Query))
			files := 0
			for _, extension := range lang.Extensions {
				for path, content := range treeFiles(t, extension, 200<<20) {
					files++
					c.text(t, path, q, content)
					if t.Failed() {
						return
					}
				}
			}
			t.Logf("%d files", files)
		})
	}
}

// Random patterns have the matches of the library, too. They are made of nodes of a text, so
// that most of them match somewhere. Of several parts that may be left out, repeat or stand
// apart, the library forgets some choices, and it wants a child of a wildcard at the root
// that may be left out: there, all of its matches are ours.
func TestRandomQueriesMatchAsTheLibrarys(t *testing.T) {
	t.Parallel()
	golden := goldenTexts(t)
	for _, lang := range Languages() {
		t.Run(lang.ID, func(t *testing.T) {
			t.Parallel()
			c := newComparison(t, lang)
			texts := textsOf(lang, golden)
			seed, matches := uint64(1), 0
			for _, name := range slices.Sorted(maps.Keys(texts)) {
				seed++
				random := rand.New(rand.NewPCG(3, seed))
				text := texts[name]
				if random.IntN(3) == 0 {
					text = damaged(random, text)
				}
				matches += c.randomQueries(t, random, name, text)
			}
			t.Logf("%d matches", matches)
		})
	}
}

func (c *comparison) randomQueries(t *testing.T, random *rand.Rand, name string, text []byte) (matches int) {
	tree := c.parser.Parse(text, nil)
	defer tree.Close()
	err := c.parse.Parse(t.Context(), c.grammar, text, runLimits.Limits, func(r *treesitter.Result) {
		queries := 4
		if testing.Short() {
			queries = 1
		}
		for range queries {
			g := generator{Rand: random, tree: &r.Tree, repeats: random.IntN(2) == 0}
			g.pattern(uint32(random.IntN(len(r.Tree.Nodes))), 3)
			source := g.String()
			theirs, queryError := sitter.NewQuery(c.language, source)
			ours, err := query.Compile(c.grammar.Names(), source)
			if queryError != nil {
				// What can never match is no mistake to us, and matches nothing.
				if queryError.Kind != sitter.QueryErrorStructure && err == nil {
					t.Errorf("%s: %s: the library says: %v", name, source, queryError)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %s: %v", name, source, err)
			} else {
				matches += c.compareMatches(t, name+": "+source, compiled{theirs, ours}, tree, &r.Tree, text, g.repeats)
			}
			theirs.Close()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return matches
}

// generator writes a pattern for a node of a tree.
type generator struct {
	*rand.Rand
	strings.Builder
	tree     *syntax.Tree
	captures int
	repeats  bool // it may have quantifiers
	fixed    bool // not here
}

func (g *generator) one(in int) bool { return g.IntN(in) == 0 }

// pattern writes a pattern for a node, with so many levels below it.
func (g *generator) pattern(node uint32, levels int) {
	n := &g.tree.Nodes[node]
	if n.Flags&syntax.Named == 0 {
		fmt.Fprintf(g, "%q", g.tree.Grammar.TypeName(n.Type))
		g.capture(2)
		return
	}
	g.WriteString("(")
	if g.one(6) {
		g.WriteString("_")
	} else {
		g.WriteString(g.tree.Grammar.TypeName(n.Type))
	}
	if levels > 0 {
		g.children(node, levels)
	}
	g.WriteString(")")
	if levels < 3 {
		g.quantifier()
	}
	g.capture(2)
}

func (g *generator) quantifier() {
	if g.repeats && !g.fixed && g.one(8) {
		g.WriteByte("?*+"[g.IntN(3)])
	}
}

func (g *generator) capture(in int) {
	if g.one(in) {
		fmt.Fprintf(g, " @c%d", g.captures)
		g.captures++
	}
}

func (g *generator) children(node uint32, levels int) {
	if g.one(6) {
		g.WriteString(" !" + g.tree.Grammar.FieldName(syntax.Field(1+g.IntN(20))))
	}
	written := false
	for child := range g.tree.Children(node) {
		n := &g.tree.Nodes[child]
		if !g.one(2) || n.Flags&(syntax.Missing|syntax.Extra) != 0 {
			continue
		}
		g.WriteString(" ")
		if g.one(6) {
			g.WriteString(". ")
		}
		if n.Field != 0 && g.one(2) {
			g.WriteString(g.tree.Grammar.FieldName(n.Field) + ": ")
		}
		if g.one(6) {
			g.WriteString("[")
			g.fixed = true
			g.pattern(child, levels-1)
			g.WriteString(" ")
			g.pattern(child, 0)
			g.fixed = false
			g.WriteString("]")
			g.quantifier()
			g.capture(2)
		} else {
			g.pattern(child, levels-1)
		}
		written = true
	}
	if written && g.one(6) {
		g.WriteString(" .")
	}
}
