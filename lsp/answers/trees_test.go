package answers

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/symbols/syntax"
)

// fakeParser makes trees whose root is as long as the text. It waits for a token of gate, if
// there is one, for each of them.
type fakeParser struct {
	gate   chan struct{}
	nodes  int // of each tree
	begun  chan string
	parsed atomic.Int32
	ended  chan string // by their contexts
}

func (p *fakeParser) Tree(ctx context.Context, _ *language.Language, text []byte) (*syntax.Tree, error) {
	if p.begun != nil {
		p.begun <- string(text)
	}
	if p.gate != nil {
		select {
		case <-p.gate:
		case <-ctx.Done():
			if p.ended != nil {
				p.ended <- string(text)
			}
			return nil, context.Cause(ctx)
		}
	}
	if strings.HasPrefix(string(text), "odd") {
		return nil, symbols.ErrNoTree
	}
	p.parsed.Add(1)
	nodes := make([]syntax.Node, max(1, p.nodes))
	nodes[0] = syntax.Node{End: uint32(len(text)), Parent: syntax.NoNode, Next: uint32(len(nodes))}
	return &syntax.Tree{Nodes: nodes}, nil
}

func (p *fakeParser) Names(*language.Language, *syntax.Tree) *language.Names {
	return new(language.Names)
}

// testTrees returns the documents of a session whose parser is another one.
func testTrees(t *testing.T, p *fakeParser, wait time.Duration, maxBytes int) *documents {
	d := &documents{trees: newTrees(p, slog.New(slog.DiscardHandler), wait, maxBytes)}
	t.Cleanup(d.trees.close)
	return d
}

func (d *documents) put(name, text string) *document {
	doc := goDocument("/nowhere/"+name, text)
	d.set(doc)
	return d.snapshot().byURI[doc.uri]
}

func TestVersionIsParsedOnce(t *testing.T) {
	t.Parallel()
	p := &fakeParser{}
	d := testTrees(t, p, patience, 1<<20)
	doc := d.put("a.go", "package a\n")
	if got := p.parsed.Load(); got != 0 {
		t.Errorf("%d trees before anybody asks", got)
	}
	var asking sync.WaitGroup
	for range 8 {
		asking.Go(func() {
			if tree := d.trees.of(t.Context(), doc); tree == nil || int(tree.Nodes[0].End) != len(doc.text) {
				t.Errorf("tree %+v", tree)
			}
		})
	}
	asking.Wait()
	odd := d.put("b.go", "odd\n")
	for range 3 {
		if tree := d.trees.of(t.Context(), odd); tree != nil {
			t.Errorf("tree of a text without one: %+v", tree)
		}
	}
	if got := p.parsed.Load(); got != 1 {
		t.Errorf("parsed %d times", got)
	}
}

// A version after one that was asked for is parsed unasked; a version before that is given up.
func TestLaterVersionIsParsedWhenItComes(t *testing.T) {
	t.Parallel()
	p := &fakeParser{gate: make(chan struct{}, 10), begun: make(chan string, 10), ended: make(chan string, 10)}
	d := testTrees(t, p, patience, 1<<20)
	p.gate <- struct{}{}
	first := d.put("a.go", "1\n")
	if d.trees.of(t.Context(), first) == nil {
		t.Fatal("no tree")
	}
	d.put("a.go", "12\n")
	third := d.put("a.go", "123\n")
	for _, want := range []string{"1\n", "12\n", "123\n"} {
		select {
		case <-p.begun: // the last two in any order
		case <-time.After(patience):
			t.Fatalf("%q is not parsed", want)
		}
	}
	select {
	case got := <-p.ended:
		if got != "12\n" {
			t.Errorf("%q was given up", got)
		}
	case <-time.After(patience):
		t.Error("the version between is not given up")
	}
	p.gate <- struct{}{}
	if tree := d.trees.of(t.Context(), third); tree == nil || tree.Nodes[0].End != 4 {
		t.Errorf("tree %+v", tree)
	}
	d.put("b.go", "4\n")
	if len(p.begun) != 0 {
		t.Error("a document that nobody has asked for is parsed")
	}
}

// A question about a version that is no longer the newest gets the tree of its own version.
func TestOldSnapshotHasItsOwnTree(t *testing.T) {
	t.Parallel()
	p := &fakeParser{}
	d := testTrees(t, p, patience, 1<<20)
	old := d.put("a.go", "1\n")
	d.put("a.go", "1234\n")
	for range 2 {
		if tree := d.trees.of(t.Context(), old); tree == nil || tree.Nodes[0].End != 2 {
			t.Errorf("tree %+v", tree)
		}
	}
	if d.trees.bytes != 0 {
		t.Errorf("%d bytes are kept of a version that is gone", d.trees.bytes)
	}
}

