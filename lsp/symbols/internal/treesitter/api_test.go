//go:build cgo

package treesitter

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestHeaderMatchesModule compiles our declarations beside those of the module
// that defines them. The compiler refuses two prototypes of one function that
// differ; structs and enums are compared in size and member by member.
func TestHeaderMatchesModule(t *testing.T) {
	t.Parallel()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tree-sitter/go-tree-sitter").Output()
	if err != nil {
		t.Skipf("go list: %v", err)
	}
	compiler, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("no C compiler")
	}
	members := map[string][]string{
		"TSPoint":              {"row", "column"},
		"TSInput":              {"payload", "read", "encoding", "decode"},
		"TSParseState":         {"payload", "current_byte_offset", "has_error"},
		"TSParseOptions":       {"payload", "progress_callback"},
		"TSNode":               {"context", "id", "tree"},
		"TSTreeCursor":         {"tree", "id", "context"},
		"TSQueryCapture":       {"node", "index"},
		"TSQueryMatch":         {"id", "pattern_index", "capture_count", "captures"},
		"TSQueryPredicateStep": {"type", "value_id"},
		"TSQueryCursorState":   {"payload", "current_byte_offset"},
		"TSQueryCursorOptions": {"payload", "progress_callback"},
		"TSLanguageMetadata":   {"major_version", "minor_version", "patch_version"},
	}
	enumerators := []string{
		"TSInputEncodingUTF8", "TSSymbolTypeRegular", "TSSymbolTypeAuxiliary", "TSQueryPredicateStepTypeDone",
		"TSQueryPredicateStepTypeCapture", "TSQueryPredicateStepTypeString", "TSQueryErrorNone",
		"TSQueryErrorSyntax", "TSQueryErrorNodeType", "TSQueryErrorField", "TSQueryErrorCapture",
		"TSQueryErrorStructure", "TSQueryErrorLanguage",
	}
	structs, err := os.ReadFile("structs.h")
	if err != nil {
		t.Fatal(err)
	}
	ours := string(structs)
	var asserts strings.Builder
	for name, fields := range members {
		if !strings.Contains(ours, "} "+name+";") {
			t.Errorf("structs.h has no %s", name)
		}
		asserts.WriteString("_Static_assert(sizeof(" + name + ") == sizeof(Our" + name + "), \"" + name + "\");\n")
		for _, field := range fields {
			asserts.WriteString("_Static_assert(offsetof(" + name + ", " + field + ") == offsetof(Our" + name + ", " +
				field + "), \"" + name + "." + field + "\");\n")
		}
	}
	for _, name := range enumerators {
		asserts.WriteString("_Static_assert((int)" + name + " == (int)Our" + name + ", \"" + name + "\");\n")
	}
	// A second copy of our structs, all of it under other names.
	for _, name := range []string{
		"TSInputEncoding", "TSSymbolType", "TSQueryPredicateStepType", "TSQueryError", "DecodeFunction",
	} {
		ours = strings.ReplaceAll(ours, name, "Our"+name)
	}
	for name := range members {
		for _, end := range []string{" ", ";", ")"} {
			ours = strings.ReplaceAll(ours, " "+name+end, " Our"+name+end)
		}
	}
	source := filepath.Join(t.TempDir(), "check.c")
	text := "#include <stddef.h>\n#include <tree_sitter/api.h>\n#include \"api.h\"\n" + ours + asserts.String()
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(compiler, "-std=c11", "-fsyntax-only", "-Wno-incompatible-pointer-types",
		"-I", filepath.Join(strings.TrimSpace(string(dir)), "include"), "-I", here, source)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestLanguageMatchesModule compares our declaration of what a grammar defines with the
// library's own: the members that run.c uses, and those at which older versions end.
func TestLanguageMatchesModule(t *testing.T) {
	t.Parallel()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tree-sitter/go-tree-sitter").Output()
	if err != nil {
		t.Skipf("go list: %v", err)
	}
	compiler, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("no C compiler")
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	const text = `
#include <stddef.h>
#include <tree_sitter/api.h>
#include "parser.h"
#define TSLanguage OurLanguage
#define SYMCACHE_TREESITTER_API_H
struct OurLanguage;
#include "language.h"
#undef TSLanguage
#define SAME(member) \
  _Static_assert(offsetof(struct TSLanguage, member) == offsetof(struct OurLanguage, member), #member)
SAME(abi_version);
SAME(external_scanner.create);
SAME(external_scanner.destroy);
SAME(primary_state_ids);
SAME(name);
SAME(metadata);
_Static_assert(sizeof(struct TSLanguage) == sizeof(struct OurLanguage), "size");
_Static_assert(TREE_SITTER_LANGUAGE_VERSION == LANGUAGE_VERSION_LAST, "the library knows a newer version");
`
	source := filepath.Join(t.TempDir(), "check.c")
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	module := strings.TrimSpace(string(dir))
	cmd := exec.Command(compiler, "-std=c11", "-fsyntax-only",
		"-I", here, "-I", filepath.Join(module, "include"), "-I", filepath.Join(module, "src"), source)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
