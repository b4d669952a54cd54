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
		"TSPoint":            {"row", "column"},
		"TSInput":            {"payload", "read", "encoding", "decode"},
		"TSParseState":       {"payload", "current_byte_offset", "has_error"},
		"TSParseOptions":     {"payload", "progress_callback"},
		"TSNode":             {"context", "id", "tree"},
		"TSLanguageMetadata": {"major_version", "minor_version", "patch_version"},
	}
	enumerators := []string{
		"TSInputEncodingUTF8", "TSSymbolTypeRegular", "TSSymbolTypeAuxiliary",
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
		"TSInputEncoding", "TSSymbolType", "DecodeFunction",
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
#define TSFieldMapEntry OurFieldMapEntry
#define TSMapSlice OurMapSlice
#define TSSymbolMetadata OurSymbolMetadata
#define SYMCACHE_TREESITTER_API_H
struct OurLanguage;
#include "language.h"
#undef TSLanguage
#undef TSFieldMapEntry
#undef TSMapSlice
#undef TSSymbolMetadata
#define SAME(member) \
  _Static_assert(offsetof(struct TSLanguage, member) == offsetof(struct OurLanguage, member), #member)
SAME(abi_version);
SAME(symbol_names);
SAME(field_names);
SAME(field_map_slices);
SAME(field_map_entries);
SAME(symbol_metadata);
SAME(public_symbol_map);
SAME(alias_sequences);
SAME(external_scanner.create);
SAME(external_scanner.destroy);
SAME(primary_state_ids);
SAME(name);
SAME(metadata);
#define SAME_IN(theirs, ours, member) _Static_assert(offsetof(theirs, member) == offsetof(ours, member), #member)
SAME_IN(TSFieldMapEntry, OurFieldMapEntry, child_index);
SAME_IN(TSFieldMapEntry, OurFieldMapEntry, inherited);
SAME_IN(TSMapSlice, OurMapSlice, length);
SAME_IN(TSSymbolMetadata, OurSymbolMetadata, visible);
SAME_IN(TSSymbolMetadata, OurSymbolMetadata, named);
SAME_IN(TSSymbolMetadata, OurSymbolMetadata, supertype);
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

// layoutProgram sets each bit and member of the library's nodes that flat.c reads, and reads it by our declaration.
const layoutProgram = `
#include <stdio.h>
#include <string.h>
#include "subtree.h"
#define SYMCACHE_TREESITTER_API_H
#include "layout.h"

static int failed;

#define INLINE(member, value) do { \
  Subtree theirs = {.data = {.is_inline = true}}; \
  theirs.data.member = value; \
  sc_subtree ours; \
  memcpy(&ours, &theirs, sizeof ours); \
  if (!ours.data.is_inline || ours.data.member != value) { failed = 1; puts("inline " #member); } \
} while (0)

#define HEAP(member, value) do { \
  SubtreeHeapData theirs; \
  memset(&theirs, 0, sizeof theirs); \
  theirs.member = value; \
  sc_heap ours; \
  memcpy(&ours, &theirs, sizeof ours); \
  if (ours.member != value) { failed = 1; puts("heap " #member); } \
} while (0)

_Static_assert(sizeof(Subtree) == sizeof(sc_subtree), "size");

int main(void) {
  INLINE(visible, true);
  INLINE(named, true);
  INLINE(extra, true);
  INLINE(is_missing, true);
  INLINE(symbol, 200);
  INLINE(padding_bytes, 201);
  INLINE(size_bytes, 202);
  HEAP(padding.bytes, 100000);
  HEAP(size.bytes, 100001);
  HEAP(error_cost, 100002);
  HEAP(child_count, 100003);
  HEAP(symbol, 60000);
  HEAP(visible, true);
  HEAP(named, true);
  HEAP(extra, true);
  HEAP(is_missing, true);
  HEAP(visible_descendant_count, 100004);
  HEAP(production_id, 60001);
  // The children lie where flat.c looks for them.
  struct { Subtree children[3]; SubtreeHeapData node; } with = {.node = {.child_count = 3}};
  Subtree tree = {.ptr = &with.node};
  if ((const void *)((const sc_subtree *)&with.node - with.node.child_count) != (const void *)ts_subtree_children(tree)) {
    failed = 1;
    puts("children");
  }
  return failed;
}
`

// What flat.c reads of the library's trees stands where the library puts it.
func TestLayoutOfTreesMatchesModule(t *testing.T) {
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
	temp := t.TempDir()
	source, program := filepath.Join(temp, "layout.c"), filepath.Join(temp, "layout")
	if err := os.WriteFile(source, []byte(layoutProgram), 0o600); err != nil {
		t.Fatal(err)
	}
	module := strings.TrimSpace(string(dir))
	cmd := exec.Command(compiler, "-std=c11", "-I", filepath.Join(module, "include"), "-I", filepath.Join(module, "src"),
		"-I", here, "-o", program, source)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command(program).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
