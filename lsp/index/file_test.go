package index

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/symbols"
)

// writeFile writes an index into a new file and returns its name.
func writeFile(t testing.TB, m Update) string {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "*.index")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := Write(file, m); err != nil {
		t.Fatal(err)
	}
	return file.Name()
}

func openFile(t testing.TB, name string) *File {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Open(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// bindingOf makes a binding up from a number and a document.
func bindingOf(n int, doc Document) Binding {
	b := Binding{
		Stat:     Stat{Size: int64(n), ModTime: int64(n) << 32, ChangeTime: -int64(n), Inode: 1 << 63, Device: uint64(n)},
		Racy:     n%2 == 0,
		Class:    Class(n % 3),
		Hash:     doc.Hash,
		Language: Language{ID: doc.Language, Revision: [8]byte{7: byte(n % 4)}},
		Size:     int64(n),
	}
	if doc.Summary != nil {
		b.Symbols = len(doc.Summary.Symbols)
	}
	return b
}

// Too much of any kind of data is an error that says of which, and nothing of it is written as something else.
func TestFileTooLarge(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 2000)
	with := func(name, container string) Document {
		return Document{Language: "go", Summary: &symbols.Summary{Symbols: []symbols.Symbol{
			{Name: name, Container: container, Kind: symbols.Function, Parent: -1},
		}}}
	}
	small := make([]string, 500)
	for i := range small {
		small[i] = "small"
	}
	for kind, c := range map[string]struct {
		path string
		doc  Document
	}{
		"paths":      {"/" + long, with("a", "b")},
		"names":      {"/a", with(long, "b")},
		"containers": {"/a", with("a", long)},
		"details":    {"/a", named(small...)},
		"macros":     {"/a", Document{Language: "c", Summary: &symbols.Summary{Defines: []symbols.Define{{Name: long}}}}},
	} {
		ix := NewMemory()
		ix.Set(c.path, c.doc)
		merge := Update{View: ix.View(), Changes: map[string]Change{c.path: {Binding: bindingOf(1, c.doc)}}}
		written := openFile(t, writeFile(t, merge))
		for _, m := range []Update{merge, {Old: written}} {
			w := merger{Update: m, limit: 400}
			file, err := os.Create(filepath.Join(t.TempDir(), "base"))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if err := w.write(file); !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "bytes of "+kind) {
				t.Errorf("too many bytes of %s: %v", kind, err)
			}
		}
	}
}

// A file with a Memory before it finds what the definition says, generation after
// generation, and knows all bindings.
func TestFileAgainstReference(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		g := newGenerator(seed)
		var written *File
		var bindings map[string]Binding
		disk := refLayer{} // what the file has
		for generation := range 6 {
			ix, overlay, changes := NewMemory(), refLayer{}, make(map[string]Change)
			for range g.IntN(40) {
				path := g.path()
				n := g.IntN(1000)
				switch _, inBase := disk[path]; g.IntN(4) {
				case 0: // removed
					overlay[path], changes[path] = Document{}, Change{Removed: true}
				case 1: // touched
					if !inBase {
						continue
					}
					if old, ok := overlay[path]; ok && old.Summary != disk[path].Summary {
						continue
					}
					changes[path] = Change{Kept: true, Binding: bindingOf(n, disk[path])}
					continue
				default:
					overlay[path] = g.document()
					changes[path] = Change{Binding: bindingOf(n, overlay[path])}
				}
				ix.Set(path, overlay[path])
			}
			layers, refs := []Layer{ix}, []refLayer{overlay}
			if written != nil {
				layers, refs = append(layers, written), append(refs, disk)
			}
			compare := func() {
				for range 12 {
					q := g.query()
					if d := diff(refSearch(q, refs...), findScored(t, q, layers...)); d != "" {
						t.Fatalf("seed %d, generation %d, query %+v (-want +got):\n%s", seed, generation, q, d)
					}
				}
			}
			compare()

			next, nextBindings := maps.Clone(disk), make(map[string]Binding)
			maps.Copy(nextBindings, bindings)
			for path, c := range changes {
				if c.Removed {
					delete(next, path)
					delete(nextBindings, path)
					continue
				}
				nextBindings[path] = c.Binding
				if !c.Kept {
					next[path] = overlay[path]
				}
			}
			meta := []byte(strconv.Itoa(generation))
			written = openFile(t, writeFile(t, Update{Meta: meta, Old: written, View: ix.View(), Changes: changes}))
			disk, bindings = next, nextBindings
			layers, refs = []Layer{written}, []refLayer{disk}
			compare()

			if got, err := written.Meta(); err != nil || string(got) != string(meta) {
				t.Fatalf("meta %q, %v, want %q", got, err, meta)
			}
			listed := make(map[string]Binding)
			var paths []string
			if err := written.Each(func(path string, b Binding) bool {
				listed[path], paths = b, append(paths, path)
				return true
			}); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(bindings, listed); d != "" || !slices.IsSorted(paths) {
				t.Fatalf("bindings (-want +got):\n%s\npaths %q", d, paths)
			}
			for n := range 40 {
				path := pathOf(n)
				_, got, ok, err := written.Lookup(path)
				if want, in := bindings[path]; err != nil || ok != in || got != want {
					t.Fatalf("Lookup(%s) = %v, %v, %v, want %v, %v", path, got, ok, err, want, in)
				}
			}
		}
	}
}

