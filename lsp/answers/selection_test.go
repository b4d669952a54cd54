package answers

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.lsp.dev/protocol"
)

// selected returns the texts of the ranges around the "|" in the text of an open document,
// from the inside out, without that of the whole document.
func selected(t *testing.T, c *client, name, marked string) (texts []string) {
	t.Helper()
	before, after, ok := strings.Cut(marked, "|")
	if !ok {
		t.Fatalf("no place in %q", marked)
	}
	text := before + after
	c.open(name, text)
	places := newPlaces([]byte(text), c.Encoding())
	list := must[[]protocol.SelectionRange](t)(
		c.SelectionRanges(t.Context(), c.Snapshot(), c.uri(name), []protocol.Position{places.of(len(before))}))
	for r := &list[0]; r.Parent != nil; r = r.Parent {
		texts = append(texts, text[places.offset(r.Range.Start):places.offset(r.Range.End)])
	}
	return texts
}

// What is selected is what the server of the language selects; names are those of constructs,
// without a language's.
func TestSelectionsByConstructs(t *testing.T) {
	t.Parallel()
	c := begin(t, nil)
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"call.go": {
			"package a\n\nfunc f(a int) {\n\tg(a, h|x.y(1))\n}\n",
			[]string{"hx", "hx.y", "hx.y(1)", "g(a, hx.y(1))", "{\n\tg(a, hx.y(1))\n}", "func f(a int) {\n\tg(a, hx.y(1))\n}"},
		},
		"parameter.go": {
			"package a\n\nfunc f(a i|nt) error {\n}\n",
			[]string{"int", "a int", "(a int)", "func f(a int) error", "func f(a int) error {\n}"},
		},
		"switch.go": {
			"package a\n\nfunc f() {\n\tswitch x {\n\tcase 1:\n\t\tb|b()\n\t}\n}\n",
			[]string{
				"bb", "bb()", "case 1:\n\t\tbb()", "{\n\tcase 1:\n\t\tbb()\n\t}", "switch x {\n\tcase 1:\n\t\tbb()\n\t}",
				"{\n\tswitch x {\n\tcase 1:\n\t\tbb()\n\t}\n}", "func f() {\n\tswitch x {\n\tcase 1:\n\t\tbb()\n\t}\n}",
			},
		},
		"keyword.go": {"package a\n\nf|unc f() {}\n", []string{"func f() {}"}},
		"comment.go": {"package a\n\n// some wo|rds\n", []string{"words", "// some words"}},
		"arguments.ts": {
			"/** Doc. */\nexport const x = f(\n  a,\n  b|b,\n)\n",
			[]string{
				"bb", "\n  a,\n  bb,\n", "f(\n  a,\n  bb,\n)", "export const x = f(\n  a,\n  bb,\n)",
				"/** Doc. */\nexport const x = f(\n  a,\n  bb,\n)",
			},
		},
		"imports.ts": {
			"import a from 'a'\nimport b from '|b'\n\nf()\n",
			[]string{"b", "'b'", "import b from 'b'", "import a from 'a'\nimport b from 'b'"},
		},
		"function.c": {
			"static int f(int a)\n{\n\treturn g(|a);\n}\n",
			[]string{"a", "g(a)", "return g(a)", "{\n\treturn g(a);\n}", "static int f(int a)\n{\n\treturn g(a);\n}"},
		},
		"pointer.c": {
			"int f(st|r **a);\n",
			[]string{"str", "str *", "str **", "str **a", "int f(str **a)"},
		},
		"end.ts": {
			"f(() => g('a'|))\n",
			[]string{"'a'", "g('a')", "() => g('a')", "f(() => g('a'))"},
		},
		"head.c": {"static int f(int a|b)\n{\n}\n", []string{"ab", "int ab", "int f(int ab)", "static int f(int ab)\n{\n}"}},
		"def.py": {
			"class A:\r\n    def f(self):\r\n        return é|x\r\n",
			[]string{"éx", "return éx", "def f(self):\r\n        return éx", "class A:\r\n    def f(self):\r\n        return éx"},
		},
	} {
		if diff := cmp.Diff(test.want, selected(t, c, name, test.text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A chain has a bound, however deep the text is, and ends with the whole document.
func TestSelectionsAreBounded(t *testing.T) {
	t.Parallel()
	c := begin(t, nil)
	const depth = 20_000
	got := selected(t, c, "deep.go", "package a\n\nvar x = "+strings.Repeat("(", depth)+"|1"+strings.Repeat(")", depth)+"\n")
	if len(got) != maxChain {
		t.Errorf("%d ranges, want %d", len(got), maxChain)
	}
}
