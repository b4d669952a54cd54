//go:build cgo

package treesitter

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// alignmentProgram takes the place of the library: it is given the allocator, and
// checks the addresses that it returns.
const alignmentProgram = `
#include "memory.c"
#include <stdio.h>

static void *(*library_malloc)(size_t);
static void *(*library_calloc)(size_t, size_t);
static void *(*library_realloc)(void *, size_t);
static void (*library_free)(void *);

void ts_set_allocator(void *(*m)(size_t), void *(*c)(size_t, size_t), void *(*r)(void *, size_t), void (*f)(void *)) {
  library_malloc = m, library_calloc = c, library_realloc = r, library_free = f;
}

static int misaligned(void *block) { return (uintptr_t)block % _Alignof(max_align_t) != 0; }

int main(void) {
  sc_set_allocator();
  for (size_t size = 1; size < 5000; size = size * 3 / 2 + 1) {
    void *a = library_malloc(size), *b = library_calloc(1, size);
    if (misaligned(a) || misaligned(b)) return 1;
    a = library_realloc(a, size * 2);
    if (misaligned(a)) return 2;
    library_free(a);
    library_free(b);
  }
  return 0;
}
`

// The library's blocks are aligned for any type, as those of malloc are.
func TestBlocksAreAlignedAsMallocs(t *testing.T) {
	t.Parallel()
	compiler, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("no C compiler")
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	source, program := filepath.Join(dir, "alignment.c"), filepath.Join(dir, "alignment")
	if err := os.WriteFile(source, []byte(alignmentProgram), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(compiler, "-std=c11", "-I", here, "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command(program).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