// populatedFile is an index as a file.
func populatedFile(t testing.TB, ix *Memory) string {
	changes := make(map[string]Change)
	v := ix.View()
	for i, f := range v.files {
		if v.live(f) {
			changes[f.path] = Change{Binding: Binding{Language: Language{ID: f.language}, Hash: f.hash, Size: int64(i)}}
		}
	}
	return writeFile(t, Update{View: v, Changes: changes})
}

// Whatever bit of the file is flipped, and wherever it is cut off: opening or using
// it fails with an error that says so, or the answer is the right one.
func TestFileDamage(t *testing.T) {
	t.Parallel()
	g := newGenerator(3)
	ix, ref := NewMemory(), refLayer{}
	g.change(ix, ref, 100)
	name := populatedFile(t, ix)
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	queries := []Query{{}, {Text: "a"}, {Text: "ab"}, {Text: "a.b"}, {Text: "b", Exact: true}}
	var want [][]Match
	for _, q := range queries {
		want = append(want, find(t, q, openFile(t, name)))
	}
	path := filepath.Join(t.TempDir(), "damaged")
	try := func(content []byte, what string) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		written, err := Open(file, nil)
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrForeign) {
				t.Fatalf("%s: Open: %v", what, err)
			}
			return
		}
		defer written.Close()
		for i, q := range queries {
			got, err := Search(context.Background(), q, written)
			switch {
			case errors.Is(err, ErrDamaged):
				if !written.Damaged() {
					t.Fatalf("%s: damage is not noted", what)
				}
			case err != nil:
				t.Fatalf("%s: %v", what, err)
			default:
				if d := diff(want[i], got); d != "" {
					t.Fatalf("%s: wrong answer to %q (-want +got):\n%s", what, q.Text, d)
				}
			}
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 600 {
		bit := rng.IntN(8 * len(whole))
		content := slices.Clone(whole)
		content[bit/8] ^= 1 << (bit % 8)
		try(content, fmt.Sprintf("bit %d flipped", bit))
	}
	for range 100 {
		at := rng.IntN(len(whole))
		try(whole[:at], fmt.Sprintf("cut off at %d", at))
	}
	try(make([]byte, len(whole)), "zeros")
	try(append(slices.Clone(whole), 0), "one byte more")
}

