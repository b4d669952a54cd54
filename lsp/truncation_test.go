package lsp

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/symcache/symcache/lsp/answers"
	"github.com/symcache/symcache/lsp/symbols"
)

// nestedClasses is a Python text of classes within classes.
func nestedClasses(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%sclass C%d:\n", strings.Repeat(" ", i), i)
	}
	return b.String() + strings.Repeat(" ", n) + "pass\n"
}

// A client hears once that an outline is cut and why, not with each keystroke, and
// symcache/status says so as long as it is.
func TestTruncatedOutlineIsToldOnce(t *testing.T) {
	t.Parallel()
	e := startHere(t, setup{})
	e.initializeWith(object{
		"rootUri": nil, "capabilities": modern(), "initializationOptions": object{"logLevel": "info"},
	})
	const uri = "untitled:deep"
	e.open(uri, "python", nestedClasses(symbols.MaxNesting+1))
	e.outline(uri)
	isTold := func(m message) bool {
		return m.Method == "window/logMessage" && strings.Contains(string(m.Params), "lacks symbols")
	}
	told := e.await("a message that the outline is cut", isTold)
	if !strings.Contains(string(told.Params), uri) || !strings.Contains(string(told.Params), "nested more than 64 deep") ||
		!strings.Contains(string(told.Params), `"type":3`) {
		t.Errorf("%s", told)
	}
	for version := range 3 {
		e.change(uri, version+2, insert(0, 0, "\n"))
		e.outline(uri)
	}
	want := []answers.TruncatedDocument{{URI: uri, Reasons: []string{"it has symbols nested more than 64 deep"}}}
	if diff := cmp.Diff(want, ask[answers.Status](e, "symcache/status", nil).Truncated); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	e.change(uri, 5, object{"text": "class A: pass\n"})
	e.outline(uri)
	if got := ask[answers.Status](e, "symcache/status", nil).Truncated; len(got) > 0 {
		t.Errorf("status of a whole outline: %+v", got)
	}
	if n := len(e.matching(isTold)); n > 0 {
		t.Errorf("told %d times more", n)
	}
}
