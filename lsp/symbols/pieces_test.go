package symbols

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/symcache/symcache/lsp/symbols/internal/treesitter"
	"github.com/symcache/symcache/lsp/symbols/language"
)

// intact are texts without errors, by extension: some declarations each, of several lines,
// with strings and comments that look like others.
var intact = map[string]string{
	"go": "package p\n\n// a is.\nfunc a(x int) {\n\tif x > 1 {\n\t\tb(\"}\")\n\t}\n}\n\nvar v = `\nfunc no() {\n`\n\n" +
		"const (\n\tc = 1\n\td = 2\n\te = 3\n)\n\ntype t struct {\n\tf int\n}\n\nfunc (t) m() {\n\ta(1)\n}\n",
	"py": "import x\n\n@x.y\ndef a(b):\n    \"\"\"Doc.\n\ndef no(\n    \"\"\"\n    return [b,\n            1]\n\nV = {\n    'k': 1,\n}\n\n" +
		"class C:\n    def m(self):\n        pass\n\n    def n(self):\n        pass\n\ndef z():\n    pass\n",
	"ts": "import x from 'x'\n\nexport function a(b: string): void {\n  if (b) {\n    x(`${b ? `}` : \"}\"}`, /[/}]/)\n  }\n}\n\n" +
		"export const v = {\n  k: 1\n}\n\n@x()\nclass C {\n  m() {\n    return 1\n  }\n}\n\ninterface I {\n  p: number\n}\n\nfunction z() {\n  return 2\n}\n",
	"js": "'use strict'\n\nfunction a(b) {\n  if (b) {\n    x(`${b ? `}` : \"}\"}`, /[/}]/)\n  }\n}\n\nconst v = {\n  k: 1\n}\n\n" +
		"class C {\n  m() {\n    return 1\n  }\n}\n\nfunction z() {\n  return 2\n}\n\nmodule.exports = { a, z }\n",
	"c": "#ifndef H\n#define H \"\n\n/* a is. */\nstatic int\na(int x)\n{\n\tif (x > 1) {\n\t\tb(\"}\");\n\t}\nout:\n\treturn x;\n}\n\n" +
		"struct s {\n\tint f;\n};\n\n#ifdef X\nint v[] = {\n\t1,\n};\n#endif\n\nextern int w;\n\nint z(void)\n{\n\treturn 2;\n}\n#endif\n",
}

// Damage stays in the declaration in which it stands (T10): whatever line is edited in one
// of the ways of people who type, all symbols of other declarations stay. Such an edit may
// join a declaration with the next one, so the next one is not asked about either where
// the edited line is its last.
func TestDamageStaysInItsDeclaration(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	for extension, text := range intact {
		lang := byExtension(t, "x."+extension)
		before, err := extractor.Extract(t.Context(), lang, []byte(text))
		if err != nil || before.SyntaxErrors > 0 {
			t.Fatalf("%s: %d errors (error %v)", extension, before.SyntaxErrors, err)
		}
		lines := strings.SplitAfter(text, "\n")
		for i, line := range lines {
			line = strings.TrimSuffix(line, "\n")
			if start := strings.TrimSpace(line); start == "" || strings.HasPrefix(start, "#") || strings.HasPrefix(start, "/*") ||
				strings.HasPrefix(start, `"""`) || start == "const (" {
				continue // comments and conditionals, which hide or show what follows; the head of a group
			}
			for edit, with := range map[string]string{
				"delete": "", "cut": line[:(len(line)+1)/2] + "\n", "brace": line + " {\n", "parenthesis": line + " (\n",
				"quote": line + " \"\n",
			} {
				edited := strings.Join(slices.Concat(lines[:i], []string{with}, lines[i+1:]), "")
				after, err := extractor.Extract(t.Context(), lang, []byte(edited))
				if err != nil {
					t.Fatal(err)
				}
				for _, lost := range lostOutside(before, after, uint32(i)) {
					t.Errorf("%s: %s line %d, %q: lost %s", extension, edit, i+1, line, lost)
				}
			}
		}
	}
}

// lostOutside returns the symbols that are gone though their top-level declaration does not
// have the line.
func lostOutside(before, after *Summary, line uint32) (lost []string) {
	have := make(map[string]int)
	for i := range after.Symbols {
		have[symbolKey(after, i)]++
	}
	for i := range before.Symbols {
		top := i
		for before.Symbols[top].Parent >= 0 {
			top = before.Symbols[top].Parent
		}
		if r := before.Symbols[top].Range; r.Start.Line <= line && line <= r.End.Line {
			continue
		}
		key := symbolKey(before, i)
		if have[key]--; have[key] < 0 {
			lost = append(lost, key)
		}
	}
	return lost
}

func symbolKey(s *Summary, i int) string {
	return fmt.Sprint(kindName(s.Symbols[i].Kind), " ", s.ContainerOf(i), " ", s.Symbols[i].Name)
}

// countingParser counts how often something is parsed.
type countingParser struct {
	parser
	count int
}

func (c *countingParser) Parse(ctx context.Context, g *treesitter.Grammar, text []byte, limits treesitter.Limits, use func(*treesitter.Result)) error {
	c.count++
	return c.parser.Parse(ctx, g, text, limits, use)
}

