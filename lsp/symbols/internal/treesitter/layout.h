// What tree-sitter keeps of a tree (src/subtree.h of the library, version 0.25), as far as flat.c reads it. The library's
// own functions give out one node at a time, at 50 to 60 ns each; reading the tree where it lies takes a fifth of that.
// A test compares this file with the library's.

#ifndef SYMCACHE_LAYOUT_H
#define SYMCACHE_LAYOUT_H

#include "api.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#error "the layout of trees is that of little-endian machines"
#endif

#define SYMBOL_ERROR ((TSSymbol)-1)
#define SYMBOL_ERROR_REPEAT ((TSSymbol)-2)

typedef struct {
  uint32_t bytes;
  TSPoint extent;
} sc_length;

// sc_inline is a small leaf, kept in the place of a pointer. The bit is_inline is the lowest of a pointer, which is never
// set there.
typedef struct {
  bool is_inline : 1;
  bool visible : 1;
  bool named : 1;
  bool extra : 1;
  bool has_changes : 1;
  bool is_missing : 1;
  bool is_keyword : 1;
  uint8_t symbol;
  uint16_t parse_state;
  uint8_t padding_columns;
  uint8_t padding_rows : 4;
  uint8_t lookahead_bytes : 4;
  uint8_t padding_bytes;
  uint8_t size_bytes;
} sc_inline;

// sc_heap is any other node. Its children lie directly before it.
typedef struct {
  volatile uint32_t ref_count;
  sc_length padding;
  sc_length size;
  uint32_t lookahead_bytes;
  uint32_t error_cost;
  uint32_t child_count;
  TSSymbol symbol;
  TSStateId parse_state;
  bool visible : 1;
  bool named : 1;
  bool extra : 1;
  bool fragile_left : 1;
  bool fragile_right : 1;
  bool has_changes : 1;
  bool has_external_tokens : 1;
  bool has_external_scanner_state_change : 1;
  bool depends_on_column : 1;
  bool is_missing : 1;
  bool is_keyword : 1;
  // Only if child_count > 0.
  uint32_t visible_child_count;
  uint32_t named_child_count;
  uint32_t visible_descendant_count;
  int32_t dynamic_precedence;
  uint16_t repeat_depth;
  uint16_t production_id;
} sc_heap;

typedef union {
  sc_inline data;
  const sc_heap *ptr;
} sc_subtree;

#endif
