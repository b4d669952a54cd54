package symbols

import (
	"testing"

	"github.com/symcache/symcache/lsp/symbols/language"
)

// Each ingredient must change the revision by itself: a forgotten one would make
// old summaries mean something else.
func TestRevisionFollowsFromItsIngredients(t *testing.T) {
	t.Parallel()
	changes := map[string]func(*ingredients){
		"none":           func(*ingredients) {},
		"extractor":      func(in *ingredients) { in.Extractor++ },
		"encoding":       func(in *ingredients) { in.Encoding++ },
		"query":          func(in *ingredients) { in.Query += " " },
		"option":         func(in *ingredients) { in.Options.DefaultVisibility = "private" },
		"skeleton":       func(in *ingredients) { in.Options.Skeleton = &language.Skeleton{Directive: "#"} },
		"grammar":        func(in *ingredients) { in.Grammar = []byte("abi 15") },
		"module":         func(in *ingredients) { in.GrammarModule = "m@v1.0.1 h1:x" },
		"limits":         func(in *ingredients) { in.Limits = []any{2} },
		"part to part":   func(in *ingredients) { in.Query, in.GrammarModule = "", in.GrammarModule+in.Query },
		"grammar to mod": func(in *ingredients) { in.Grammar, in.GrammarModule = nil, string(in.Grammar)+in.GrammarModule },
	}
	seen := make(map[[8]byte]string)
	for name, change := range changes {
		in := ingredients{
			Extractor: 1, Encoding: 1, Query: "(x) @name", Grammar: []byte("abi 14"),
			GrammarModule: "m@v1.0.0 h1:x", Limits: []any{1},
		}
		change(&in)
		got, err := in.hash()
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[got]; ok {
			t.Errorf("%s has the revision of %s", name, other)
		}
		seen[got] = name
		if again, _ := in.hash(); again != got {
			t.Errorf("%s: two revisions of the same", name)
		}
	}
}

func TestRevisionsDifferBetweenLanguages(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	seen := make(map[[8]byte]string)
	for _, lang := range Languages() {
		got, err := extractor.Revision(lang)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[got]; ok {
			t.Errorf("%s has the revision of %s", lang.ID, other)
		}
		seen[got] = lang.ID
	}
}
