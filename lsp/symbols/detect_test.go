package symbols

import (
	"slices"
	"strings"
	"testing"

	"github.com/symcache/symcache/lsp/symbols/language"
)

func TestDetect(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ path, head, want string }{
		{"a/main.go", "", "go"},
		{"a.py", "", "python"},
		{"a.pyi", "", "python"},
		{"a.pyw", "", "python"},
		{"SConstruct", "", "python"},
		{"site/wscript", "", "python"},
		{"a.js", "", "javascript"},
		{"a.jsx", "", "javascript"},
		{"a.mjs", "", "javascript"},
		{"a.cjs", "", "javascript"},
		{"a.min.js", "", "javascript"},
		{"a.ts", "", "typescript"},
		{"a.mts", "", "typescript"},
		{"a.cts", "", "typescript"},
		{"a.d.ts", "", "typescript"},
		{"a.tsx", "", "tsx"},

		// Case: extensions of one letter tell languages apart by it.
		{"A.PY", "", "python"},
		{"A.Js", "", "javascript"},
		{"a.C", "", ""},
		{"a.H", "", ""},
		{"sconscript", "", ""},

		// Names that only look like ours.
		{"py", "", ""},
		{".py", "", ""},
		{"a.py.orig", "", ""},
		{"dir.py/README", "", ""},
		{"a.", "", ""},
		{"", "", ""},

		// A known name is never overruled, an unknown one is.
		{"a.js", "#!/usr/bin/env python3\n", "javascript"},
		{"run.cgi", "#!/usr/bin/python\n", "python"},
		{".githook", "#!/usr/bin/python\n", "python"},

		{"run", "#!/usr/bin/python", "python"},
		{"run", "#!/usr/bin/python3.12\r\nimport x", "python"},
		{"run", "#! /usr/bin/env python3 \n", "python"},
		{"run", "#!/usr/bin/env -S python3 -u\n", "python"},
		{"run", "#!/usr/bin/env -Spython3 -u\n", "python"},
		{"run", "#!/usr/bin/env --split-string=python3 -u\n", "python"},
		{"run", "#!/usr/bin/env -i -u HOME PATH=/bin python3\n", "python"},
		{"run", "#!/usr/bin/env -S uv run --script\n", "python"},
		{"run", "#!/usr/bin/pypy3\n", "python"},
		{"run", "#!/usr/bin/node\n", "javascript"},
		{"run", "#!/usr/bin/env nodejs\n", "javascript"},
		{"run", "#!/usr/bin/env -S deno run --allow-net\n", "typescript"},
		{"run", "#!/usr/bin/env bun\n", "typescript"},
		{"run", "#!/usr/bin/env ts-node\n", "typescript"},

		{"run", "#!/bin/sh\npython3\n", ""},
		{"run", "#!/usr/bin/env\n", ""},
		{"run", "#!/usr/bin/env -u\n", ""},
		{"run", "#!/usr/bin/env -S\n", ""},
		{"run", "#!\n/usr/bin/python\n", ""},
		{"run", "#!/usr/bin/3\n", ""},
		{"run", "# !/usr/bin/python\n", ""},
		{"run", "\n#!/usr/bin/python\n", ""},
		{"run", "#!" + strings.Repeat(" ", maxShebang) + "/usr/bin/python\n", ""},
	} {
		got := ""
		if lang := Detect(test.path, []byte(test.head)); lang != nil {
			got = lang.ID
		}
		if got != test.want {
			t.Errorf("Detect(%q, %q) = %q, want %q", test.path, test.head, got, test.want)
		}
	}
}

func TestByID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"go":              "go",
		"python":          "python",
		"javascript":      "javascript",
		"javascriptreact": "javascript",
		"typescript":      "typescript",
		"typescriptreact": "tsx",
		"Python":          "",
		"plaintext":       "",
		"../python":       "",
		"":                "",
	} {
		got := ""
		if lang := ByID(id); lang != nil {
			got = lang.ID
		}
		if got != want {
			t.Errorf("ByID(%q) = %q, want %q", id, got, want)
		}
	}
}

// Each language says how its comments are written.
func TestLanguagesHaveComments(t *testing.T) {
	t.Parallel()
	for _, lang := range Languages() {
		lexis := lang.Lexis
		if len(lexis.LineComments) == 0 && lexis.BlockComment[0] == "" {
			t.Errorf("%s has no comments", lang.ID)
		}
		if slices.Contains(lexis.LineComments, "") || (lexis.BlockComment[0] == "") != (lexis.BlockComment[1] == "") {
			t.Errorf("%s: an empty beginning or end of a comment: %+v", lang.ID, lexis)
		}
	}
}

// TestLanguagesAreDistinct: nothing that detection goes by names two languages,
// and all of it is in the form that detection compares.
func TestLanguagesAreDistinct(t *testing.T) {
	t.Parallel()
	for what, of := range map[string]func(*language.Language) []string{
		"id":          func(l *language.Language) []string { return []string{l.ID} },
		"language id": func(l *language.Language) []string { return l.LanguageIDs },
		"file name":   func(l *language.Language) []string { return l.Filenames },
		"extension":   func(l *language.Language) []string { return l.Extensions },
		"interpreter": func(l *language.Language) []string { return l.Interpreters },
	} {
		var seen []string
		for _, lang := range Languages() {
			for _, name := range of(lang) {
				if slices.Contains(seen, name) {
					t.Errorf("%s %q names two languages", what, name)
				}
				seen = append(seen, name)
				if what == "extension" && (name[0] != '.' || name != strings.ToLower(name)) {
					t.Errorf("extension %q is not in lower case with a dot", name)
				}
				if what == "interpreter" && name != interpreter([]byte("#!"+name)) {
					t.Errorf("interpreter %q has a version or directory", name)
				}
			}
		}
	}
}
