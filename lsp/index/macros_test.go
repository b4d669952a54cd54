package index

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/symbols"
)

// definesOf returns defines with these names, one a line.
func definesOf(names ...string) (defines []symbols.Define) {
	for i, name := range names {
		at := symbols.Position{Line: uint32(i), Byte: macroColumn, UTF16: macroColumn}
		defines = append(defines, symbols.Define{Name: name, Selection: symbols.Range{Start: at}})
	}
	return defines
}

// layersOf returns a document in memory and in a file.
func layersOf(t *testing.T, docs map[string]Document) map[string]Layer {
	ix := NewMemory()
	for path, doc := range docs {
		ix.Set(path, doc)
	}
	return map[string]Layer{"memory": ix, "file": openFile(t, populatedFile(t, ix))}
}

// Macros are found by the beginnings of their names, behind symbols that match as well and
// before those that match worse.
func TestMacrosRankBehindSymbols(t *testing.T) {
	t.Parallel()
	docs := map[string]Document{
		"/a.c": named("page", "page_size", "xpxaxgxe"),
		"/a.h": {Language: "c", Summary: &symbols.Summary{Defines: definesOf("PAGE", "PAGE_SIZE", "OUT_OF_PAGE", "XPAGE", "P_A_G_E")}},
		"/b.h": {Language: "c", Importance: Secondary, Summary: &symbols.Summary{Defines: definesOf("PAGE", "PAGE_TABLE")}},
	}
	for layer, l := range layersOf(t, docs) {
		for query, want := range map[string][]string{
			"page":      {"page", "page_size", "PAGE", "PAGE_SIZE", "PAGE", "PAGE_TABLE", "xpxaxgxe"},
			"PAGE_":     {"page_size", "PAGE_SIZE", "PAGE_TABLE"},
			"page_size": {"page_size", "PAGE_SIZE"},
			"size":      {"page_size"},
			"":          {"page", "page_size", "xpxaxgxe"},
			"a.page":    nil,
		} {
			var got []string
			for _, m := range find(t, Query{Text: query}, l) {
				got = append(got, m.Name)
				if isMacro := strings.ToUpper(m.Name) == m.Name; isMacro != (m.Flags&symbols.Macro != 0) || isMacro && m.Kind != symbols.Constant {
					t.Errorf("%s: query %q: %+v", layer, query, m)
				}
			}
			if d := diff(want, got); d != "" {
				t.Errorf("%s: query %q (-want +got):\n%s", layer, query, d)
			}
		}
		for kind, want := range map[symbols.Kind]int{symbols.Constant: 2, symbols.Struct: 0} {
			q := Query{Text: "PAGE", Exact: true}
			q.Kinds.Add(kind)
			if got := find(t, q, l); len(got) != want {
				t.Errorf("%s: kind %s: %+v", layer, kind, got)
			}
		}
		counts, err := CountKinds(t.Context(), Query{Text: "page"}, l)
		if err != nil || counts[symbols.Constant] != 4 {
			t.Errorf("%s: %d constants, %v", layer, counts[symbols.Constant], err)
		}
	}
}

// A file that defines nine times as many macros as symbols ranks as generated code does.
func TestTableOfRegistersIsSecondary(t *testing.T) {
	t.Parallel()
	table := func(macros, others int) Document {
		doc := named(append(slices.Repeat([]string{"other"}, others), "reg_read")...)
		for i := range macros {
			doc.Summary.Defines = append(doc.Summary.Defines, definesOf(fmt.Sprint("REG_", i))...)
			doc.Summary.Defines[i].Selection.Start.Line = uint32(i)
		}
		return doc
	}
	for name, c := range map[string]struct {
		doc   Document
		after bool
	}{
		"registers": {table(registerMacros, 0), true}, "few": {table(registerMacros-1, 0), false}, "as many": {table(9*20, 20), false},
		"nine tenths": {table(9*21, 20), true},
	} {
		for layer, l := range layersOf(t, map[string]Document{"/a.h": c.doc, "/b.c": named("reg_reads", "reg_r_e_a_d")}) {
			var got []string
			for _, m := range find(t, Query{Text: "reg_read", Limit: 3}, l) {
				got = append(got, m.Name)
			}
			want := []string{"reg_read", "reg_reads", "reg_r_e_a_d"}
			if c.after {
				want = []string{"reg_reads", "reg_read", "reg_r_e_a_d"}
			}
			if d := diff(want, got); d != "" {
				t.Errorf("%s, %s (-want +got):\n%s", name, layer, d)
			}
		}
	}
}

