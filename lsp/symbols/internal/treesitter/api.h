// The part of tree-sitter's C interface (tree_sitter/api.h, v0.25) that run.c
// uses. It is declared here because cgo cannot add the include directory of
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
typedef struct TSQuery TSQuery;
typedef struct TSQueryCursor TSQueryCursor;

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
uint32_t ts_node_end_byte(TSNode self);
const char *ts_node_type(TSNode self);
bool ts_node_is_named(TSNode self);
bool ts_node_has_error(TSNode self);
bool ts_node_is_error(TSNode self);
bool ts_node_is_missing(TSNode self);
bool ts_node_is_null(TSNode self);
bool ts_node_is_extra(TSNode self);
TSNode ts_node_child_by_field_id(TSNode self, TSFieldId field_id);
uint32_t ts_node_child_count(TSNode self);
TSNode ts_node_child(TSNode self, uint32_t child_index);
TSNode ts_node_named_child(TSNode self, uint32_t child_index);

TSTreeCursor ts_tree_cursor_new(TSNode node);
void ts_tree_cursor_delete(TSTreeCursor *self);
TSNode ts_tree_cursor_current_node(const TSTreeCursor *self);
bool ts_tree_cursor_goto_parent(TSTreeCursor *self);
bool ts_tree_cursor_goto_next_sibling(TSTreeCursor *self);
bool ts_tree_cursor_goto_first_child(TSTreeCursor *self);

TSQuery *ts_query_new(const TSLanguage *language, const char *source, uint32_t source_len,
                      uint32_t *error_offset, TSQueryError *error_type);
void ts_query_delete(TSQuery *self);
uint32_t ts_query_pattern_count(const TSQuery *self);
uint32_t ts_query_capture_count(const TSQuery *self);
uint32_t ts_query_start_byte_for_pattern(const TSQuery *self, uint32_t pattern_index);
const TSQueryPredicateStep *ts_query_predicates_for_pattern(const TSQuery *self, uint32_t pattern_index,
                                                            uint32_t *step_count);
const char *ts_query_capture_name_for_id(const TSQuery *self, uint32_t index, uint32_t *length);
const char *ts_query_string_value_for_id(const TSQuery *self, uint32_t index, uint32_t *length);

TSQueryCursor *ts_query_cursor_new(void);
void ts_query_cursor_delete(TSQueryCursor *self);
void ts_query_cursor_exec_with_options(TSQueryCursor *self, const TSQuery *query, TSNode node,
                                       const TSQueryCursorOptions *query_options);
bool ts_query_cursor_did_exceed_match_limit(const TSQueryCursor *self);
void ts_query_cursor_set_match_limit(TSQueryCursor *self, uint32_t limit);
void ts_query_cursor_set_max_start_depth(TSQueryCursor *self, uint32_t max_start_depth);
bool ts_query_cursor_next_match(TSQueryCursor *self, TSQueryMatch *match);

uint32_t ts_language_symbol_count(const TSLanguage *self);
uint32_t ts_language_state_count(const TSLanguage *self);
uint32_t ts_language_field_count(const TSLanguage *self);
const char *ts_language_field_name_for_id(const TSLanguage *self, TSFieldId id);
TSFieldId ts_language_field_id_for_name(const TSLanguage *self, const char *name, uint32_t name_length);
const char *ts_language_symbol_name(const TSLanguage *self, TSSymbol symbol);
TSSymbolType ts_language_symbol_type(const TSLanguage *self, TSSymbol symbol);
uint32_t ts_language_abi_version(const TSLanguage *self);
const TSLanguageMetadata *ts_language_metadata(const TSLanguage *self);

#endif
