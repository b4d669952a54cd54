package symbols

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/symcache/symcache/lsp/symbols/c"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/symbols/lexer"
)

func testMacroRules(t testing.TB) *macroRules {
	rules, err := newMacroRules(c.Language().Options.Macros, lexer.NewTable(c.Language().Lexis))
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// A text without macros is parsed as it is.
func TestPlainTextIsNotBlanked(t *testing.T) {
	t.Parallel()
	rules := testMacroRules(t)
	for _, text := range []string{
		"",
		"int f(int a, char *b) { return g(a, \"}\"); }\nstatic const struct s t;\n",
		"typedef struct { int a, *b; unsigned c : 3; } t;\nenum e { A, B = 2, C };\nextern t v[3];\nsize_t n = 1;\n",
		"#if A\nstruct s;\n#else\nunion u;\n#endif\nint (*p)(void), *q = 0;\nt *f(const t *a, size_t n);\n",
		"extern \"C\" {\nint f(void);\n}\nint g(void) __attribute__((pure));\n",
		"int main(int argc, char **argv)\n{\nif (a) {\n}\n}\n",
	} {
		if got := blankMacros(rules, []byte(text), false); string(got.text) != text || got.leads != nil {
			t.Errorf("%q became %q", text, got.text)
		}
	}
}

// A shape says which calls of which macros define something.
func TestMacroShapes(t *testing.T) {
	t.Parallel()
	shapes, err := newMacroShapes([]string{"A(name)", " B ( _ , name , ... ) ", "C_*(_, _, name)", "*_D(name)", "A(_, name)"})
	if err != nil {
		t.Fatal(err)
	}
	for macro, want := range map[string]int{"A": 0, "B": 1, "C_": 2, "C_x": 2, "x_D": 0, "C_D": 2, "AB": -1, "D": -1} {
		argument, known := shapes.find(macro)
		if !known {
			argument = -1
		}
		if argument != want {
			t.Errorf("%s: argument %d, want %d", macro, argument, want)
		}
	}
	for _, shape := range []string{
		"", "A", "A(", "A()", "(name)", "*(name)", "A(names)", "1A(name)", "A B(name)", "A**(name)", "A-B(name)", "A(name) b",
		"A" + strings.Repeat("a", MaxMacro) + "(name)",
	} {
		if err := CheckMacro(shape); err == nil {
			t.Errorf("%q is a shape", shape)
		}
	}
}

// What CheckMacro accepts can be looked for, and is found where it names a macro.
func FuzzMacroShapes(f *testing.F) {
	for _, shape := range []string{"A(name)", " B ( _ , name , ... ) ", "C_*(_, _, name)", "*_D(name)", "A(", "A**(name)", "$世(name)"} {
		f.Add(shape, "A_D")
	}
	f.Fuzz(func(t *testing.T, shape, macro string) {
		shapes, err := newMacroShapes([]string{shape})
		if checked := CheckMacro(shape); (err == nil) != (checked == nil) {
			t.Fatalf("%q: CheckMacro says %v, but %v", shape, checked, err)
		}
		if err != nil {
			return
		}
		commas := strings.Count(shape, ",")
		if argument, known := shapes.find(macro); known && (argument < 0 || argument > commas) {
			t.Errorf("%q: %s: argument %d of %d", shape, macro, argument, commas+1)
		}
		before, _, _ := strings.Cut(shape, "(")
		if name := strings.ReplaceAll(strings.TrimSpace(before), "*", "x"); len(name) > 0 {
			if _, known := shapes.find(name); !known {
				t.Errorf("%q does not find %s", shape, name)
			}
		}
	})
}

// Shapes that somebody adds count before those of the language, and are part of the
// revisions of languages with macros alone.
func TestAddedMacrosDefineSymbols(t *testing.T) {
	t.Parallel()
	plain, more := testExtractor(t), NewExtractor(1, "MY_TABLE(_, name)", "TEST(name)")
	lang := byExtension(t, "x.c")
	summary, err := more.Extract(t.Context(), lang, []byte("MY_TABLE(int, rows);\nTEST(suite, name) {\n}\n"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range summary.Symbols {
		names = append(names, s.Kind.String()+" "+s.Name)
	}
	if want := []string{"variable rows", "function suite"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	for _, lang := range Languages() {
		one, err := plain.Revision(lang, PartSymbols)
		if err != nil {
			t.Fatal(err)
		}
		other, err := more.Revision(lang, PartSymbols)
		if err != nil {
			t.Fatal(err)
		}
		if differs := one != other; differs != (lang.Options.Macros != nil) {
			t.Errorf("%s: the revision differs: %v", lang.ID, differs)
		}
	}
}

// checkBlanked tests what holds of every text: length and lines stay, the work has a
// bound, and the same text gives the same.
func checkBlanked(t *testing.T, rules *macroRules, text []byte) {
	before := bytes.Clone(text)
	got := blankMacros(rules, text, false)
	if !bytes.Equal(before, text) {
		t.Error("the original text has changed")
	}
	if len(got.text) != len(text) {
		t.Fatalf("%d bytes became %d", len(text), len(got.text))
	}
	for i, c := range got.text {
		if c != text[i] && !strings.ContainsRune(" ();int", rune(c)) {
			t.Fatalf("byte %d: %q became %q", i, text[i], c)
		}
	}
	if again := blankMacros(rules, text, false); !bytes.Equal(again.text, got.text) {
		t.Error("twice the same text gives two texts")
	}
	last := uint32(0)
	for _, d := range got.defines {
		if d.directive.start < last || !d.directive.contains(d.name) || d.name.start == d.name.end || int(d.directive.end) > len(text) {
			t.Errorf("define %v", d)
		}
		last = d.directive.end
	}
	for i, l := range got.leads {
		if l.from > l.at || int(l.at) >= len(text) || i > 0 && got.leads[i-1].at > l.at {
			t.Errorf("lead %v", l)
		}
	}
}

func TestBlankingHostileTexts(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	t.Parallel()
	rules := testMacroRules(t)
	texts := hostile()
	for name, piece := range map[string]string{
		"calls":        "M(a)\n",
		"heads":        "M(a) f(b)\n",
		"words":        "A b ",
		"tags":         "struct A(b) ",
		"else":         "#else\n",
		"conditionals": "#if A\nint f(a)\n{\n#else\n",
		"C++":          "#ifdef __cplusplus\n",
		"old style":    "f(a) int a; ",
		"groups":       "int (*f(M (*g(",
		"records":      "struct s {\n",
		"enums":        "enum e { A B(c), \n",
		"functions":    "int f(a) {\n",
		"defines":      "#define A\n",
		"open defines": "{\n#define A /* \n}\n",
	} {
		texts["macros: "+name] = strings.Repeat(piece, 1<<20/len(piece))
	}
	for name, text := range texts {
		start := time.Now()
		checkBlanked(t, rules, []byte(text))
		if took := time.Since(start); took > hang {
			t.Errorf("%s: %v", name, took)
		} else if testing.Verbose() {
			t.Logf("%s: %v", name, took)
		}
	}
}

func FuzzBlankMacros(f *testing.F) {
	for _, text := range []string{
		"API struct s *get(int id) HIDDEN;\nM(x)\nint v __data = 1;", "#ifdef A\nint f(a)\n{\n#else\nint f(b)\n{\n#endif\n}\n",
		"enum e { A, X(b) B DEPRECATED = 1,\n#include \"x\"\n};", "int f(a, b) int a; char *b; {\n#if A\n{\n#else\n{\n#endif\n}\n}\n",
		"struct s P(1) { T(a) b; int : 3; } x, *y;", "SYSCALL_DEFINE2(a, int, b)\n{}\nDEFINE_MUTEX(m);\nTEST(a, b) {}",
		"_Atomic(int) a; auto b = 1; t (*f)(int);", "namespace a { class b { public: c(); }; }\n#ifdef __cplusplus\n#else\n#endif",
		"#ifndef A\n#define A\n#define \\\nB(c) /*\n*/ d\nint f(\n# define E\n) {\n#define F\n}\n{\n#if G\n#define H\n}\n#endif",
	} {
		f.Add([]byte(text))
	}
	rules := testMacroRules(f)
	f.Fuzz(func(t *testing.T, text []byte) { checkBlanked(t, rules, text) })
}

// No symbol has a keyword for its name, in any language, in any of the sources below
// -tree; none has a word of attributes.
func TestTreeNamesNoSymbolByKeyword(t *testing.T) {
	extractor := testExtractor(t)
	for _, lang := range Languages() {
		for _, extension := range lang.Extensions {
			for path, content := range treeFiles(t, extension, 200<<20) {
				checkNames(t, extractor, lang, path, content)
			}
		}
	}
}

func checkNames(t *testing.T, extractor *Extractor, lang *language.Language, path string, content []byte) {
	exempt := map[string]bool{}
	for _, kind := range lang.Options.KeywordMembers {
		exempt[kind] = true
	}
	keywords := map[string]bool{}
	for _, word := range lang.Options.Keywords {
		keywords[word] = true
	}
	s, err := extractor.Extract(t.Context(), lang, content)
	if err != nil {
		t.Fatal(err)
	}
	for _, symbol := range s.Symbols {
		name := symbol.Name
		attribute := lang.ID == "c" && (strings.HasPrefix(name, "__attribute") || name == "__THROW" || name == "__nonnull" || name == "__wur" ||
			strings.HasPrefix(name, "G_GNUC_") || strings.HasPrefix(name, "GLIB_AVAILABLE_") || name == "APIENTRY" || name == "GLAPIENTRY")
		if attribute || keywords[name] && !exempt[symbol.Kind.String()] {
			t.Errorf("%s:%d: %s %s", path, symbol.Selection.Start.Line+1, symbol.Kind, name)
		}
	}
}

// TestTreeIsBlanked tests the same of real sources.
func TestTreeIsBlanked(t *testing.T) {
	rules := testMacroRules(t)
	for _, extension := range c.Language().Extensions {
		for path, content := range treeFiles(t, extension, 200<<20) {
			t.Log(path)
			checkBlanked(t, rules, content)
		}
	}
}
