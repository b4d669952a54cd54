package answers

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/index"
)

// Functions inside of functions are shown in outlines of open documents if the client wants
// them. Searches never find them, nor do outlines of files.
func TestNestedFunctionsAreShownOnRequest(t *testing.T) {
	t.Parallel()
	const text = "package a\n\nfunc f() {\n\tinner := func() {}\n\tinner()\n}\n"
	c := begin(t, map[string]string{"a.go": text, "b.go": text})
	c.open("a.go", text)
	shown := func(name string) []string {
		t.Helper()
		return namesOf(must[*DocumentOutline](t)(c.DocumentSymbols(t.Context(), c.Snapshot(), c.uri(name))).Summary)
	}
	if diff := cmp.Diff([]string{"f"}, shown("a.go")); diff != "" {
		t.Errorf("by default (-want +got):\n%s", diff)
	}
	c.Configure(Settings{OutlineNested: true})
	if diff := cmp.Diff([]string{"f", "inner"}, shown("a.go")); diff != "" {
		t.Errorf("an open document (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"f"}, shown("b.go")); diff != "" {
		t.Errorf("a file (-want +got):\n%s", diff)
	}
	if found := must[[]index.Match](t)(c.WorkspaceSymbols(t.Context(), c.Snapshot(), "inner", 0)); len(found) > 0 {
		t.Errorf("a search finds %+v", found)
	}
}
