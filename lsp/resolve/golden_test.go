package resolve

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/symcache/symcache/lsp/symbols"
)

var update = flag.Bool("update", false, "rewrite what names mean in the golden files")

// TestGolden compares what the names of sources mean with the golden cases of each language's
// folder, testdata/names/*.txtar. A case is two sections: "x.go" is a source, and "x.go.names" has its lines, each followed
// by a line for each of its words but those that mean nothing:
//
//	3 | x := f(y.Name)
//	    x local 3
//	    f top 9
//	    y import 1
//	    Name member of a package
//
// The numbers are the lines in which the name is bound, first the one that counts.
func TestGolden(t *testing.T) {
	t.Parallel()
	archives, err := filepath.Glob("../symbols/*/testdata/names/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	extractor, engine := symbols.NewExtractor(1), NewEngine()
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want := make(map[string]string)
		for _, f := range archive.Files {
			want[f.Name] = string(f.Data)
		}
		out := &txtar.Archive{Comment: archive.Comment}
		for _, f := range archive.Files {
			if strings.HasSuffix(f.Name, ".names") {
				continue
			}
			got := draw(f.Data, namesOf(t, extractor, engine, f.Name, f.Data))
			if diff := cmp.Diff(want[f.Name+".names"], got); diff != "" && !*update {
				t.Errorf("%s: %s (-want +got):\n%s", path, f.Name, diff)
			}
			out.Files = append(out.Files, f, txtar.File{Name: f.Name + ".names", Data: []byte(got)})
		}
		if *update {
			if err := os.WriteFile(path, txtar.Format(out), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

var kindNames = map[Kind]string{
	Local: "local", Top: "top", Import: "import", Free: "free", Prelude: "prelude", Member: "member", Key: "key",
}

func draw(text []byte, names *Names) string {
	var b strings.Builder
	at := uint32(0)
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		fmt.Fprintf(&b, "%d | %s", number, line)
		for _, word := range words([]byte(line)) {
			name := names.At(Span{at + word.Start, at + word.End})
			if name.Kind == None {
				continue
			}
			fmt.Fprintf(&b, "    %s %s", text[name.Start:name.End], kindNames[name.Kind])
			if name.Kind == Member {
				b.WriteString(map[Qualifier]string{OfImport: " of an import", OfPackage: " of a package"}[names.Qualifier(name)])
			}
			for _, binding := range name.Bindings {
				fmt.Fprintf(&b, " %d", lineOf(text, binding.Name.Start))
			}
			b.WriteByte('\n')
		}
		at += uint32(len(line))
	}
	return b.String()
}

// words returns the words of a text: letters, digits and "_", no digit first.
func words(text []byte) (list []Span) {
	isWord := func(c byte) bool {
		return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
	}
	for i := 0; i < len(text); {
		if !isWord(text[i]) {
			i++
			continue
		}
		start := i
		for i < len(text) && isWord(text[i]) {
			i++
		}
		if text[start] > '9' {
			list = append(list, Span{uint32(start), uint32(i)})
		}
	}
	return list
}

func namesOf(t testing.TB, extractor *symbols.Extractor, engine *Engine, name string, text []byte) *Names {
	t.Helper()
	lang := languageOf(t, name)
	tree, err := extractor.Tree(t.Context(), lang, text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	names, err := engine.Names(t.Context(), Document{extractor.Names(lang, tree), text, tree})
	if err != nil || names == nil {
		t.Fatalf("%s: %v", name, err)
	}
	return names
}

// Whatever a text is, each word in it has a meaning or none, its uses are in order and are
// words like it, and each of them means the same.
func FuzzNames(f *testing.F) {
	archives, err := filepath.Glob("../symbols/*/testdata/names/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	languages := symbols.Languages()
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			for i, lang := range languages {
				if slices.Contains(lang.Extensions, filepath.Ext(file.Name)) {
					f.Add(uint8(i), uint16(0), file.Data)
					f.Add(uint8(i), uint16(len(file.Data)/3), file.Data)
				}
			}
		}
	}
	extractor, engine := symbols.NewExtractor(2), NewEngine()
	f.Fuzz(func(t *testing.T, language uint8, cut uint16, text []byte) {
		lang := languages[int(language)%len(languages)]
		text = text[:len(text)-min(int(cut), len(text))]
		tree, err := extractor.Tree(t.Context(), lang, text)
		if err != nil {
			t.Skip()
		}
		names, err := engine.Names(t.Context(), Document{extractor.Names(lang, tree), text, tree})
		if err != nil {
			t.Fatal(err)
		}
		if names != nil {
			checkNames(t, names, text)
		}
	})
}

func checkNames(t *testing.T, names *Names, text []byte) {
	for _, word := range words(text) {
		name := names.At(word)
		if name.Kind == None {
			continue
		}
		if name.Start > name.End || int(name.End) > len(text) {
			t.Fatalf("%q: %+v", text[word.Start:word.End], name)
		}
		for _, b := range name.Bindings {
			if string(text[b.Name.Start:b.Name.End]) != string(text[name.Start:name.End]) {
				t.Fatalf("%q is bound by %q", text[name.Start:name.End], text[b.Name.Start:b.Name.End])
			}
		}
		end := uint32(0)
		for _, use := range names.Uses(name, 50) {
			if use.Start < end || string(text[use.Start:use.End]) != string(text[name.Start:name.End]) {
				t.Fatalf("a use of %q: %q at %d, behind %d", text[name.Start:name.End], text[use.Start:use.End], use.Start, end)
			}
			end = use.End
		}
		names.Qualifier(name)
	}
}

// hang is far beyond what any text may take, also with the race detector.
const hang = time.Minute

// Names of texts that somebody made to be hard take no time to speak of.
func TestHostileTextsAreNamedInTime(t *testing.T) {
	t.Parallel()
	extractor, engine := symbols.NewExtractor(1), NewEngine()
	const size = 1 << 17
	for name, piece := range map[string]string{
		"bound.py": "x = x\n", "nested.py": "lambda x=x: ", "globals.py": "global x\n", "for.go": "{ x := x;", "params.go": "func(x int) {",
		"members.ts": "a.b.", "arrows.js": "x => ", "vars.js": "{ var x, y;", "patterns.ts": "let {x, ...y} = ", "casts.c": "(x)",
		"blocks.c": "{ int x; y;", "declarators.c": "int (*", "comprehensions.py": "[x for x in ", "types.ts": "type A<B> = ",
		"errors.py": "def x(", "words.c": "#define x x x x\n",
	} {
		text := []byte(strings.Repeat(piece, size/len(piece)))
		if strings.HasSuffix(name, ".go") {
			text = append([]byte("package a\nfunc f() {"), text...)
		}
		lang := languageOf(t, name)
		tree, err := extractor.Tree(t.Context(), lang, text)
		if err != nil {
			continue // it has no tree
		}
		start := time.Now()
		names, err := engine.Names(t.Context(), Document{&lang.Names, text, tree})
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range words(text[len(text)/2 : len(text)/2+64]) {
			at := uint32(len(text) / 2)
			names.Uses(names.At(Span{at + word.Start, at + word.End}), 10_000)
		}
		if took := time.Since(start); took > hang {
			t.Errorf("%s: %v", name, took)
		} else if testing.Verbose() {
			t.Logf("%s: %d nodes, %v", name, len(tree.Nodes), took)
		}
	}
}
