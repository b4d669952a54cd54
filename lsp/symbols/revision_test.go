package symbols

import (
	"testing"

	"github.com/symcache/symcache/lsp/symbols/language"
)

// sampleIngredients has a value for each.
func sampleIngredients() ingredients {
	return ingredients{
		Part: PartSymbols, Encoding: 1, Extractor: 1, Parse: 1, Query: "(x) @name", Grammar: []byte("abi 14"),
		GrammarModule: "m@v1.0.0 h1:x", ParserModule: "p@v1.0.0 h1:x", Limits: limits{Content: 1, Name: 2},
		Options: language.Options{Deprecated: "x", Skeleton: &language.Skeleton{FunctionWord: "func"}},
		Lexis:   language.Lexis{Directive: "%", Strings: []language.StringLiteral{{Delimiter: `"`}, {}}},
	}
}

// Each ingredient must change the revision by itself: a forgotten one would make
// old summaries mean something else.
func TestRevisionFollowsFromItsIngredients(t *testing.T) {
	t.Parallel()
	changes := map[string]func(*ingredients){
		"none":             func(*ingredients) {},
		"part":             func(in *ingredients) { in.Part = "words" },
		"encoding":         func(in *ingredients) { in.Encoding++ },
		"extractor":        func(in *ingredients) { in.Extractor++ },
		"C code":           func(in *ingredients) { in.Parse++ },
		"query":            func(in *ingredients) { in.Query += " " },
		"option":           func(in *ingredients) { in.Options.DefaultVisibility = "private" },
		"skeleton":         func(in *ingredients) { in.Options.Skeleton.BodyAfter = "=" },
		"no skeleton":      func(in *ingredients) { in.Options.Skeleton = nil },
		"empty skeleton":   func(in *ingredients) { in.Options.Skeleton = &language.Skeleton{} },
		"element":          func(in *ingredients) { in.Lexis.Strings = in.Lexis.Strings[:1] },
		"lexis":            func(in *ingredients) { in.Lexis.Directive = "#" },
		"grammar":          func(in *ingredients) { in.Grammar = []byte("abi 15") },
		"module":           func(in *ingredients) { in.GrammarModule = "m@v1.0.1 h1:x" },
		"parser":           func(in *ingredients) { in.ParserModule = "p@v1.0.1 h1:x" },
		"limits of run":    func(in *ingredients) { in.Limits.Run.ParseTicks++ },
		"mark":             func(in *ingredients) { in.Marks = []string{"@x"} },
		"dialect":          func(in *ingredients) { in.Dialect = &ingredients{} },
		"limit":            func(in *ingredients) { in.Limits.Nesting++ },
		"field to field":   func(in *ingredients) { in.Query, in.GrammarModule = "", in.GrammarModule+in.Query },
		"value to another": func(in *ingredients) { in.GrammarModule, in.ParserModule = in.ParserModule, in.GrammarModule },
	}
	seen := make(map[[8]byte]string)
	for name, change := range changes {
		in := sampleIngredients()
		change(&in)
		got, err := hashOf(in)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[got]; ok {
			t.Errorf("%s has the revision of %s", name, other)
		}
		seen[got] = name
		if again, _ := hashOf(in); again != got {
			t.Errorf("%s: two revisions of the same", name)
		}
	}
}

// A new option or ingredient with its zero value changes no revision, at whatever level
// it is added (T7: a new option made all caches cold).
func TestNewOptionLeavesRevisionsAsTheyAre(t *testing.T) {
	t.Parallel()
	type newSkeleton struct {
		NestedComments bool
		language.Skeleton
		Heredocs []string
	}
	type newOptions struct {
		language.Options
		Embedded map[string]string
		Comments struct{ Line, Doc string }
		Skeleton *newSkeleton
	}
	type newIngredients struct {
		First struct{ Deep struct{ X int } }
		ingredients
		Options  newOptions
		Embedded []string
	}
	in := sampleIngredients()
	grown := newIngredients{ingredients: in}
	grown.Options.Options = in.Options
	grown.Options.Skeleton = &newSkeleton{Skeleton: *in.Options.Skeleton}

	want, err := hashOf(in)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := hashOf(grown); err != nil || got != want {
		t.Errorf("new fields that nobody has set give revision %x, want %x (error %v)", got, want, err)
	}
	grown.Options.Skeleton.NestedComments = true
	if got, err := hashOf(grown); err != nil || got == want {
		t.Errorf("a new option that is set leaves the revision %x (error %v)", got, err)
	}
}

// Every ingredient of a real language is there but the versions of modules, which test
// binaries do not know.
func TestRevisionHasAllIngredients(t *testing.T) {
	t.Parallel()
	testExtractor(t) // skips without cgo
	for _, lang := range Languages() {
		in, err := ingredientsOf(lang, PartSymbols)
		if err != nil {
			t.Fatal(err)
		}
		if in.Part == "" || in.Encoding == 0 || in.Extractor == 0 || in.Parse == 0 || in.Query == "" ||
			len(in.Grammar) == 0 || in.Limits.Content == 0 || in.Limits.Run.ParseTicks == 0 {
			t.Errorf("%s: %+v", lang.ID, in)
		}
	}
}

func TestRevisionsDifferBetweenLanguages(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	seen := make(map[[8]byte]string)
	for _, lang := range Languages() {
		got, err := extractor.Revision(lang, PartSymbols)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[got]; ok {
			t.Errorf("%s has the revision of %s", lang.ID, other)
		}
		seen[got] = lang.ID
		if _, err := extractor.Revision(lang, "nonsense"); err == nil {
			t.Errorf("%s has a part that nobody knows", lang.ID)
		}
	}
}
