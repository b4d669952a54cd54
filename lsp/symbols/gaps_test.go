package symbols

import (
	"bytes"
	"slices"
	"testing"

	"github.com/symcache/symcache/lsp/symbols/lexer"
)

// What a language has and its grammar does not know is parsed without error, and loses no
// declaration.
func TestGapsAreNoErrors(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	for _, test := range []struct {
		extension, text string
		names           []string
	}{
		{"ts", "interface I<in out T, out U> { a: T }", []string{"I", "a"}},
		{"ts", "interface I<\n  in T,\n  const U\n> { a: T }", []string{"I", "a"}},
		{"ts", "interface I {\n  (a: string): void\n  <T>(b: T): T\n  (c: number): string\n  x: A\n  [k: string]: B\n}", []string{"I", "()", "()", "()", "x", "[]"}},
		{"ts", "interface I { abstract: boolean; accessor?: x; using(a: string): void }", []string{"I", "abstract", "accessor", "using"}},
		{"ts", "class A { accessor x = 1; static accessor y: number = 2; accessor #z = 3; m() {} }", []string{"A", "x", "y", "#z", "m"}},
		{"js", "class A { accessor x = 1; static accessor y = 2\n accessor #z = 3; m() {} }", []string{"A", "x", "y", "#z", "m"}},
		{"ts", "abstract class A { abstract accessor x: number; abstract m(): void }", []string{"A", "x", "m"}},
		{"ts", "using x = a();\nawait using y = b();\nfor (using z of c) {}", []string{"x", "y", "z"}},
		{"js", "using x = a();\nawait using y = b();", []string{"x", "y"}},
		{"js", "import a from 'a' with { type: 'json' }\nexport * from 'b' with { type: 'json' }\nimport c from 'c' assert { type: 'json' }\nlet x", []string{"x"}},
		{"js", "export { _null as null, _in as in, type, x as default }\nlet x", []string{"x"}},
		{"ts", "export { in as a, out as b, type, type C as const }\nlet x", []string{"x"}},
		{"ts", "export type * from 'a'\nexport type * as b from 'b'\nlet x", []string{"x"}},
		{"ts", "declare const a: import('./b').C<D>\ntype E = F<import('g', { with: { 'resolution-mode': 'import' } }).H | (import('i').J)[]>\nlet x", []string{"a", "E", "x"}},
		{"ts", "type T = [symbol: string, number?: number, ...string: boolean[]]\nlet x", []string{"T", "x"}},
		{"ts", "type T = `a \\`${string}\\\\`\nlet x", []string{"T", "x"}},
		{"ts", "type T = { [K in keyof readonly A[]]?: B }\nlet x", []string{"T", "x"}},
		{"ts", "declare module 'a' {\n  global {\n    interface I {}\n  }\n}", []string{"'a'", "I"}},
	} {
		s, err := extractor.Extract(t.Context(), byExtension(t, "x."+test.extension), []byte(test.text))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, symbol := range s.Symbols {
			names = append(names, symbol.Name)
		}
		if s.SyntaxErrors > 0 || !slices.Equal(names, test.names) {
			t.Errorf("%s: %q: %d errors, symbols %q, want %q", test.extension, test.text, s.SyntaxErrors, names, test.names)
		}
	}
}

// What looks like a gap and is none stays as it is.
func TestOtherUsesOfWordsAreNoGaps(t *testing.T) {
	t.Parallel()
	lang := byExtension(t, "x.ts")
	rules := newGapRules(lang, lexer.NewTable(lang.Lexis))
	for _, text := range []string{
		"var a, out\nvar b",
		"for (const k in o) {}",
		"f(a, out.b, out)",
		"const a = import('b').then(c => c)",
		"const a = x as const, b = [y as const, z]",
		"abstract class A { abstract m(): void }",
		"if (accessor in a || accessor instanceof B) {}",
		"const a = {\n  b\n}\n(c)",
		"a = b\n  < c",
		"const s = `a${b}c`",
		"export { a as default, b }",
		"x: A\n  | B",
	} {
		if got := fillGaps(rules, []byte(text)); string(got.text) != text {
			t.Errorf("%q becomes %q", text, got.text)
		}
	}
}

// "..." is an expression of Python, and may end a line.
func TestEllipsisEndsALine(t *testing.T) {
	t.Parallel()
	lang := byExtension(t, "x.py")
	text := "if a:\n    def f(): ...\nelse:\n    def f(): ...\nx = ...\ny = 1\n"
	if got := fillGaps(newGapRules(lang, lexer.NewTable(lang.Lexis)), []byte(text)); string(got.text) != text {
		t.Errorf("%q becomes %q", text, got.text)
	}
}

// Gaps are filled in equal length.
func FuzzFillGaps(f *testing.F) {
	lang := byExtensionOf("x.ts")
	rules := newGapRules(lang, lexer.NewTable(lang.Lexis))
	for _, text := range intact {
		f.Add([]byte(text))
	}
	f.Add([]byte("interface I<in out T> {\n (a): b\n <T>(c): d\n [k: e]: f }\nexport { in as out } from 'a' with { b }; type T = `\\\n\\`"))
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		got := fillGaps(rules, text)
		if len(got.text) != len(text) {
			t.Fatalf("%q: %d bytes, want %d", text, len(got.text), len(text))
		}
		if !bytes.Equal(text, before) {
			t.Fatalf("%q was changed", before)
		}
	})
}
