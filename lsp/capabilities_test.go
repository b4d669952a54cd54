package lsp

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/answers"
	"github.com/symcache/symcache/lsp/symbols"
)

// without returns modern capabilities without some members, given by their path.
func without(paths ...string) object {
	capabilities := modern()
	for _, path := range paths {
		at := capabilities
		names := strings.Split(path, ".")
		for _, name := range names[:len(names)-1] {
			at = at[name].(object)
		}
		delete(at, names[len(names)-1])
	}
	return capabilities
}

const kindsGo = `package a

// Deprecated: use New.
func Old() {}

type Shape struct {
	Side int
}

func (s *Shape) Area() int { return 0 }
`

// The kinds of LSP that the tests name.
const (
	kindClass    = 5
	kindMethod   = 6
	kindField    = 8
	kindFunction = 12
	kindStruct   = 23
)

// P11: a client that knows the hierarchy gets it, with each
// selection range inside of its range; another one gets a flat list.
func TestOutlineHasTheFormThatTheClientKnows(t *testing.T) {
	t.Parallel()
	transports(t, func(t *testing.T, start func(setup) *editor) {
		uri := "untitled:kinds%20%C3%A4+1" // to be given back as it is
		e := start(setup{})
		e.initialize(modern())
		e.open(uri, "go", kindsGo)
		got := e.outline(uri)
		var walk func(list []documentSymbol, within *jsonRange)
		walk = func(list []documentSymbol, within *jsonRange) {
			for _, s := range list {
				if s.Range == nil || s.SelectionRange == nil || s.Location != nil || s.Name == "" {
					t.Fatalf("not a DocumentSymbol: %+v", s)
				}
				if !contains(*s.Range, *s.SelectionRange) || within != nil && !contains(*within, *s.Range) {
					t.Errorf("%s: %v in %v in %v", s.Name, s.SelectionRange, s.Range, within)
				}
				walk(s.Children, s.Range)
			}
		}
		walk(got, nil)
		if len(got) != 3 || got[1].Name != "Shape" || len(got[1].Children) != 1 || got[1].Children[0].Name != "Side" {
			t.Errorf("outline: %+v", got)
		}

		flat := start(setup{})
		flat.initialize(without("textDocument.documentSymbol.hierarchicalDocumentSymbolSupport"))
		flat.open(uri, "go", kindsGo)
		var summary []documentSymbol
		for _, s := range flat.outline(uri) {
			if s.Location == nil || s.Location.Range == nil || s.Range != nil || s.SelectionRange != nil {
				t.Fatalf("not a SymbolInformation: %+v", s)
			}
			if s.Location.URI != uri {
				t.Errorf("location in %q, want %q", s.Location.URI, uri)
			}
			summary = append(summary, documentSymbol{Name: s.Name, ContainerName: s.ContainerName})
		}
		want := []documentSymbol{
			{Name: "Old"}, {Name: "Shape"}, {Name: "Side", ContainerName: "Shape"},
			{Name: "(*Shape).Area", ContainerName: "Shape"},
		}
		if diff := cmp.Diff(want, summary); diff != "" {
			t.Errorf("flat outline (-want +got):\n%s", diff)
		}
	})
}

func contains(outer, inner jsonRange) bool {
	return !before(inner.Start, outer.Start) && !before(outer.End, inner.End) && !before(inner.End, inner.Start)
}

func before(a, b jsonPosition) bool {
	return a.Line < b.Line || a.Line == b.Line && a.Character < b.Character
}

