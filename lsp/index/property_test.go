package index

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/symcache/symcache/lsp/symbols"
)

// generator makes names, documents and queries out of few letters, so that
// matches, ties and near misses are frequent.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 7))} }

var (
	plainLetters  = []rune("aabBcC1_.")
	exoticLetters = []rune("aAbB1_./éÉß\u1e9eİıſsKk\u212a\u0301\u0308字𝒜𐐀𐐨\xff")
)

func (g generator) word(most int) string {
	letters := plainLetters
	if g.IntN(4) == 0 {
		letters = exoticLetters
	}
	runes := make([]rune, 1+g.IntN(most))
	for i := range runes {
		runes[i] = letters[g.IntN(len(letters))]
	}
	return string(runes)
}

func (g generator) position() symbols.Position {
	p := symbols.Position{Line: g.Uint32N(300), Byte: g.Uint32N(200)}
	p.UTF16 = p.Byte
	if g.IntN(5) == 0 {
		p.UTF16 = g.Uint32()
	}
	return p
}

func (g generator) document() Document {
	doc := Document{Language: []string{"go", "c"}[g.IntN(2)], Importance: Importance(g.IntN(2))}
	doc.Hash = [HashSize]byte{0: byte(g.IntN(256)), HashSize - 1: byte(g.IntN(256))}
	if g.IntN(10) == 0 {
		return doc
	}
	doc.Summary = new(symbols.Summary)
	for i := range g.IntN(12) {
		sym := symbols.Symbol{
			Name: g.word(9), Kind: symbols.Kind(1 + g.IntN(26)), Visibility: symbols.Visibility(g.IntN(4)),
			Flags: symbols.Flags(g.IntN(8)), Parent: g.IntN(i+1) - 1,
			Range:     symbols.Range{Start: g.position(), End: g.position()},
			Selection: symbols.Range{Start: g.position(), End: g.position()},
		}
		switch g.IntN(6) {
		case 0:
			sym.Container = g.word(5)
		case 1:
			sym.Name = ""
		}
		doc.Summary.Symbols = append(doc.Summary.Symbols, sym)
	}
	line := uint32(0)
	for range max(0, g.IntN(16)-6) {
		at := g.position()
		line += 1 + g.Uint32N(300)
		at.Line = line
		if g.IntN(2) == 0 {
			at.Byte, at.UTF16 = macroColumn, macroColumn
		}
		name := g.word(7)
		doc.Summary.Defines = append(doc.Summary.Defines, symbols.Define{Name: name, Selection: symbols.Range{Start: at}})
	}
	return doc
}

func (g generator) query() Query {
	q := Query{Limit: g.IntN(40)}
	for range g.IntN(3) {
		q.Text += g.word(3)
	}
	if g.IntN(4) == 0 {
		q.Text = g.word(2) + []string{".", "::", "/", "#", " . "}[g.IntN(5)] + q.Text
	}
	if q.Exact = g.IntN(4) == 0; q.Exact {
		q.Text = g.word(2)
	}
	if g.IntN(4) == 0 {
		for k := range symbols.Kind(13) {
			q.Kinds.Add(1 + 2*k)
		}
	}
	for range max(g.IntN(5)-2, 0) {
		q.Below = append(q.Below, filepath.FromSlash([]string{"/", "/a", "/a/b", "/a.b", "/none", "/a/5.go"}[g.IntN(6)]))
	}
	return q
}

func (g generator) path() string { return pathOf(g.IntN(40)) }

// pathOf returns one of the paths of a generator. In the order of paths "/a.b" is between "/a" and what is below that.
func pathOf(n int) string {
	return filepath.FromSlash(fmt.Sprintf("%s%d.go", []string{"/", "/a/", "/a/b/", "/a.b/"}[n%4], n))
}

// change does the same random things to an index and to a reference layer.
func (g generator) change(ix *Memory, layer refLayer, times int) {
	for range times {
		path := g.path()
		if g.IntN(4) == 0 {
			ix.Delete(path)
			delete(layer, path)
			continue
		}
		layer[path] = g.document()
		ix.Set(path, layer[path])
	}
}

func find(t *testing.T, q Query, layers ...Layer) (matches []Match) {
	t.Helper()
	for _, m := range findScored(t, q, layers...) {
		matches = append(matches, m.Match)
	}
	return matches
}

// scored is a match with its score.
type scored struct {
	Match
	Score int32
}

