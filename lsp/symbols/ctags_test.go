package symbols

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/symcache/symcache/lsp/symbols/language"
)

var ctagsFiles = flag.Int("ctags", 0, "compare so many files below -tree with what universal-ctags sees in them")

var ctagsOffset = flag.Int("ctagsoffset", 0, "the first of these files")

// cPlusPlus finds headers that are not C.
var cPlusPlus = regexp.MustCompile(`(?m)^\s*(class\s+\w+|namespace\b|template\s*<|public:|private:|using\s|.*operator)`)

// includeGuard finds the macro that guards a header.
var includeGuard = regexp.MustCompile(`#\s*(?:ifndef|if\s*!\s*defined)[\s(]+(\w+).*\s+#\s*define\s+(\w+)`)

// ctagsKinds are the kinds of ctags, and the names under which they are compared. A
// prototype and its function are one, and so are all types.
var ctagsKinds = map[string]string{
	"function": "function", "prototype": "function", "struct": "type", "union": "type", "enum": "type", "typedef": "type",
	"variable": "variable", "externvar": "variable", "member": "field", "enumerator": "enumMember",
	"macro": "define",
}

var comparedKinds = map[Kind]string{
	Function: "function", Struct: "type", Class: "type", Enum: "type", Variable: "variable", Field: "field", EnumMember: "enumMember",
}

// TestCtags prints how many of the names that universal-ctags sees in C files are symbols,
// by kind, with and without the handling of macros. What is declared inside of functions and
// the guards of headers are left out:
//
//	go test -run TestCtags -v -ctags 300 -tree /usr/include ./lsp/symbols
func TestCtags(t *testing.T) {
	if *ctagsFiles == 0 {
		t.Skip("no -ctags")
	}
	files := treeFiles(t, ".h", 1<<30)
	maps.Copy(files, treeFiles(t, ".c", 1<<30))
	paths := slices.Sorted(maps.Keys(files))
	step := max(1, len(paths) / *ctagsFiles)
	var sample []string
	seen := make(map[string]bool) // copies for other systems
	for i := *ctagsOffset; i < len(paths); i += step {
		if !cPlusPlus.Match(files[paths[i]]) && !seen[filepath.Base(paths[i])] {
			seen[filepath.Base(paths[i])] = true
			sample = append(sample, paths[i])
		}
	}
	theirs := askCtags(t, sample)
	c := byExtension(t, "a.c")
	plain := *c
	plain.Options.Macros = nil
	for _, lang := range []*language.Language{&plain, c} {
		o, err := newOutliner(lang)
		if err != nil {
			t.Fatal(err)
		}
		found, all := make(map[string]int), make(map[string]int)
		ours := 0
		for _, path := range sample {
			inFile := 0
			have := namesOf(t, o, files[path])
			ours += len(have)
			for name := range have {
				if name.kind == "define" && !theirs[path][name] {
					t.Logf("  only here: %s %s in %s", name.kind, name.name, path)
				}
			}
			guard := includeGuard.FindSubmatch(files[path])
			for name := range theirs[path] {
				if guard != nil && string(guard[1]) == string(guard[2]) && name == (nameOfKind{"define", string(guard[1])}) {
					continue
				}
				all[name.kind]++
				if have[name] || name.kind == "variable" && have[nameOfKind{"function", name.name}] { // int (f)(void);
					found[name.kind]++
				} else if inFile++; lang == c && inFile < 6 {
					t.Logf("  missing %s %s in %s", name.kind, name.name, path)
				}
			}
		}
		t.Logf("macros %v: %d files, %d names", lang.Options.Macros != nil, len(sample), ours)
		for _, kind := range slices.Sorted(maps.Keys(all)) {
			t.Logf("  %-10s %6d of %6d  %.2f %%", kind, found[kind], all[kind], 100*float64(found[kind])/float64(all[kind]))
		}
	}
}

type nameOfKind struct{ kind, name string }

func namesOf(t *testing.T, o *outliner, content []byte) map[nameOfKind]bool {
	runner, err := newRunner()
	if err != nil {
		t.Skip(err)
	}
	s, err := extract(context.Background(), runner, o, content)
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[nameOfKind]bool)
	for _, symbol := range s.Symbols {
		names[nameOfKind{comparedKinds[symbol.Kind], symbol.Name}] = true
	}
	for _, d := range s.Defines {
		names[nameOfKind{"define", d.Name}] = true
	}
	return names
}

func askCtags(t *testing.T, paths []string) map[string]map[nameOfKind]bool {
	cmd := exec.Command("ctags", "--output-format=json", "--languages=C", "--langmap=C:.c.h", "--kinds-C=fpsugtvxmed", "-f", "-", "-L", "-")
	cmd.Stdin = strings.NewReader(strings.Join(paths, "\n"))
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("ctags: %v", err)
	}
	type tag struct{ Name, Path, Kind, Scope, ScopeKind string }
	var tags []tag
	local := make(map[[2]string]bool) // paths, and what is declared in functions there
	for line := range bytes.Lines(out) {
		var t tag
		if json.Unmarshal(line, &t) != nil {
			continue
		}
		tags = append(tags, t)
		if t.ScopeKind == "function" {
			local[[2]string{t.Path, t.Scope + "::" + t.Name}] = true
		}
	}
	names := make(map[string]map[nameOfKind]bool)
	for _, t := range tags {
		if t.ScopeKind == "function" || isLocal(local, t.Path, t.Scope) || strings.HasPrefix(t.Name, "__anon") ||
			(t.Kind == "function" || t.Kind == "prototype") && strings.ToUpper(t.Name) == t.Name { // mostly macro calls
			continue
		}
		if names[t.Path] == nil {
			names[t.Path] = make(map[nameOfKind]bool)
		}
		names[t.Path][nameOfKind{ctagsKinds[t.Kind], t.Name}] = true
	}
	return names
}

// isLocal reports whether a scope lies in a function.
func isLocal(local map[[2]string]bool, path, scope string) bool {
	for i := len(scope); i > 0; i = strings.LastIndex(scope[:i], "::") {
		if local[[2]string{path, scope[:i]}] {
			return true
		}
	}
	return false
}