// The rows of languages count macros, and a program that does not know them makes a file
// that is read as one without.
func TestFileWithoutMacros(t *testing.T) {
	t.Parallel()
	ix := NewMemory()
	ix.Set("/a.h", Document{Language: "c", Summary: &symbols.Summary{Defines: definesOf("A", "B", "B")}})
	ix.Set("/b.go", named("b"))
	name := populatedFile(t, ix)
	counts := make(map[string]int)
	for _, row := range openFile(t, name).Languages() {
		counts[row.ID] = row.Macros
	}
	if d := cmp.Diff(map[string]int{"c": 3, "go": 0}, counts); d != "" {
		t.Errorf("macros by language (-want +got):\n%s", d)
	}
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, missing := range [][]string{optionalTags, {tagMacros}, {tagMacroBlocks}} {
		without := rewritten(t, whole, func(tag string, content []byte) ([]byte, bool) { return content, !slices.Contains(missing, tag) }, nil)
		if err := checkFile(t, without); err != nil {
			t.Errorf("without %q: %v", missing, err)
		}
		if got := find(t, Query{Text: "b"}, openFile(t, without)); len(got) != 1 || got[0].Name != "b" {
			t.Errorf("without %q: %+v", missing, got)
		}
		next := writeFile(t, Update{Old: openFile(t, without)})
		if err := checkFile(t, next); err != nil {
			t.Errorf("made of a file without %q: %v", missing, err)
		}
	}
	// What is missing is noticed, if the file claims to have it.
	without := rewritten(t, whole, func(tag string, content []byte) ([]byte, bool) {
		if slices.Contains(optionalTags, tag) {
			return nil, true
		}
		return content, true
	}, nil)
	if err := checkFile(t, without); !errors.Is(err, ErrDamaged) {
		t.Errorf("with empty sections: %v", err)
	}
}

// Places come back as they were, and bytes that were not written abort.
func FuzzMacros(f *testing.F) {
	f.Add([]byte("A\x01\x02\x08\x08B\x00\x00\x00\x01"))
	f.Add([]byte{1, 3, 0, 2, 'A', 'B', 5, 7, 1, 9, 9})
	f.Fuzz(func(t *testing.T, data []byte) {
		// As something that was written.
		var w macroWriter
		type entry struct {
			name   string
			places []placedMacro
		}
		var want []entry
		for n := 0; len(data) >= 6 && n < 40; n++ {
			e := entry{name: fmt.Sprintf("%03d%s", n/3, strings.Repeat("x", n%3))}
			for i := range 1 + data[0]%3 {
				e.places = append(e.places, placedMacro{
					file: uint32(data[1]) << (8 * i), secondary: data[2]%2 > 0,
					macroPlace: macroPlace{uint32(data[3])<<8 + uint32(i), uint32(data[4]), uint32(data[5])},
				})
			}
			w.add([]byte(e.name), e.places)
			want = append(want, e)
			data = data[1:]
		}
		var got []entry
		for r := (macroReader{nameReader: nameReader{left: w.bytes}}); r.next(); {
			e := entry{name: string(r.name)}
			for r.place() {
				e.places = append(e.places, r.at)
			}
			got = append(got, e)
		}
		if len(got) != len(want) {
			t.Fatalf("%d names, want %d", len(got), len(want))
		}
		for i := range want {
			if got[i].name != want[i].name || !slices.Equal(got[i].places, want[i].places) {
				t.Fatalf("got %v, want %v", got[i], want[i])
			}
		}
		// As something that was not.
		err := protect(func() error {
			for r := (macroReader{nameReader: nameReader{left: data}}); r.next(); {
				for r.place() {
				}
			}
			return nil
		})
		if err != nil && !errors.As(err, new(*misplacedError)) {
			t.Fatal(err)
		}
	})
}

// A search sees the macros of a file as they were before a Set or after it, while files come
// and go and tables are compacted.
func TestSearchSeesWholeChangesOfMacros(t *testing.T) {
	t.Parallel()
	const each = 30
	version := func(n int) Document {
		return Document{Language: fmt.Sprint(n), Summary: &symbols.Summary{Defines: definesOf(slices.Repeat([]string{fmt.Sprint("VERSION", n)}, each)...)}}
	}
	ix := NewMemory()
	ix.Set("/steady", version(0))
	done := make(chan struct{})
	var readers sync.WaitGroup
	for _, q := range []Query{{Text: "version"}, {Text: "V"}} {
		readers.Go(func() {
			for {
				matches, err := Search(t.Context(), q, ix)
				if err != nil || len(matches) != each {
					t.Errorf("query %q: %d matches, %v", q.Text, len(matches), err)
					return
				}
				for _, m := range matches {
					if m.Language != matches[0].Language || m.Name != "VERSION"+m.Language {
						t.Errorf("query %q: %s of version %s among those of %s", q.Text, m.Name, m.Language, matches[0].Language)
						return
					}
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	tables, compactions := ix.tables, 0
	for n := range 600 {
		ix.Set("/steady", version(n))
		if ix.tables != tables {
			tables = ix.tables
			compactions++
		}
	}
	close(done)
	readers.Wait()
	if compactions < 2 {
		t.Errorf("%d compactions: the test is too short", compactions)
	}
}