// A text that is one declaration is not parsed again because it has errors.
func TestOneDeclarationIsParsedOnce(t *testing.T) {
	t.Parallel()
	o, err := newOutliner(byExtension(t, "x.ts"))
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
	counting := &countingParser{parser: runner.parser}
	runner.parser = counting
	s, err := extract(t.Context(), runner, o, []byte("// a is.\nclass A {\n  m() {}\n  n( {}\n}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if counting.count != 1 || s.SyntaxErrors == 0 || len(s.Symbols) < 2 || s.Symbols[1].Name != "m" {
		t.Errorf("parsed %d times: %s", counting.count, draw(s))
	}
}

// Half-written lines leave the symbols of others, and make none of what stands in functions.
func TestHalfWrittenLines(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	for _, test := range []struct {
		extension, text string
		names           []string
	}{
		{"py", "import a\nfoo.\n__all__ = ['b']\nC =\nd = 1\n", []string{"__all__", "d"}},
		{"py", "v = [\n  a.\nb\n]\n", []string{"v"}},
		{"go", "package p\n\nconst (\nfoo.\n\tA = 1\n\tB = 2\nfoo.\n\tC = 3\n)\n", []string{"A", "B", "C"}},
		{"c", "#ifndef H\n\nfoo.\nt *f(API t *a);\n#if A\nint g(int a); (\n#elif B\nt h;\n#endif\n#endif\n", []string{"f", "g", "h"}},
		{"c", "#if A\ntypedef struct s t\n\n#else\ntypedef int t;\nint u;\n#endif\n", []string{"t", "t", "u"}},
		{"c", "typedef struct {\n\tint a;\n} t\n\n\nt f(int a);\nint b; {\nint c;\n", []string{"(anonymous struct)", "a", "t", "f", "b", "c"}},
		{"c", "int f(int a, (\n\nint b;\nAPI int c(int d) HIDDEN;\n", []string{"f", "b", "c"}},
		{"js", "f()\nfoo.\nmodule.exports = g\n", []string{"module.exports"}},
		{"js", "var a = require('a'), (\n    b = require('b'),\n    c = require('c')\n", []string{"b", "c"}},
		{"js", "var a = require('a'),\n\nfunction f() {}\n", []string{"a", "f"}},
		{"js", "const {\n  a,\n  b, (\n  c\n} = d\n", []string{"a", "b", "c"}},
		{"js", "test('a', async t => {\n  const b = c(\n  t.d(() => { e }) {\n  const f = { g: 1 }\n  foo.\n  const h = { i: [{ j: 1 }] }\n})\nlet k\n", []string{"k"}},
	} {
		s, err := extractor.Extract(t.Context(), byExtension(t, "x."+test.extension), []byte(test.text))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, symbol := range s.Symbols {
			names = append(names, symbol.Name)
		}
		if !slices.Equal(names, test.names) {
			t.Errorf("%s: %q: symbols %q, want %q", test.extension, test.text, names, test.names)
		}
	}
}

// A grammar does not know all of its language. What it does not know costs one declaration.
func TestGrammarGapStaysInItsDeclaration(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	text := "export declare const e: {\n  a: string.b\n}\n\nexport interface F<in out A> {\n  a: A\n}\n\n" +
		"export const f: {\n  <A>(self: F<A>): G<A>\n  <B>(that: B): G<B>\n} = g\n\nexport const h = 1\n\nexport function k() {}\n"
	s, err := extractor.Extract(t.Context(), byExtension(t, "x.ts"), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"h", "k"} {
		if !slices.ContainsFunc(s.Symbols, func(s Symbol) bool { return s.Name == want && s.Parent < 0 }) {
			t.Errorf("%s is missing: %s", want, draw(s))
		}
	}
	if s.SyntaxErrors == 0 {
		t.Error("no errors are reported")
	}
}

// The pieces of a text without errors must give what the text gives as a whole: only then
// are those of a damaged text right where they have none.
func TestTreePieces(t *testing.T) {
	t.Parallel()
	testExtractor(t)
	for _, lang := range Languages() {
		t.Run(lang.ID, func(t *testing.T) {
			t.Parallel()
			comparePieces(t, lang)
		})
	}
}

func comparePieces(t *testing.T, lang *language.Language) {
	o, err := newOutliner(lang)
	if err != nil {
		t.Fatal(err)
	}
	runner, err := newRunner()
	if err != nil {
		t.Fatal(err)
	}
	var files, differ int
	for _, extension := range lang.Extensions {
		for path, content := range treeFiles(t, extension, 20<<20) {
			found, err := extractTraced(t.Context(), runner, o, content, nil)
			if err != nil {
				t.Fatal(err)
			}
			want, plain := found.summary, found.plain
			if want.SyntaxErrors > 0 || want.Truncated != 0 {
				continue
			}
			files++
			if len(plain.leads) > 0 {
				continue // their declarations begin before what is parsed of them
			}
			got, err := found.by.mend(t.Context(), runner, plain.text, &damage{})
			if err != nil {
				t.Fatal(err)
			}
			if got := found.by.outline(content, got.captures, &plain, nil); !cmp.Equal(want, got) {
				differ++
				t.Logf("%s: symbols as a whole and in pieces (-whole +pieces):\n%.500s", path, cmp.Diff(want, got))
			}
		}
	}
	if differ*100 > files {
		t.Errorf("%d of %d files differ in pieces", differ, files)
	}
	t.Logf("%s: %d files, %d differ", lang.ID, files, differ)
}
