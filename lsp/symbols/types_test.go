package symbols

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/symcache/symcache/lsp/symbols/internal/treesitter"
	"github.com/symcache/symcache/lsp/symbols/lexer"
)

func testTypeRules(t testing.TB) *typeRules {
	lang := inDialect(byExtensionOf("x.js"))
	rules := newTypeRules(lang.Options.Types, lexer.NewTable(lang.Lexis))
	if rules == nil {
		t.Fatal("no types")
	}
	return rules
}

// Types are written as numbers or left out, and all else stays.
func TestTypesAreWritten(t *testing.T) {
	t.Parallel()
	rules := testTypeRules(t)
	for text, want := range map[string]string{
		"type T<+A> = {| +a: ?U, ...V |};x":           "type T     =                  0;x",
		"export opaque type T: S = string;":           "export        type T    =      0;",
		"declare opaque type T;":                      "declare        var  T;",
		"function f<A: B>(g: A => B = c): C<*> {}":    "function f      (             ):    0 {}",
		"const x: D = (y: any), z = (f(x): A => B)":   "const x: 0 = (y     ), z = (f(x)        )",
		"const f = (a?: T = 1, {b}: U): V => b":       "const f = (a     = 1, {b}   ): 0 => b",
		"const f = async (a: T): Promise<V> => ({})":  "const f = async (a   ):          0 => ({})",
		"class A<T> extends B<T, {a: U}> { +x: T; }":  "class A    extends B            {  x: 0; }",
		"class A { m(f: T): (U) => V { a ? b : c } }": "class A { m(    ):        0 { a ? b : c } }",
		"class A { x: T = a ? b(c) : d; y: U }":       "class A { x: 0 = a ? b(c) : d; y: 0 }",
		"interface I { (a: T): U; @@b(): V, [T]: U }": "interface I {              b(): 0, [T]: 0 }",
		"declare class A mixins B<C> { m(D): E }":     "declare class A             { m( ): 0 }",
		"declare export default (a: T) => U;":         "        export default           0;",
		"declare export default class A {}":           "        export default class A {}",
		"declare module.exports: {a: T};":             "        module.exports=      0;",
		"declare function f(T): boolean %checks(g);":  "declare function f( ):                  0;",
		"useState<?T>(a < b, c > d, (e as T[]))":      "useState    (a < b, c > d, (e       ))",
	} {
		if got := string(writeTypes(rules, []byte(text))); got != want {
			t.Errorf("%q becomes\n%q, want\n%q", text, got, want)
		}
	}
}

// A ":" has other uses.
func TestOtherColonsBeginNoTypes(t *testing.T) {
	t.Parallel()
	rules := testTypeRules(t)
	for _, text := range []string{
		"const a = {b: c, 'd': e, [f()]: g, h: i ? j(k) : l}",
		"const a = b ? (c) : d, e = f ? g() : h\nconst i = j ?? k\nconst m = n?.o ? p() : q",
		"switch (a) { case b: c(); case d(): e(); default: f() }",
		"a: for (const b of c) { continue a }",
		"f(a ? b : c, {d: e}, g ? (h) : i)",
		"type\na = b\ntype.x = c.type",
		"class A { x = b ? c() : d\n y = {e: f} }",
		"if (a < b) c > d; a<b;",
	} {
		if got := string(writeTypes(rules, []byte(text))); got != text {
			t.Errorf("%q becomes\n%q", text, got)
		}
	}
}

// JavaScript with types is read without errors, whether it says what it is or not.
func TestTypedJavaScript(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	text := "import typeof A from 'a'\nimport {typeof B, type C} from 'b'\nexport type T = {| +a: ?number |}\n" +
		"module.exports = (function (a: T): C { return (a: any) })\nclass K<+P> extends L<P> { +x: P = 1; m<Q: B>(q: Q): void {} }\n" +
		"declare export function f(string, ?number): void\n"
	for _, head := range []string{"", "/**\n * @flow strict\n */\n", "// @noflow\n'use strict';\n"} {
		s, err := extractor.Extract(t.Context(), byExtension(t, "x.js"), []byte(head+text))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, symbol := range s.Symbols {
			names = append(names, symbol.Name)
		}
		if want := []string{"T", "module.exports", "K", "x", "m", "f"}; s.SyntaxErrors > 0 || !slices.Equal(names, want) {
			t.Errorf("%q: %d errors, symbols %q, want %q", head, s.SyntaxErrors, names, want)
		}
	}
}

// Somebody who writes JavaScript does not turn it into another dialect, and somebody who
// writes with types does not turn it back.
func TestDialectStaysWhileWriting(t *testing.T) {
	t.Parallel()
	o, err := newOutliner(byExtension(t, "x.js"))
	if errors.Is(err, treesitter.ErrNoCgo) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	runner, err := newRunner()
	if err != nil {
		t.Fatal(err)
	}
	for text, dialect := range map[string]bool{
		"function f() {\n  foo.\n}\nconst a = (\nfunction g() {}\n":              false,
		"/* @flow */\nfunction f() {\n  foo.\n}\nconst a = (\nfunction g() {}\n": true,
		"// nothing\nfunction f() {}\n":                                          false,
		"const s = '@flow'\nfunction f() {}\n":                                   false,
		"const s: string = '';\n":                                                true,
		strings.Repeat("const s: string = '';\n", 20) + "const t = (\n":          true,
	} {
		found, err := extractTraced(t.Context(), runner, o, []byte(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := found.by == o.dialect; got != dialect {
			t.Errorf("%q is read in the dialect: %v", text, got)
		}
	}
}

// What is inside of functions is found in the tree of the dialect.
func TestNestedFunctionsInDialect(t *testing.T) {
	t.Parallel()
	for _, head := range []string{"", "// @flow\n"} {
		got := nestedOutline(t, "x.js", head+"function f(a: ?T): {| b: C |} {\r\n  const g = (x: any): T => x;\r\n}\r\n")
		if want := "function f\n  constant g\n"; got != want {
			t.Errorf("%q: %q, want %q", head, got, want)
		}
	}
}

// The work is linear in the length of any text.
func TestWritingTypesOfHostileTexts(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	t.Parallel()
	rules := testTypeRules(t)
	for _, piece := range []string{
		"a<({", "a<", "(a: (", "type a<{", "class A { x: {", "f(a: b => ", "declare module.exports", "a ? ", "opaque type A: <(", "interface {(",
		"(a: A<", "x: A | ", "const a: {\n", "as as as (", "declare export default <",
	} {
		text := []byte(strings.Repeat(piece, 1<<20/len(piece)))
		start := time.Now()
		writeTypes(rules, text)
		if took := time.Since(start); took > hang {
			t.Errorf("%q: %v", piece, took)
		} else if testing.Verbose() {
			t.Logf("%q: %v", piece, took)
		}
	}
}

// Types are written in equal length.
func FuzzWriteTypes(f *testing.F) {
	rules := testTypeRules(f)
	for _, text := range []string{
		intact["js"], "declare opaque type T; type\n", "class A { +x: T; (a): b, @@c<d>(", "const x: ?A.B<C> | D => 'e' = (f: g[h]?.['i'])",
		"declare export default T extends U ? V : W; declare module.exports: %checks(", "function f<T>(", "(a?: b = c) as d",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		if got := writeTypes(rules, text); len(got) != len(text) {
			t.Fatalf("%q: %d bytes, want %d", text, len(got), len(text))
		}
		if !bytes.Equal(text, before) {
			t.Fatalf("%q was changed", before)
		}
	})
}
