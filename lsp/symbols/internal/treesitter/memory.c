//go:build cgo

#include "memory.h"
#include "api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ERROR_SIZE is the size of what the parser allocates exactly once for each error
// that it recovers from, and hardly ever else: the header of a summary of its
// stack, an array of pointer, length and capacity.
#define ERROR_SIZE 16

// of_run is the memory of the run on this thread, NULL while there is none.
// Queries are compiled and freed outside of runs.
static _Thread_local sc_memory *of_run;

static void unlink_block(sc_block *block) {
  block->previous->next = block->next;
  block->next->previous = block->previous;
}

static void *tracked_realloc(void *old, size_t size) {
  sc_block *block = old == NULL ? NULL : (sc_block *)old - 1;
  sc_memory *memory = of_run;
  if (memory != NULL) {
    memory->total += size;
    memory->live += size;
    if (block != NULL) memory->live -= block->size;
    if (memory->live > memory->max_live) longjmp(memory->exceeded, 1);
  }
  if (block != NULL) unlink_block(block);
  block = realloc(block, sizeof *block + size);
  if (block == NULL) {
    fprintf(stderr, "tree-sitter: out of memory, wanted %zu bytes\n", size);
    abort(); // as the library itself does
  }
  block->size = size;
  block->previous = memory == NULL ? block : &memory->blocks;
  block->next = memory == NULL ? block : memory->blocks.next;
  block->previous->next = block;
  block->next->previous = block;
  return block + 1;
}

static void *tracked_malloc(size_t size) {
  if (of_run != NULL && size == ERROR_SIZE) of_run->errors++;
  return tracked_realloc(NULL, size);
}

static void *tracked_calloc(size_t count, size_t size) {
  return memset(tracked_realloc(NULL, count * size), 0, count * size);
}

static void tracked_free(void *old) {
  if (old == NULL) return;
  sc_block *block = (sc_block *)old - 1;
  if (of_run != NULL) of_run->live -= block->size;
  unlink_block(block);
  free(block);
}

void sc_set_allocator(void) {
  ts_set_allocator(tracked_malloc, tracked_calloc, tracked_realloc, tracked_free);
}

void sc_memory_begin(sc_memory *memory, uint64_t max_live) {
  memset(memory, 0, sizeof *memory);
  memory->blocks.previous = memory->blocks.next = &memory->blocks;
  memory->max_live = max_live;
  of_run = memory;
}

void sc_memory_end(sc_memory *memory) {
  of_run = NULL;
  while (memory->blocks.next != &memory->blocks) {
    sc_block *block = memory->blocks.next;
    unlink_block(block);
    free(block);
  }
}
