package symbols

import (
	"strings"
	"testing"
)

// What a query says and is not understood must be an error: the alternative is an
// outline that silently lacks something.
func TestQueryMistakes(t *testing.T) {
	t.Parallel()
	testExtractor(t)
	for query, want := range map[string]string{
		`(identifier) @title`:                                         "unknown capture @title",
		`(identifier) @def.functoin`:                                  "unknown capture @def.functoin",
		`(identifier) @flag.final`:                                    "unknown capture @flag.final",
		`(identifier) @visibility.secret`:                             "unknown capture @visibility.secret",
		`((identifier) @name (#is? @name "x"))`:                       "unknown predicate",
		`((identifier) @name (#match? @name "("))`:                    "missing closing",
		`((identifier) @name (#eq? @name))`:                           "wants a capture",
		`((identifier) @name (#any-of? @name @name))`:                 "wants a capture and texts",
		`((identifier) @name (#set! colour red))`:                     `unknown property "colour"`,
		`((identifier) @name (#set! level top))`:                      `unknown level "top"`,
		"(identifier) @name\n(no_such_node) @name":                    "line 2: unknown node type",
		"(identifier @name":                                           "syntax",
		`(function_declaration title: (identifier) @name) @def.class`: "field",
	} {
		lang := *byExtension(t, "x.go")
		lang.Query = query
		_, err := newOutliner(&lang)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", query, err, want)
		}
	}
}

func TestPredicates(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	const source = "package p\nfunc apple() {}\nfunc pear() {}\nfunc plum() {}\n"
	for predicate, want := range map[string]string{
		`(#eq? @name "pear")`:                 "pear",
		`(#not-eq? @name "pear")`:             "apple plum",
		`(#match? @name "^p")`:                "pear plum",
		`(#not-match? @name "^p")`:            "apple",
		`(#any-of? @name "apple" "plum")`:     "apple plum",
		`(#not-any-of? @name "apple" "plum")`: "pear",
		`(#eq? @name @name)`:                  "apple pear plum",
		`(#not-eq? @name @name)`:              "",
	} {
		lang := *byExtension(t, "x.go")
		lang.ID = "test" + predicate
		lang.Query = "((function_declaration name: (identifier) @name) @def.function " + predicate + ")"
		s, err := extractor.Extract(t.Context(), &lang, []byte(source))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, symbol := range s.Symbols {
			names = append(names, symbol.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: %q, want %q", predicate, got, want)
		}
	}
}