func findScored(t *testing.T, q Query, layers ...Layer) (found []scored) {
	t.Helper()
	matches, scores, err := scoredSearch(context.Background(), q, layers)
	if err != nil {
		t.Fatal(err)
	}
	for i := range matches {
		found = append(found, scored{matches[i], scores[i]})
	}
	return found
}

func diff[T any](want, got []T) string { return cmp.Diff(want, got, cmpopts.EquateEmpty()) }

// Search returns what its definition says, whatever was set and deleted before
// in any of the layers.
func TestSearchAgainstReference(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		g := newGenerator(seed)
		var indexes []*Memory
		var layers []Layer
		var refs []refLayer
		for range 1 + g.IntN(3) {
			ix := NewMemory()
			indexes, layers, refs = append(indexes, ix), append(layers, ix), append(refs, refLayer{})
		}
		for range 8 {
			for i := range indexes {
				g.change(indexes[i], refs[i], 1+g.IntN(30))
			}
			for range 8 {
				q := g.query()
				if d := diff(refSearch(q, refs...), findScored(t, q, layers...)); d != "" {
					t.Fatalf("seed %d, query %+v (-want +got):\n%s", seed, q, d)
				}
			}
		}
		for i, ref := range refs {
			for n := range 40 {
				path := pathOf(n)
				if _, want := ref[path]; indexes[i].Has(path) != want {
					t.Fatalf("seed %d: Has(%q) = %v in layer %d", seed, path, !want, i)
				}
			}
			if got := len(indexes[i].tables.files) - indexes[i].tables.deadFiles; got != len(ref) {
				t.Fatalf("seed %d: %d files, want %d", seed, got, len(ref))
			}
		}
	}
}

// The order in which documents came leaves no trace in the results, not even
// when there are more symbols of one name than the results have room for.
func TestSearchIsDeterministic(t *testing.T) {
	t.Parallel()
	g := newGenerator(1)
	docs := refLayer{}
	for i := range chunkFiles + 100 {
		doc := g.document()
		if doc.Summary != nil {
			doc.Summary.Symbols = append(doc.Summary.Symbols, symbols.Symbol{Name: "String", Kind: symbols.Method, Parent: -1})
		}
		docs[fmt.Sprintf("/%d.go", i)] = doc
	}
	var many symbols.Summary // so many names that there are several chunks of them
	for i := range 3 * chunkNames {
		many.Symbols = append(many.Symbols, symbols.Symbol{Name: fmt.Sprintf("string%x", i), Kind: symbols.Field, Parent: -1})
	}
	docs["/many.go"] = Document{Summary: &many}
	for _, text := range []string{"", "b", "String", "st", "a.b", "a."} {
		want := refSearch(Query{Text: text}, docs)
		for range 3 {
			ix := NewMemory()
			for path, doc := range docs { // in random order
				ix.Set(path, doc)
			}
			if d := diff(want, findScored(t, Query{Text: text}, ix)); d != "" {
				t.Errorf("query %q (-want +got):\n%s", text, d)
			}
		}
	}
}

// The score by the fast way is that of the definition; a symbol that matches
// contains the query as a subsequence; no text exceeds the bound of its traits.
func FuzzScore(f *testing.F) {
	for _, seed := range [][2]string{
		{"run", "KubeletRun"}, {"RUN", "run"}, {"hs", "HTTPServer"}, {"é", "e\u0301"}, {"s", "ß"}, {"i", "İ"},
		{"𐐀", "x𐐨"}, {"\xff", "a\xffb"}, {"", "x"}, {"aa", "aXaAa"}, {"a\x00", "a\x00b"}, {"1b", "v1beta1"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, query, text string) {
		if len(query) > maxText || len(text) > maxText {
			return // the definition knows no such bound
		}
		want, wantOK := refScore(query, text)
		p, traits := newPattern(query), traitsOf([]byte(text))
		for _, floor := range []int32{-1000, want} {
			got, ok := new(scorer).score(&p, []byte(text), traits.ascii(), floor)
			if ok != wantOK || ok && got != want {
				t.Fatalf("score(%q, %q) from %d = %d, %v, want %d, %v", query, text, floor, got, ok, want, wantOK)
			}
		}
		if wantOK && !p.admits(&traits, want) {
			t.Fatalf("%q in %q: score %d, but bound %d", query, text, want, p.bound(&traits))
		}
	})
}