// Of several bases the one that is damaged is noted, whatever reads it.
func TestFileDamageIsItsOwn(t *testing.T) {
	t.Parallel()
	g, ix := newGenerator(5), NewMemory()
	for n := range 3000 { // more than a few blocks
		ix.Set(fmt.Sprintf("/%d.go", n), g.document())
	}
	name := populatedFile(t, ix)
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for at := headerSize; at < len(whole); at += len(whole) / 40 {
		content := slices.Clone(whole)
		content[at] ^= 1
		path := filepath.Join(t.TempDir(), "damaged")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		bad, err := Open(file, nil)
		if err != nil {
			continue // noticed before
		}
		first, last := openFile(t, name), openFile(t, name)
		for _, q := range []Query{{}, {Text: "a"}, {Text: "a.b"}, {Text: "ab", Exact: true}} {
			// The view asks those before it whether they hide its files.
			_, err := Search(t.Context(), q, first, bad, last, ix.View())
			if err != nil && !errors.Is(err, ErrDamaged) || err != nil && !bad.Damaged() {
				t.Errorf("byte %d, query %q: %v, noted %v", at, q.Text, err, bad.Damaged())
			}
			if first.Damaged() || last.Damaged() {
				t.Fatalf("byte %d, query %q: damage to another one is noted", at, q.Text)
			}
		}
		if err := bad.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Truncating an open file is an error, not the end of the process,
// and closing it neither.
func TestFileTruncatedWhileOpen(t *testing.T) {
	t.Parallel()
	g := newGenerator(4)
	ix, ref := NewMemory(), refLayer{}
	g.change(ix, ref, 300)
	for _, keep := range []int64{0, 1, headerSize, headerSize + 1000} {
		name := populatedFile(t, ix)
		written := openFile(t, name)
		find(t, Query{Text: "a"}, written) // so that most blocks have been checked
		if err := os.Truncate(name, keep); err != nil && runtime.GOOS == "windows" {
			t.Skipf("a mapped file cannot be truncated here: %v", err)
		} else if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"", "a", "b.a"} {
			if _, err := Search(context.Background(), Query{Text: text}, written); !errors.Is(err, ErrDamaged) {
				t.Errorf("truncated to %d bytes: query %q: error %v, want ErrDamaged", keep, text, err)
			}
		}
		if !written.Damaged() {
			t.Errorf("truncated to %d bytes: not noted", keep)
		}
		err := Write(tempFile(t), Update{Old: written})
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("truncated to %d bytes: Write: error %v, want ErrDamaged", keep, err)
		}
	}
}

func tempFile(t *testing.T) *os.File {
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}

func TestFileClosed(t *testing.T) {
	t.Parallel()
	written := openFile(t, populatedFile(t, NewMemory()))
	if err := written.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Search(context.Background(), Query{Text: "a"}, written); !errors.Is(err, ErrClosed) {
		t.Errorf("error %v, want ErrClosed", err)
	}
	if _, _, _, err := written.Lookup("/a"); !errors.Is(err, ErrClosed) || written.Damaged() {
		t.Errorf("error %v, want ErrClosed", err)
	}
}

// The order of names is one, with the shortcut as without.
func FuzzNameOrder(f *testing.F) {
	f.Add("Foo", "fOo", "foo_bar")
	f.Add("K", "K", "l")
	f.Add("aé", "a\x7f", "a\xff")
	f.Add("", "\x00", "ſ")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		sign := func(n int) int { return max(-1, min(1, n)) }
		compare := func(a, b string) int { return sign(compareNames([]byte(a), []byte(b))) }
		if compare(a, b) != -compare(b, a) || (compare(a, b) == 0) != (a == b) {
			t.Fatalf("compareNames(%q, %q) = %d, the other way %d", a, b, compare(a, b), compare(b, a))
		}
		if compare(a, b) < 0 && compare(b, c) < 0 && compare(a, c) >= 0 {
			t.Fatalf("%q < %q < %q, but not the first and the last", a, b, c)
		}
		if x, y := headOf([]byte(a)), headOf([]byte(b)); x != y && (x < y) != (compare(a, b) < 0) {
			t.Fatalf("heads of %q and %q: %x, %x, but compareNames = %d", a, b, x, y, compare(a, b))
		}
		// What begins with a stands together.
		p := newPattern(a)
		if len(p.folded) > 0 && compare(b, c) < 0 && len(a) < maxText {
			if x, y := p.comparePrefix([]byte(b)), p.comparePrefix([]byte(c)); x > y {
				t.Fatalf("prefix %q: %q is at %d, %q behind it at %d", a, b, x, c, y)
			}
		}
	})
}
