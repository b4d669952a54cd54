package symbols

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/symbols/language"
)

// languageOf returns the language with an ID.
func languageOf(t *testing.T, id string) *language.Language {
	t.Helper()
	for _, lang := range Languages() {
		if lang.ID == id {
			return lang
		}
	}
	t.Fatalf("no language %s", id)
	return nil
}

// Each match of a pattern is told with what became of it, and the line that is told for the pattern is the one of the
// query file in which it begins.
func TestExplainTellsEachMatch(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	for name, test := range map[string]struct {
		language, text, symbol string // symbol is the text that is captured as the name
		pattern                string // the first words of the line that is told
		becomes                int
		reason                 string
	}{
		"the pattern that decides":  {"go", "package p\n\ntype T struct{ F int }\n", "T", "(type_spec", 0, ""},
		"a later pattern":           {"go", "package p\n\ntype T struct{ F int }\n", "T", "(type_spec", -1, "an earlier pattern"},
		"in an opaque node":         {"python", "def f():\n    x = 1\n", "x", "(", -1, "marks as opaque"},
		"a predicate":               {"go", "package p\n\nvar _ = 1\n", "", "(var_spec", -1, "predicate"},
		"merged with another of it": {"python", "x = 1\nx = 2\n", "x", "(", -1, "merged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lang := languageOf(t, test.language)
			e, err := extractor.Explain(t.Context(), lang, []byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			queryLines := strings.Split(lang.Query, "\n")
			found := slices.ContainsFunc(e.Matches, func(m MatchExplanation) bool {
				named := test.symbol == "" || slices.ContainsFunc(m.Captures, func(c CaptureExplanation) bool {
					return c.Name == "name" && c.Text == test.symbol
				})
				return named && m.Symbol == test.becomes && (m.Reason == "") == (test.reason == "") &&
					strings.Contains(m.Reason, test.reason) && strings.HasPrefix(strings.TrimLeft(queryLines[m.Line-1], "( "), strings.TrimLeft(test.pattern, "("))
			})
			if !found {
				t.Errorf("no such match in %+v", e.Matches)
			}
		})
	}
}

// Explain finds the symbols that Extract finds, and says of each which match made it.
func TestExplainAgreesWithExtract(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	for id, text := range map[string]string{
		"go":         "package p\n\n// F is.\nfunc F() int {\n\tx := 1\n\treturn x\n}\n\ntype T struct{ A, B int }\n\nfunc (t *T) M() {}\n\nconst (\n\tX = iota\n\tY\n)\n",
		"python":     "class C:\n    y = 1\n    def __init__(self):\n        self.z = 2\n\n    def m(self): pass\n\nx = 1\nx = 2\n",
		"typescript": "export class A { constructor(private b: string) {} get c() { return 1 } }\nexport const d = () => 1;\ninterface I { e(): void }\n",
		"c":          "struct s { int a; } v, *w;\nint f(int x) { int y = x; return y; }\n#define M 1\nenum e { A, B };\n",
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			lang := languageOf(t, id)
			want, err := extractor.Extract(t.Context(), lang, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			e, err := extractor.Explain(t.Context(), lang, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, e.Summary); diff != "" {
				t.Errorf("summary (-extracted +explained):\n%s", diff)
			}
			made := make(map[int]bool)
			for _, m := range e.Matches {
				if m.Symbol >= 0 && m.Reason == "" {
					made[m.Symbol] = true
				}
				if m.Symbol < 0 && m.Reason == "" {
					t.Errorf("no reason is told why this makes no symbol: %+v", m)
				}
			}
			if len(made) != len(want.Symbols) {
				t.Errorf("matches for %d symbols, want %d", len(made), len(want.Symbols))
			}
		})
	}
}

// What damage costs is told: the lines of the declarations that have it, and no others.
func TestExplainTellsDamage(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	for text, want := range map[string][]LineRange{
		"const a = 1\n\n// b is.\nfunction b() {\n  return (\n}\n\nfunction c() {}\n": {{2, 5}},
		"function a() {}\n": nil,
		"var a = 1, (\n    b = 2\n\nclass C {\n  m( {}\n}\n": {{0, 0}, {3, 5}},
	} {
		e, err := extractor.Explain(t.Context(), languageOf(t, "javascript"), []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(e.Damaged, want) {
			t.Errorf("%q: damaged lines %v, want %v", text, e.Damaged, want)
		}
	}
}
