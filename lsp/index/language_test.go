package index

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"os"
	"slices"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

// rewritten returns an index file of one block with other sections.
func rewritten(t *testing.T, whole []byte, change func(tag string, content []byte) (out []byte, keep bool), more map[string][]byte) string {
	t.Helper()
	h, err := parseHeader(whole)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := newSectionWriter(&out)
	for _, s := range h.table() {
		content, keep := change(s.name(), whole[s.offset:s.offset+s.size])
		if keep {
			w.begin(s.name())
			w.write(content)
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(more)) {
		w.begin(tag)
		w.write(more[tag])
	}
	header, err := w.finish()
	if err != nil {
		t.Fatal(err)
	}
	name := tempFile(t).Name()
	if err := os.WriteFile(name, append(header, out.Bytes()...), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func unchanged(_ string, content []byte) ([]byte, bool) { return content, true }

// A section that this program does not know is skipped, and is not in the next file;
// without one that it needs, the file is of another program.
func TestSections(t *testing.T) {
	t.Parallel()
	g, ix := newGenerator(6), NewMemory()
	g.change(ix, refLayer{}, 30)
	whole, err := os.ReadFile(populatedFile(t, ix))
	if err != nil {
		t.Fatal(err)
	}
	name := rewritten(t, whole, unchanged, map[string][]byte{"words": []byte("of tomorrow"), "12345678": nil})
	if err := checkFile(t, name); err != nil {
		t.Fatal(err)
	}
	file := openFile(t, name)
	for _, q := range []Query{{}, {Text: "a"}, {Text: "a.b"}} {
		if d := diff(find(t, q, ix), find(t, q, file)); d != "" {
			t.Errorf("query %q (-want +got):\n%s", q.Text, d)
		}
	}
	next, err := os.ReadFile(writeFile(t, Update{Old: file}))
	if err != nil {
		t.Fatal(err)
	}
	var tags []string
	for _, s := range (*fileHeader)(unsafe.Pointer(unsafe.SliceData(next))).table() {
		tags = append(tags, s.name())
	}
	if d := cmp.Diff(slices.Concat(allTags, optionalTags), tags); d != "" {
		t.Errorf("sections of the next file (-want +got):\n%s", d)
	}

	for _, missing := range allTags {
		name := rewritten(t, whole, func(tag string, content []byte) ([]byte, bool) { return content, tag != missing }, nil)
		if err := checkFile(t, name); !errors.Is(err, ErrForeign) || errors.Is(err, ErrDamaged) {
			t.Errorf("without section %q: %v, want ErrForeign", missing, err)
		}
	}
}

// A row of a language may say more than this program knows.
func TestLanguageRows(t *testing.T) {
	t.Parallel()
	want := []LanguageRow{
		{Language: Language{ID: "go", Revision: [8]byte{1, 2}}, Files: 3, Symbols: 400, Macros: 5},
		{},
		{Language: Language{ID: "zig"}, Files: 1},
	}
	b := appendLanguages(nil, want)
	got, err := decodeLanguages(b)
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}

	row := binary.AppendUvarint(binary.AppendUvarint(appendText(nil, "go"), 3), 400)
	row = binary.AppendUvarint(row, 3)
	for i, part := range []string{"facts", partSymbols, "words"} {
		row = append(appendText(row, part), byte(i), 2, 0, 0, 0, 0, 0, 0)
	}
	row = append(binary.AppendUvarint(row, 5), "and more"...)
	got, err = decodeLanguages(appendText(nil, string(row)))
	if d := cmp.Diff(want[:1], got); err != nil || d != "" {
		t.Errorf("with more parts: %v (-want +got):\n%s", err, d)
	}

	// One of a program without macros.
	row = binary.AppendUvarint(binary.AppendUvarint(appendText(nil, "go"), 3), 400)
	row = append(appendText(binary.AppendUvarint(row, 1), partSymbols), 1, 2, 0, 0, 0, 0, 0, 0)
	got, err = decodeLanguages(appendText(nil, string(row)))
	before := want[0]
	before.Macros = 0
	if d := cmp.Diff([]LanguageRow{before}, got); err != nil || d != "" {
		t.Errorf("without macros: %v (-want +got):\n%s", err, d)
	}

	for n := 1; n < len(b); n++ {
		if rows, err := decodeLanguages(b[:n]); !errors.Is(err, ErrDamaged) && len(rows) == len(want) {
			t.Errorf("cut off at %d: %v, %v", n, rows, err)
		}
	}
}

// The files of a masked row are not found and hide nothing, and stay in the next index.
func TestMaskedRows(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		g, ix, all := newGenerator(seed), NewMemory(), refLayer{}
		g.change(ix, all, 60)
		name := populatedFile(t, ix)
		shown := maps.Clone(all)
		maps.DeleteFunc(shown, func(_ string, doc Document) bool { return doc.Language == "c" })
		below := NewMemory()
		belowRef := refLayer{}
		g.change(below, belowRef, 20)
		for range 2 {
			file, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			masked, err := Open(file, func(l Language) bool { return l.ID != "c" })
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = masked.Close() })
			for range 12 {
				q := g.query()
				if d := diff(refSearch(q, shown, belowRef), findScored(t, q, masked, below)); d != "" {
					t.Fatalf("seed %d, query %+v (-want +got):\n%s", seed, q, d)
				}
			}
			name = writeFile(t, Update{Old: masked})
			if err := checkFile(t, name); err != nil {
				t.Fatal(err)
			}
			for range 12 {
				q := g.query()
				if d := diff(refSearch(q, all), findScored(t, q, openFile(t, name))); d != "" {
					t.Fatalf("seed %d, query %+v, unmasked (-want +got):\n%s", seed, q, d)
				}
			}
		}
	}
}
