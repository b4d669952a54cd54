// The part of tree-sitter's C interface (tree_sitter/api.h, v0.25) that run.c and flat.c
// use. It is declared here because cgo cannot add the include directory of
// another Go module to its search path; the symbols are resolved when the
// program is linked with github.com/tree-sitter/go-tree-sitter. A test compiles
// this file against the module's own header, so that a change there is noticed.

#ifndef SYMCACHE_TREESITTER_API_H
#define SYMCACHE_TREESITTER_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint16_t TSStateId;
typedef uint16_t TSSymbol;
typedef uint16_t TSFieldId;
typedef struct TSLanguage TSLanguage;
typedef struct TSParser TSParser;
typedef struct TSTree TSTree;

// The structs are left out when the module's header has declared its own.
#ifndef TREE_SITTER_API_H_
#include "structs.h"
#endif

void ts_set_allocator(void *(*new_malloc)(size_t), void *(*new_calloc)(size_t, size_t),
                      void *(*new_realloc)(void *, size_t), void (*new_free)(void *));

TSParser *ts_parser_new(void);
void ts_parser_delete(TSParser *self);
bool ts_parser_set_language(TSParser *self, const TSLanguage *language);
TSTree *ts_parser_parse_with_options(TSParser *self, const TSTree *old_tree, TSInput input,
                                     TSParseOptions parse_options);

void ts_tree_delete(TSTree *self);
TSNode ts_tree_root_node(const TSTree *self);
uint32_t ts_node_start_byte(TSNode self);

uint32_t ts_language_symbol_count(const TSLanguage *self);
uint32_t ts_language_state_count(const TSLanguage *self);
uint32_t ts_language_field_count(const TSLanguage *self);
const char *ts_language_field_name_for_id(const TSLanguage *self, TSFieldId id);
const char *ts_language_symbol_name(const TSLanguage *self, TSSymbol symbol);
TSSymbolType ts_language_symbol_type(const TSLanguage *self, TSSymbol symbol);
uint32_t ts_language_abi_version(const TSLanguage *self);
const TSLanguageMetadata *ts_language_metadata(const TSLanguage *self);

#endif
