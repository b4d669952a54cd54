package index

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/symcache/symcache/lsp/symbols"
)

// Replacing files for ever takes no more memory than a few times having them,
// whatever was in them; and compacting changes no answer.
func TestCompaction(t *testing.T) {
	t.Parallel()
	for _, empty := range []bool{false, true} {
		g := newGenerator(3)
		ix, ref := NewMemory(), refLayer{}
		most, tables := 0, ix.tables
		compactions := 0
		for round := range 60 {
			if empty {
				for range 400 {
					ix.Set("/empty", Document{})
				}
				ref["/empty"] = Document{}
			} else {
				g.change(ix, ref, 150)
			}
			if ix.tables != tables {
				tables = ix.tables
				compactions++
			}
			if round < 30 {
				most = max(most, held(ix))
			} else if got := held(ix); got > most*5/4 {
				t.Fatalf("round %d takes %d bytes, the first 30 at most %d", round, got, most)
			}
			for _, text := range []string{"", "b", "a.b"} {
				if d := diff(refSearch(Query{Text: text}, ref), findScored(t, Query{Text: text}, ix)); d != "" {
					t.Fatalf("round %d, query %q (-want +got):\n%s", round, text, d)
				}
			}
		}
		if compactions < 2 {
			t.Errorf("%d compactions: the test is too short", compactions)
		}
	}
}

// held is how many bytes an index holds, but for its files' paths.
func held(ix *Memory) int {
	t := ix.tables
	n := cap(t.details) + 4*(cap(t.heads)+cap(t.tails)) + int(unsafe.Sizeof(row{}))*cap(t.rows) +
		int(unsafe.Sizeof(traits{}))*cap(t.nameTraits) + int(unsafe.Sizeof(file{}))*len(t.files)
	n += 4*(cap(t.macros.heads)+cap(t.macros.tails)) + int(unsafe.Sizeof(macroRow{}))*cap(t.macros.rows)
	for _, in := range []*interner{t.names, t.containers, t.macros.names} {
		n += cap(in.bytes) + 4*(cap(in.ends)+cap(in.slots))
	}
	return n
}