func TestQuestionDoesNotWaitLongForATree(t *testing.T) {
	t.Parallel()
	p := &fakeParser{gate: make(chan struct{}, 1)}
	d := testTrees(t, p, time.Millisecond, 1<<20)
	doc := d.put("a.go", "package a\n")
	if tree := d.trees.of(t.Context(), doc); tree != nil {
		t.Errorf("tree %+v", tree)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	d.trees.wait = patience
	if tree := d.trees.of(ended, doc); tree != nil {
		t.Errorf("tree %+v after the question has ended", tree)
	}
	p.gate <- struct{}{}
	if tree := d.trees.of(t.Context(), doc); tree == nil || p.parsed.Load() != 1 {
		t.Errorf("later: tree %+v, parsed %d times", tree, p.parsed.Load())
	}
}

// The trees that were asked for last are kept, as many as the bound allows (law 7).
func TestTreesAreBounded(t *testing.T) {
	t.Parallel()
	p := &fakeParser{nodes: 10}
	d := testTrees(t, p, patience, 3*10*syntax.NodeSize)
	var docs []*document
	for i := range 5 {
		doc := d.put(fmt.Sprintf("%d.go", i), "package a\n")
		docs = append(docs, doc)
		if d.trees.of(t.Context(), doc) == nil || d.trees.of(t.Context(), docs[0]) == nil {
			t.Fatal("no tree")
		}
		if d.trees.bytes > d.trees.max {
			t.Errorf("%d trees take %d bytes of %d", i+1, d.trees.bytes, d.trees.max)
		}
	}
	if got := p.parsed.Load(); got != 5 {
		t.Errorf("parsed %d times", got)
	}
	for i, want := range []int32{0, 1, 1, 0, 0} { // those dropped are parsed again
		before := p.parsed.Load()
		if kept := docs[i].tree.kept != nil; kept != (want == 0) {
			t.Errorf("document %d: kept %v", i, kept)
		}
		if want == 1 {
			d.trees.of(t.Context(), docs[i])
		}
		if got := p.parsed.Load() - before; got != want {
			t.Errorf("document %d: parsed %d times more, want %d", i, got, want)
		}
		if want == 1 {
			d.trees.of(t.Context(), docs[3])
			d.trees.of(t.Context(), docs[4])
		}
	}
	large := d.put("large.go", "package a\n")
	p.nodes = 100
	if d.trees.of(t.Context(), large) == nil || large.tree.kept != nil {
		t.Error("a tree above the bound is kept, or not given")
	}
}

func TestClosedDocumentHasNoTree(t *testing.T) {
	t.Parallel()
	p := &fakeParser{gate: make(chan struct{}, 2)}
	d := testTrees(t, p, patience, 1<<20)
	p.gate <- struct{}{}
	doc := d.put("a.go", "package a\n")
	if d.trees.of(t.Context(), doc) == nil {
		t.Fatal("no tree")
	}
	d.remove(doc.uri)
	if d.trees.bytes != 0 || d.trees.kept.Len() != 0 {
		t.Errorf("%d bytes of %d trees are kept", d.trees.bytes, d.trees.kept.Len())
	}
	d.trees.close()
	if tree := d.trees.of(t.Context(), d.put("b.go", "b\n")); tree != nil {
		t.Errorf("tree %+v after the end", tree)
	}
}

// Edits by steps, while others ask: a question gets the tree of the version that it asks about.
func TestTreesWhileEditing(t *testing.T) {
	t.Parallel()
	c := begin(t, nil)
	text := "package a\n\nfunc f(x int) int {\n\treturn g(x, []int{1, 2})\n}\n\nvar v = `\nraw`\n"
	name := "edited.go"
	c.open(name, text)
	var asking sync.WaitGroup
	edited := make(chan struct{})
	for seed := range uint64(3) {
		asking.Go(func() {
			r := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test draws the same again
			for !isClosed(edited) {
				docs := c.Snapshot()
				doc := docs.byURI[c.uri(name)]
				tree := c.documents.trees.of(t.Context(), doc)
				if tree == nil {
					t.Error("no tree")
					return
				}
				want, err := c.engine.Tree(t.Context(), doc.lang, doc.text)
				if err != nil || !sameNodes(tree, want) {
					t.Errorf("the tree of another version than of %q (%v)", doc.text, err)
					return
				}
				at := at(uint32(r.IntN(9)), uint32(r.IntN(20)))
				if _, err := c.SelectionRanges(t.Context(), docs, doc.uri, []protocol.Position{at}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	r := rand.New(rand.NewPCG(7, 7)) //nolint:gosec // a test draws the same again
	for range 200 {
		piece := []string{"x", "(", "}", "\n", "`", "/*", "func ", "", "\t{"}[r.IntN(9)]
		line, from := uint32(r.IntN(9)), uint32(r.IntN(12))
		change := Change{Range: &protocol.Range{Start: at(line, from), End: at(line, from+uint32(r.IntN(2)))}, Text: &piece}
		if err := c.EditDocument(c.uri(name), []Change{change}); err != nil {
			t.Error(err)
		}
	}
	close(edited)
	asking.Wait()
	c.CloseDocument(c.uri(name))
	if n := c.documents.trees.bytes; n != 0 {
		t.Errorf("%d bytes are kept of a closed document", n)
	}
}

func sameNodes(a, b *syntax.Tree) bool {
	if len(a.Nodes) != len(b.Nodes) {
		return false
	}
	for i := range a.Nodes {
		if a.Nodes[i] != b.Nodes[i] {
			return false
		}
	}
	return true
}
