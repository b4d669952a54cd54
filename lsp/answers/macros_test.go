package answers

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
)

const (
	regsH = `#ifndef REGS_H
#define REGS_H
/* Where the device is. */
#define BASE 0x1000
#define both 1
struct regs {
#define MASK(a) \
	((a) & \
	 0xff)
	int status;
};
#endif
`
	useC = `#include "regs.h"
#define LOCAL 1
int both;
int use(void) { return BASE + MASK(1) + both + LOCAL; }
`
)

// ask returns the places of a definition as "file:line:column", from 0.
func (c *client) define(name string, position protocol.Position) (places []string) {
	c.t.Helper()
	for _, p := range must[Definitions](c.t)(c.Definition(c.t.Context(), c.Snapshot(), c.uri(name), position)).Places {
		if p.Range.Start != p.Selection.Start && p.Range.Start.Character != 0 {
			c.t.Errorf("the range of %+v", p)
		}
		places = append(places, fmt.Sprintf("%s:%d:%d", strings.TrimPrefix(p.URI, fileURI(c.dir)+"/"), p.Selection.Start.Line, p.Selection.Start.Character))
	}
	return places
}

// A macro is the definition of its name where no symbol has that, on disk and in open
// documents.
func TestDefinitionOfMacro(t *testing.T) {
	t.Parallel()
	c := begin(t, map[string]string{"regs.h": regsH, "use.c": useC, "other.h": "#define BASE 2\n#define OTHER 1\n"})
	try := func(what string, want []string, name string, position protocol.Position) {
		t.Helper()
		if diff := cmp.Diff(want, c.define(name, position)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	try("in other files", []string{"other.h:0:8", "regs.h:3:8"}, "use.c", at(3, 24))
	try("with parameters", []string{"regs.h:6:8"}, "use.c", at(3, 31))
	try("behind a symbol", []string{"use.c:2:4"}, "use.c", at(3, 41))
	try("in the document", []string{"use.c:1:8"}, "use.c", at(3, 49))
	try("on itself", []string{"regs.h:3:8"}, "regs.h", at(3, 10))
	try("behind a symbol, on itself", []string{"regs.h:4:8"}, "regs.h", at(4, 9))
	try("of a guard", nil, "regs.h", at(1, 10))
	c.open("regs.h", "\n"+regsH)
	try("in an open document", []string{"other.h:0:8", "regs.h:4:8"}, "use.c", at(3, 24))
	c.open("use.c", "#define OTHER\n"+useC+"int x = OTHER;\n")
	try("in the document and elsewhere", []string{"use.c:0:8", "other.h:1:8"}, "use.c", at(5, 10))
}

// A hover of a macro is its directive, as the text has it.
func TestHoverOfMacro(t *testing.T) {
	t.Parallel()
	long := "#define LONG \\\n" + strings.Repeat("\tf(); \\\n", 100) + "\tg()\n#define WIDE \"" + strings.Repeat("é", maxDirective) + "\"\n"
	c := begin(t, map[string]string{"regs.h": regsH, "use.c": useC, "long.h": long, "use2.c": "int x = LONG + WIDE;\n"})
	hover := func(name string, position protocol.Position) *Hover {
		t.Helper()
		h := must[*Hover](t)(c.Hover(t.Context(), c.Snapshot(), c.uri(name), position))
		if h == nil {
			t.Fatalf("%s %v: nothing", name, position)
		}
		return h
	}
	want := &Hover{
		Name: span(3, 23, 27), Language: "c", Signature: "#define BASE 0x1000", Kind: symbols.Constant, Macro: true, Place: "regs.h:4",
		Doc: "Where the device is.",
	}
	if diff := cmp.Diff(want, hover("use.c", at(3, 24))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want = &Hover{
		Name: span(3, 30, 34), Language: "c", Signature: "#define MASK(a) \\\n\t((a) & \\\n\t 0xff)", Kind: symbols.Constant, Macro: true, Place: "regs.h:7",
	}
	if diff := cmp.Diff(want, hover("use.c", at(3, 31))); diff != "" {
		t.Errorf("of several lines (-want +got):\n%s", diff)
	}
	if h := hover("use.c", at(3, 41)); h.Macro || h.Signature != "int both" {
		t.Errorf("behind a symbol: %+v", h)
	}
	if got := hover("use2.c", at(0, 10)).Signature; strings.Count(got, "\n") != maxDirectiveLines || !strings.HasSuffix(got, "\n…") {
		t.Errorf("of many lines: %q", got)
	}
	if got := hover("use2.c", at(0, 16)).Signature; len(got) > maxDirective+len("…")+3 || !strings.HasSuffix(got, "…") {
		t.Errorf("of a long line: %d bytes", len(got))
	}
	c.open("regs.h", strings.ReplaceAll(regsH, "\n", "\r\n"))
	if diff := cmp.Diff(want, hover("use.c", at(3, 31))); diff != "" {
		t.Errorf("of an open document (-want +got):\n%s", diff)
	}
}

// Macros stand behind symbols in a search, and each is where it is now.
func TestWorkspaceSymbolsHaveMacros(t *testing.T) {
	t.Parallel()
	c := begin(t, map[string]string{"regs.h": regsH, "use.c": "int base_of(void);\nint x_b_a_s_e;\n"})
	find := func(query string) (found []string) {
		t.Helper()
		for _, m := range must[[]index.Match](t)(c.WorkspaceSymbols(t.Context(), c.Snapshot(), query, 0)) {
			found = append(found, fmt.Sprint(m.Kind, " ", m.Name))
		}
		return found
	}
	if diff := cmp.Diff([]string{"function base_of", "constant BASE", "variable x_b_a_s_e"}, find("base")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if found := find("ASE"); len(found) != 2 {
		t.Errorf("what does not begin with the query is found: %q", found)
	}
	c.open("regs.h", "#define BASE_NEW 1\n")
	if diff := cmp.Diff([]string{"function base_of", "constant BASE_NEW", "variable x_b_a_s_e"}, find("base")); diff != "" {
		t.Errorf("of an open document (-want +got):\n%s", diff)
	}
	var constants index.KindSet
	constants.Add(symbols.Constant)
	place, found, err := c.Relocate(t.Context(), c.Snapshot(), c.uri("regs.h"), "BASE_NEW", constants, 7)
	if err != nil || !found || place != span(0, 8, 16) {
		t.Errorf("relocated to %v, %v, %v", place, found, err)
	}
}

// An outline has macros if that is set, from then on.
func TestOutlineMacros(t *testing.T) {
	t.Parallel()
	c := begin(t, map[string]string{"regs.h": regsH})
	outline := func() []string {
		t.Helper()
		return namesOf(must[*DocumentOutline](t)(c.DocumentSymbols(t.Context(), c.Snapshot(), c.uri("regs.h"))).Summary)
	}
	for i, on := range []bool{false, true, false, true} {
		if i == 2 {
			c.open("regs.h", regsH)
		}
		c.Configure(Settings{OutlineMacros: on, OutlineNested: i > 1})
		want := []string{"regs", "status"}
		if on {
			want = []string{"BASE", "both", "regs", "MASK", "status"}
		}
		if diff := cmp.Diff(want, outline()); diff != "" {
			t.Errorf("%v (-want +got):\n%s", on, diff)
		}
	}
}
