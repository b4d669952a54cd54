package answers

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.lsp.dev/protocol"
)

// folded returns the folds of an open document, each as "first-last kind", lines from 0.
func folded(t *testing.T, c *client, name, text string) (list []string) {
	t.Helper()
	c.open(name, text)
	for _, f := range must[[]protocol.FoldingRange](t)(c.FoldingRanges(t.Context(), c.Snapshot(), c.uri(name), MaxFoldingRanges)) {
		list = append(list, strings.TrimSpace(fmt.Sprintf("%d-%d %s", f.StartLine, f.EndLine, f.Kind)))
	}
	return list
}

func TestFoldsBySyntax(t *testing.T) {
	t.Parallel()
	c := begin(t, nil)
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"parameters.go": {
			"package a\n\nfunc f(\n\ta int,\n\tb int,\n) {\n\tg(\n\t\ta,\n\t\tb,\n\t)\n}\n",
			[]string{"2-4", "5-9", "6-8"},
		},
		"hanging.ts": {
			"function f(a: A,\n           b: B,\n           c: C) {\n  g(a,\n    b)\n}\n",
			[]string{"0-1", "2-4", "3-4"},
		},
		"cases.go": {
			"package a\n\nfunc f() {\n\tswitch x {\n\tcase 1:\n\t\ta()\n\t\tb()\n\tdefault:\n\t}\n\tselect {\n\tcase <-c:\n\t\ta()\n\t}\n}\n",
			[]string{"2-12", "3-7", "4-6", "9-11", "10-11"},
		},
		"flat_cases.c": {
			"void f(int x)\n{\nswitch (x) {\ncase 1:\ng();\nbreak;\ndefault:\nh();\n}\n}\n",
			[]string{"0-8", "1-8", "2-7", "3-5", "6-7"},
		},
		"string.go": {
			"package a\n\nfunc f() {\n\ta()\n\tx := `\nraw\n// no comment\n// of two lines\n`\n\tb()\n}\n",
			[]string{"2-9", "4-7"},
		},
		"template.ts": {
			"function f() {\n  return `\nraw ${g(\n  1,\n)}\n`\n}\n",
			[]string{"0-5", "1-4", "2-3"},
		},
		"doc.py": {
			"class A:\n    \"\"\"Doc.\n\nMore, at the left.\n    \"\"\"\n\n    def f(\n        self,\n    ):\n        if x:\n            a()\n        else:\n            b()\n",
			[]string{"0-12", "1-3", "6-7", "8-12", "9-10", "11-12"},
		},
		"conditional.c": {
			"#ifdef A\nint a;\nint b;\n# if 1\nint c;\n# endif\n#else\nint d;\n#endif\n",
			[]string{"0-5", "3-4", "6-7"},
		},
		"object.js": {
			"const a = {\n  b: [\n    1,\n  ],\n  c:\n    2,\n}\n",
			[]string{"0-5", "1-2", "4-5"},
		},
	} {
		if diff := cmp.Diff(test.want, folded(t, c, name, test.text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s\n%s", name, diff, numbered(test.text))
		}
	}
}

// A half-typed line costs the folds of its own declaration at most.
func TestFoldsOfHalfTypedCode(t *testing.T) {
	t.Parallel()
	c := begin(t, nil)
	got := folded(t, c, "a.go", "package a\n\nfunc f() {\n\tif x {\n}\n\nfunc g(\n\ta int,\n) {\n\th()\n}\n")
	for _, want := range []string{"6-7", "8-9"} {
		if !slices.Contains(got, want) {
			t.Errorf("no fold %s in %q", want, got)
		}
	}
}

// Where there are more folds than the client takes, the shortest are left out.
func TestShortestFoldsAreLeftOut(t *testing.T) {
	t.Parallel()
	c := begin(t, map[string]string{"a.go": "package a\n\nfunc f() {\n\tif x {\n\t\ty()\n\t}\n}\n\nfunc g() {\n\ta()\n\tb()\n}\n"})
	got := must[[]protocol.FoldingRange](t)(c.FoldingRanges(t.Context(), c.Snapshot(), c.uri("a.go"), 2))
	if diff := cmp.Diff([]protocol.FoldingRange{{StartLine: 2, EndLine: 5}, {StartLine: 8, EndLine: 10}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func numbered(text string) string {
	var b strings.Builder
	for i, line := range strings.Split(text, "\n") {
		fmt.Fprintf(&b, "%d %s\n", i, line)
	}
	return b.String()
}
