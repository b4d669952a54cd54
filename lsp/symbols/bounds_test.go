package symbols

import (
	"bytes"
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/symcache/symcache/lsp/symbols/language"
)

// hostile are texts that have brought parsers down, each as large as a file may
// be for the server.
func hostile() map[string]string {
	const size = 2 << 20
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	garbage := make([]byte, size)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(garbage) // ignore error: it never returns one
	ascii := bytes.Clone(garbage)
	for i := range ascii {
		ascii[i] = ' ' + ascii[i]%95
	}
	return map[string]string{
		"parentheses":        strings.Repeat("(", 100_000),
		"braces":             strings.Repeat("{", 100_000),
		"brackets":           strings.Repeat("[", 100_000),
		"matched":            strings.Repeat("(", 100_000) + strings.Repeat(")", 100_000),
		"matched braces":     strings.Repeat("{", 100_000) + strings.Repeat("}", 100_000),
		"nested structs":     strings.Repeat("struct a { ", 100_000) + strings.Repeat("} b;", 100_000),
		"nested types":       "package p\ntype T " + strings.Repeat("struct { A ", 50_000) + "int" + strings.Repeat("}", 50_000),
		"nested classes":     strings.Repeat("class A { static {", 50_000),
		"nested functions":   strings.Repeat("function f() {", 50_000) + strings.Repeat("}", 50_000),
		"indented":           indented(2000),
		"else if":            "if (a) {}" + strings.Repeat(" else if (b) {}", 50_000),
		"preprocessor":       strings.Repeat("#if A\n", 50_000),
		"elif":               "#if A\n" + strings.Repeat("#elif B\nint x;\n", 50_000),
		"pointers":           "int " + strings.Repeat("*", 200_000) + "p;",
		"operators":          "x = " + strings.Repeat("a+", 500_000) + "b",
		"unary":              "x = " + strings.Repeat("-", 500_000) + "b",
		"templates":          strings.Repeat("`${", 100_000),
		"generics":           "type A = " + strings.Repeat("A<", 100_000),
		"jsx":                strings.Repeat("<a>", 100_000),
		"one line":           "x = [" + fill("1, ") + "]",
		"one word":           fill("a"),
		"unclosed string":    "x = \"" + fill("a"),
		"unclosed multiline": "x = `" + fill("a\n"),
		"unclosed triple":    "x = '''" + fill("a\n"),
		"unclosed comment":   "/*" + fill(" *\n"),
		"unclosed comments":  strings.Repeat("/*\n", 70_000),
		"quotes":             fill("\"'`"),
		"garbage":            string(garbage),
		"ASCII garbage":      string(ascii),
		"zeros":              fill("\x00"),
		"newlines":           fill("\n"),
		"carriage returns":   fill("\r"),
		"declarations":       fill("int a;\n"),
		"broken functions":   fill("func f( {\n"),
		"names":              "package p\nvar " + strings.Repeat("a, ", 20_000) + "b int",
		"field names":        "package p\ntype T struct { " + strings.Repeat("a, ", 20_000) + "b struct { x int } }",
		"commas":             "var " + fill("a, ") + "b int",
		"star comma":         fill("int *a, "),
		"less than":          fill("a<b,"),
		"casts":              fill("(a)(b)*c&"),
		"arrows":             fill("(a)=>b=>("),
		"signatures":         fill("{a\n(a\n"),
		"type parameters":    fill("{a\n<a,b\n"),
		"imports":            fill("import('a',"),
		"divisions":          fill("[/"),
		"labels":             fill(">{\nfunc :"),
		"exports":            fill("export {a as "),
	}
}

func indented(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(" ", i) + "if x:\n")
	}
	return b.String()
}

// TestHostile takes each language through each hostile text. What counts is that
// it comes back, and with a valid summary.
func TestHostile(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel()
	extractor := testExtractor(t)
	texts := hostile()
	for _, lang := range Languages() {
		t.Run(lang.ID, func(t *testing.T) {
			t.Parallel()
			for name, text := range texts {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					checkHostile(t, extractor, lang, text)
				})
			}
		})
	}
}