// A search sees each path as it was before a Set or after it, never without
// and never with both, while files come and go and tables are compacted.
func TestSearchSeesWholeChanges(t *testing.T) {
	t.Parallel()
	const each = 20
	version := func(n int) Document {
		doc := named(strings.Fields(strings.Repeat(fmt.Sprintf("version%d ", n), each))...)
		doc.Language = fmt.Sprint(n)
		return doc
	}
	ix, above := NewMemory(), NewMemory()
	ix.Set("/steady", version(0))
	above.Set("/other", Document{})
	done := make(chan struct{})
	var writers, readers sync.WaitGroup
	writers.Go(func() {
		for n := range 1500 {
			ix.Set("/steady", version(n))
			ix.Set("/other", version(n))
			ix.Delete("/other")
		}
	})
	for _, text := range []string{"", "version", "v.", "vs"} {
		readers.Go(func() {
			for {
				matches, err := Search(context.Background(), Query{Text: text}, above, ix)
				if err != nil {
					t.Error(err)
					return
				}
				want := each
				if text == "v." {
					want = 0
				}
				if len(matches) != want {
					t.Errorf("query %q: %d matches, want %d", text, len(matches), want)
					return
				}
				for _, m := range matches {
					if m.Language != matches[0].Language || m.Name != "version"+m.Language {
						t.Errorf("query %q: %s of version %s among those of %s", text, m.Name, m.Language, matches[0].Language)
						return
					}
				}
				if !ix.Has("/steady") {
					t.Error("Has misses a path while it is replaced")
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
}

// A view remembers which paths it had, whatever happened to them since.
func TestViewHas(t *testing.T) {
	t.Parallel()
	ix := NewMemory()
	before := ix.View()
	ix.Set("/a", named("a"))
	first := ix.View()
	ix.Set("/a", named("b"))
	second := ix.View()
	ix.Delete("/a")
	deleted := ix.View()
	ix.Set("/a", named("c"))
	for i, test := range []struct {
		view *View
		want bool
	}{{before, false}, {first, true}, {second, true}, {deleted, false}, {ix.View(), true}} {
		if got := test.view.has("/a"); got != test.want {
			t.Errorf("view %d: has = %v", i, got)
		}
	}
}

// Deep nesting costs no more than maxContainer per symbol, and keeps the names
// that are nearest; a parent that does not come before its child is ignored.
func TestContainerBound(t *testing.T) {
	t.Parallel()
	s := new(symbols.Summary)
	for i := range 5000 {
		s.Symbols = append(s.Symbols, symbols.Symbol{Name: fmt.Sprintf("é%d", i), Kind: symbols.Class, Parent: i - 1})
	}
	s.Symbols[1].Parent = 7000
	ix := NewMemory()
	ix.Set("/a", Document{Summary: s})
	got := find(t, Query{Text: "é4999"}, ix)
	if len(got) != 1 || len(got[0].Container) > maxContainer || !strings.HasSuffix(got[0].Container, ".é4997.é4998") {
		t.Errorf("container %+v", got)
	}
	if bytes := held(ix); bytes > 5000*(maxContainer+400) {
		t.Errorf("%d bytes", bytes)
	}
	if got := find(t, Query{Text: "é1", Limit: 1}, ix); got[0].Container != "" {
		t.Errorf("container %q of a parent that does not exist", got[0].Container)
	}
}

func TestInterner(t *testing.T) {
	t.Parallel()
	in := newInterner()
	ids := make(map[string]uint32)
	g := newGenerator(9)
	for range 5000 {
		text := g.word(4)
		if g.IntN(50) == 0 {
			text = ""
		}
		id, fresh := in.intern(text)
		if known, ok := ids[text]; ok == fresh || ok && known != id {
			t.Fatalf("%q: number %d, new %v, was %d", text, id, fresh, known)
		}
		ids[text] = id
	}
	for text, id := range ids {
		if got := string(in.at(id)); got != text {
			t.Errorf("text %d = %q, want %q", id, got, text)
		}
	}
	if in.len() != len(ids) {
		t.Errorf("%d texts, want %d", in.len(), len(ids))
	}
}

// All ranges come back as they were, however odd, and flags too.
func FuzzDetail(f *testing.F) {
	f.Add(uint32(1), uint32(2), uint32(3), uint32(4), uint32(0), false, "Run")
	f.Add(uint32(9), uint32(0), uint32(1<<32-1), uint32(7), uint32(3), true, "y")
	f.Add(uint32(0), uint32(0), uint32(0), uint32(0), uint32(1), true, "")
	f.Fuzz(func(t *testing.T, a, b, c, d, wide uint32, sameLine bool, name string) {
		position := func(line, col uint32) symbols.Position {
			return symbols.Position{Line: line, Byte: col, UTF16: col - wide}
		}
		want := detail{
			rng:       symbols.Range{Start: position(a, b), End: position(c, d)},
			selection: symbols.Range{Start: position(b, c), End: position(d, a)},
			flags:     symbols.Flags(c),
		}
		if sameLine {
			want.selection.End.Line = want.selection.Start.Line
		}
		if sameLine && d%2 == 0 { // as it mostly is
			want.rng.End.Line = want.rng.Start.Line
			want.selection.Start.Line, want.selection.End.Line = want.rng.Start.Line, want.rng.Start.Line
			want.selection.End.Byte = want.selection.Start.Byte + uint32(len(name))
		}
		encoded := appendDetail(nil, &want, len(name))
		if len(encoded) > maxDetail {
			t.Errorf("%d bytes", len(encoded))
		}
		if got := readDetail(append(encoded, 0xff), len(name)); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		for n := range encoded {
			if err := protect(func() error { readDetail(encoded[:n:n], len(name)); return nil }); !errors.As(err, new(*misplacedError)) {
				t.Errorf("cut off at %d: %v", n, err)
			}
		}
	})
}
