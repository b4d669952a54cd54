// The allocator that the library is given: malloc, but what a run asks for is
// counted, bounded and known. So a run can be left from within an allocation and
// everything that it had is freed.
//
// It is the only hold there is on some of the work. A single step of the parser
// may copy every node since an error, or every path through an ambiguous stack:
// "a<b,a<b,..." in TSX fills 24 GB between two calls of the progress callback.

#ifndef SYMCACHE_MEMORY_H
#define SYMCACHE_MEMORY_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

// sc_block precedes every block. The blocks of a run are linked. Its size is a
// multiple of the strictest alignment, so that what follows it is aligned as
// malloc promises.
typedef struct sc_block {
  _Alignas(max_align_t) struct sc_block *previous;
  struct sc_block *next;
  size_t size; // bytes that follow
} sc_block;

_Static_assert(sizeof(sc_block) % _Alignof(max_align_t) == 0, "blocks are aligned as malloc's are");

typedef struct {
  sc_block blocks;         // of the run; the list's head
  uint64_t live, max_live; // bytes that the run has
  uint64_t total;          // bytes that it ever had
  uint32_t errors;         // syntax errors that the parser has recovered from
  jmp_buf exceeded;        // where the run is left beyond max_live, by longjmp
} sc_memory;

// sc_memory_begin makes memory that of the run on this thread, until sc_memory_end,
// which frees what the run has left. In between, setjmp(memory->exceeded) must
// have been called by a function that has not returned.
void sc_memory_begin(sc_memory *memory, uint64_t max_live);
void sc_memory_end(sc_memory *memory);

// sc_set_allocator gives the allocator to the library, once, before all else.
void sc_set_allocator(void);

#endif