// hang is when a test gives up on a text: 20 times what the slowest takes.
const hang = 2 * time.Minute

func checkHostile(t *testing.T, extractor *Extractor, lang *language.Language, text string) {
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	start := time.Now()
	s, err := extractor.Extract(ctx, lang, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%v, %d symbols, truncated %v", time.Since(start), len(s.Symbols), s.Truncated)
	if _, err := Decode(Encode(s)); err != nil {
		t.Error(err)
	}
}

// Where each of 12,000 places might begin a comment that only the end of the text
// tells to have none, the parser goes through 200 MB of a text of 36 KB: its own
// operations are few, so it is the text handed out that is counted. What is before
// these places stays.
func TestUnclosedComments(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	unclosed := strings.Repeat("/*\n", 12_000)
	for extension, first := range map[string]string{
		"go": "package p\nfunc first() {}\n", "c": "int first(void) {}\n", "ts": "function first() {}\n",
	} {
		s, err := extractor.Extract(t.Context(), byExtension(t, "x."+extension), []byte(first+unclosed))
		if err != nil {
			t.Fatal(err)
		}
		if s.Truncated != TruncatedWork || len(s.Symbols) != 1 || s.Symbols[0].Name != "first" {
			t.Errorf("%s: truncated %v, symbols %+v", extension, s.Truncated, s.Symbols)
		}
	}
}

// What is seen before a bound is reached stays.
func TestTruncatedKeepsWhatWasSeen(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	text := "package p\nfunc first() {}\n" + strings.Repeat("var x = 1\n", MaxSymbols+1)
	s, err := extractor.Extract(t.Context(), byExtension(t, "x.go"), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if s.Truncated != TruncatedSymbols || len(s.Symbols) != MaxSymbols || s.Symbols[0].Name != "first" {
		t.Errorf("truncated %v, %d symbols", s.Truncated, len(s.Symbols))
	}
}

func TestNamesAndSignaturesAreCut(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	text := "package p\nvar " + strings.Repeat("世", MaxName) + " = 1\n"
	s, err := extractor.Extract(t.Context(), byExtension(t, "x.go"), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Symbols) != 1 {
		t.Fatalf("%d symbols", len(s.Symbols))
	}
	if got, want := s.Symbols[0].Name, strings.Repeat("世", MaxName/3); got != want {
		t.Error(cmp.Diff(want, got))
	}
	if n := len(s.Symbols[0].Signature); n > MaxSignature {
		t.Errorf("signature of %d bytes", n)
	}
}

func TestExtractRefusesTooLong(t *testing.T) {
	t.Parallel()
	if _, err := NewExtractor(1).Extract(t.Context(), byExtension(t, "x.go"), make([]byte, MaxContent+1)); err == nil {
		t.Error("no error")
	}
}

// A context that ends gives its own error and no summary, also in the middle of a
// parse, and does not disturb the next one.
func TestExtractCancelled(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	lang := byExtension(t, "x.go")
	before, cancel := context.WithCancel(t.Context())
	cancel()
	text := []byte("package p\nvar x = " + strings.Repeat("f(1)+", 400_000) + "1\n")
	for range 3 {
		if s, err := extractor.Extract(before, lang, text); err == nil || s != nil {
			t.Fatalf("summary %v, error %v", s, err)
		}
		during, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		if s, err := extractor.Extract(during, lang, text); err == nil || s != nil {
			t.Fatalf("summary %v, error %v", s, err)
		}
		cancel()
		s, err := extractor.Extract(t.Context(), lang, []byte("package p\nfunc f() {}\n"))
		if err != nil || len(s.Symbols) != 1 {
			t.Fatalf("after a cancelled one: %v, error %v", s, err)
		}
	}
}