// TestKindsAndTags: no kind and no tag that the client does not know.
func TestKindsAndTags(t *testing.T) {
	t.Parallel()
	type described struct {
		Kind       int
		Tags       []int
		Deprecated bool
	}
	for name, test := range map[string]struct {
		capabilities      object
		document, symbols map[string]described
	}{
		"all known": {
			capabilities: modern(),
			document:     map[string]described{"Old": {kindFunction, []int{1}, false}, "Shape": {kindStruct, nil, false}},
			symbols:      map[string]described{"Old": {kindFunction, []int{1}, false}, "Shape": {kindStruct, nil, false}},
		},
		"first version of LSP": {
			capabilities: without("textDocument.documentSymbol.symbolKind", "textDocument.documentSymbol.tagSupport",
				"workspace.symbol"),
			document: map[string]described{"Old": {kindFunction, nil, true}, "Shape": {kindClass, nil, false}},
			symbols:  map[string]described{"Old": {kindFunction, nil, false}, "Shape": {kindClass, nil, false}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := tree(t, map[string]string{"kinds.go": kindsGo})
			e := startHere(t, setup{})
			e.initialize(test.capabilities, dir)
			document, symbols := map[string]described{}, map[string]described{}
			for _, s := range e.outline(fileURI(filepath.Join(dir, "kinds.go"))) {
				if test.document[s.Name].Kind != 0 {
					document[s.Name] = described{s.Kind, s.Tags, s.Deprecated}
				}
			}
			for name := range test.symbols {
				for _, s := range e.search(name) {
					if s.Name == name {
						symbols[name] = described{s.Kind, s.Tags, false}
					}
				}
			}
			if diff := cmp.Diff(test.document, document); diff != "" {
				t.Errorf("outline (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.symbols, symbols); diff != "" {
				t.Errorf("workspace symbols (-want +got):\n%s", diff)
			}
		})
	}
}

// A client may want some kinds only, as it knows them, and has the limit of those.
func TestKindsWanted(t *testing.T) {
	t.Parallel()
	const function, class, structure = 12, 5, 23
	for name, test := range map[string]struct {
		capabilities object
		kinds        any
		want         []string
	}{
		"all":         {modern(), nil, []string{"Old", "Shape"}},
		"none":        {modern(), []int{}, []string{"Old", "Shape"}},
		"one":         {modern(), []int{structure}, []string{"Shape"}},
		"two":         {modern(), []int{structure, function}, []string{"Old", "Shape"}},
		"no such":     {modern(), []int{99}, nil},
		"one and all": {modern(), []int{99, function}, []string{"Old"}},
		"as told":     {without("workspace.symbol"), []int{class}, []string{"Shape"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startHere(t, setup{})
			e.initialize(test.capabilities, tree(t, map[string]string{"kinds.go": kindsGo}))
			e.progress("end")
			var got []string
			for _, name := range []string{"Old", "Shape"} {
				for _, s := range ask[[]workspaceSymbol](e, "workspace/symbol", object{"query": name, "kinds": test.kinds}) {
					if s.Name == name {
						got = append(got, name)
					}
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if m := e.request("workspace/symbol", object{"query": "", "kinds": "class"}); m.code() != -32602 {
				t.Errorf("kinds that are no list: %v", m)
			}
		})
	}
}

// TestKindsAreCounted: a client that offers the kinds learns which ones occur, and how often, also in unsaved text.
func TestKindsAreCounted(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a.go": "package p\n\nfunc One() {}\n\nfunc Two() {}\n\ntype Three struct{}\n"})
	e := startHere(t, setup{})
	e.initialize(modern(), dir)
	e.progress("end")
	for _, query := range []string{"", "o"} { // in One and Two alone
		want := map[int]int{int(symbols.Function): 2, int(symbols.Struct): 1}
		if query != "" {
			delete(want, int(symbols.Struct))
		}
		if diff := cmp.Diff(want, ask[map[int]int](e, "symcache/kinds", object{"query": query})); diff != "" {
			t.Errorf("%q: %s", query, diff)
		}
	}
	e.open(fileURI(filepath.Join(dir, "a.go")), "go", "package p\n\nfunc Other() {}\n")
	if diff := cmp.Diff(map[int]int{int(symbols.Function): 1}, ask[map[int]int](e, "symcache/kinds", object{})); diff != "" {
		t.Error(diff)
	}
}

// P12: each workspace symbol has a range, the name's.
func TestWorkspaceSymbolsHaveRanges(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"kinds.go": kindsGo})
	e := startHere(t, setup{})
	e.initialize(modern(), dir)
	want := []workspaceSymbol{{
		Name: "Area", Kind: kindMethod, ContainerName: "Shape",
		Location: location{
			URI:   fileURI(filepath.Join(dir, "kinds.go")),
			Range: &jsonRange{jsonPosition{9, 16}, jsonPosition{9, 20}},
		},
	}}
	if diff := cmp.Diff(want, e.search("Area")); diff != "" {
		t.Errorf("workspace/symbol (-want +got):\n%s", diff)
	}
	side := e.search("Side")
	if len(side) != 1 || side[0].Kind != kindField || side[0].ContainerName != "Shape" {
		t.Errorf("field: %+v", side)
	}
	if all := e.search(""); len(all) != 4 {
		t.Errorf("empty query: %d symbols, want all 4: %+v", len(all), all)
	}
}

// wide has a Go text with columns that differ by encoding: before the name on
// line 1 stand one letter of two bytes, one of three, and one outside of the BMP.
const wide = "package a\nvar _ = \"é€😀\"; func Wide() {}\n"

// P2: positions count UTF-16 units unless UTF-8 was agreed, in
// answers and in changes alike.
func TestColumnsCountAgreedUnits(t *testing.T) {
	t.Parallel()
	transports(t, func(t *testing.T, start func(setup) *editor) {
		for _, test := range []struct {
			name    string
			offered []string
			agreed  string
			column  int // of Wide
			emoji   int // of the emoji's begin
			units   int // of the emoji
		}{
			{"none offered", nil, "utf-16", 21, 11, 2},
			{"utf-16", []string{"utf-16"}, "utf-16", 21, 11, 2},
			{"utf-8 first", []string{"utf-8", "utf-16"}, "utf-8", 26, 14, 4},
			{"utf-8 last", []string{"utf-32", "utf-16", "utf-8"}, "utf-16", 21, 11, 2},
			{"one that nobody has", []string{"utf-32"}, "utf-16", 21, 11, 2},
		} {
			e := start(setup{})
			capabilities := modern()
			if test.offered != nil {
				capabilities["general"] = object{"positionEncodings": test.offered}
			}
			if got := e.initialize(capabilities).Capabilities.PositionEncoding; got != test.agreed {
				t.Errorf("%s: positionEncoding %q, want %q", test.name, got, test.agreed)
			}
			uri := "file:///nowhere/wide.go"
			e.open(uri, "go", wide)
			wantColumn := func(name string, want int) {
				t.Helper()
				for _, s := range e.outline(uri) {
					if s.Name == name && s.SelectionRange.Start != (jsonPosition{1, want}) {
						t.Errorf("%s: %s at %v, want column %d", test.name, name, s.SelectionRange.Start, want)
					}
				}
				found := e.search(name)
				if len(found) != 1 || found[0].Location.Range.Start != (jsonPosition{1, want}) {
					t.Errorf("%s: workspace/symbol: %+v, want column %d", test.name, found, want)
				}
			}
			wantColumn("Wide", test.column)

			// Without the emoji, the name moves by as much as it had.
			e.change(uri, 2, replace(1, test.emoji, 1, test.emoji+test.units, ""))
			wantColumn("Wide", test.column-test.units)
			// Inside of a character means its begin; past the end of a line, its end.
			e.change(uri, 3, insert(1, test.emoji, "😀"), insert(1, test.emoji+1, "_"), insert(1, 1<<20, "\n\nfunc After() {}"))
			wantColumn("Wide", test.column+1)
			if got := e.outlineNames(uri); !slices.Contains(got, "After") {
				t.Errorf("%s: outline %q has no After", test.name, got)
			}
		}
	})
}

// P2: a byte order mark that a client does not strip has a column.
func TestByteOrderMarkHasAColumn(t *testing.T) {
	t.Parallel()
	e := startHere(t, setup{})
	e.initialize(modern())
	e.open("untitled:1", "python", "\ufeffdef f():\n    pass\n")
	want := jsonRange{jsonPosition{0, 5}, jsonPosition{0, 6}}
	if got := e.outline("untitled:1"); len(got) != 1 || *got[0].SelectionRange != want {
		t.Errorf("outline: %+v, want f at %v", got, want)
	}
}

// P2: a buffer finds the summary of its file, however the file's line ends and characters
// are written; what is not open is read as an editor would read it.
func TestOneTextInAllEncodings(t *testing.T) {
	t.Parallel()
	text := "package a\n\n// Here is é.\nfunc Here() {\n}\n\nvar _ = Here\n"
	crlf := strings.ReplaceAll(text, "\n", "\r\n")
	utf16LE := "\xff\xfe"
	for _, unit := range utf16.Encode([]rune(crlf)) {
		utf16LE += string([]byte{byte(unit), byte(unit >> 8)})
	}
	dir := tree(t, map[string]string{
		"lf.go": text, "crlf.go": crlf, "bom.go": "\ufeff" + crlf, "utf16.go": utf16LE,
	})
	e := startHere(t, setup{Cache: t.TempDir()})
	e.initialize(modern(), dir)
	uris := make([]string, 0, 4)
	for _, name := range names(t, dir) {
		uris = append(uris, fileURI(filepath.Join(dir, name)))
	}
	e.wantFound("Here", uris...)
	// The scan stores what it has parsed before it ends.
	eventually(t, func() bool { return ask[answers.Status](e, "symcache/status", nil).State == "ready" }, "the scan has not ended")
	want := jsonRange{jsonPosition{3, 5}, jsonPosition{3, 9}}
	check := func(uri string) {
		t.Helper()
		if got := e.outline(uri); len(got) != 1 || *got[0].SelectionRange != want {
			t.Errorf("%s: %+v, want Here at %v", uri, got, want)
		}
		hover := e.request("textDocument/hover", object{"textDocument": object{"uri": uri}, "position": object{"line": 6, "character": 9}})
		if !strings.Contains(string(hover.Result), "Here is é.") {
			t.Errorf("%s: hover %s", uri, hover.Result)
		}
	}
	for _, uri := range uris {
		check(uri) // the file
		e.open(uri, "go", crlf)
		check(uri) // the buffer
	}
	if status := ask[answers.Status](e, "symcache/status", nil); status.Parsed != 1 || status.Files != 4 {
		t.Errorf("%d contents parsed for %d files, want 1 for 4", status.Parsed, status.Files)
	}
}

// P2: "\n", "\r\n" and a lone "\r" end lines, also mixed; tabs are
// one unit, and combining marks are on their own.
func TestAllLineEndsCount(t *testing.T) {
	t.Parallel()
	e := startHere(t, setup{})
	e.initialize(modern())
	for name, text := range map[string]string{
		"LF":    "package a\n\n\nfunc Here() {}\n",
		"CRLF":  "package a\r\n\r\n\r\nfunc Here() {}\r\n",
		"CR":    "package a\r\r\rfunc Here() {}\r",
		"mixed": "package a\n\r\r\nfunc Here() {}",
	} {
		uri := "untitled:" + name
		e.open(uri, "go", text)
		e.change(uri, 2, replace(3, 5, 3, 9, "There"))
		e.change(uri, 3, insert(3, 0, "/*\te\u0301*/ "))
		got := e.outline(uri)
		want := jsonRange{jsonPosition{3, 13}, jsonPosition{3, 18}}
		if len(got) != 1 || got[0].Name != "There" || *got[0].SelectionRange != want {
			t.Errorf("%s: %+v, want There at %v", name, got, want)
		}
	}
}
