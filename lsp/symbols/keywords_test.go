package symbols

import (
	"slices"
	"testing"
)

// A parser that recovers from an error takes keywords for names: the "struct" behind a
// macro call, a "void" behind a macro.
func TestKeywordsNameNoSymbol(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	for name, source := range map[string]string{
		"a.c":  "API static void f(void);\nM(one)\nstruct s { int x; };\nEXPORT(two)\ntypedef int t;\nA B unsigned g;\n",
		"a.go": "package p\n\nvar if = 1\nfunc for() {}\ntype struct struct{}\n",
		"a.py": "def if(): pass\nclass = 1\nimport\nfor in = 2\n",
		"a.js": "function if() {}\nvar while = 1\nclass new {}\nconst of = 1\n",
		"a.ts": "type if = 1\ninterface enum {}\nlet while: string\n",
	} {
		lang := byExtension(t, name)
		s, err := extractor.Extract(t.Context(), lang, []byte(source))
		if err != nil {
			t.Fatal(err)
		}
		for _, symbol := range s.Symbols {
			if slices.Contains(lang.Options.Keywords, symbol.Name) {
				t.Errorf("%s: %v %q", name, symbol.Kind, symbol.Name)
			}
		}
	}
}

// Members may be called as they like where a language says so.
func TestKeywordsNameMembers(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	s, err := extractor.Extract(t.Context(), byExtension(t, "a.ts"), []byte("class C { delete() {}\n in = 1 }\nexport default function () {}\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, symbol := range s.Symbols {
		got = append(got, symbol.Name)
	}
	if want := []string{"C", "delete", "in", "default"}; !slices.Equal(got, want) {
		t.Errorf("symbols %q, want %q", got, want)
	}
}
