// What a grammar's parser.c defines, up to version 15 of that interface (tree_sitter/parser.h).
// run.c needs two functions of it, flat.c and grammar_cgo.go some tables. A test compares it with the library's own
// header.

#ifndef SYMCACHE_LANGUAGE_H
#define SYMCACHE_LANGUAGE_H

#include "api.h"

// Later members are appended, so a grammar of an older version ends before them.
#define LANGUAGE_VERSION_IDS 14 // from this version on there are primary_state_ids
#define LANGUAGE_VERSION_NAME 15
#define LANGUAGE_VERSION_LAST 15

typedef struct {
  TSFieldId field_id;
  uint8_t child_index;
  bool inherited;
} TSFieldMapEntry;

typedef struct {
  uint16_t index;
  uint16_t length;
} TSMapSlice;

typedef struct {
  bool visible;
  bool named;
  bool supertype;
} TSSymbolMetadata;

struct TSLanguage {
  uint32_t abi_version;
  uint32_t symbol_count;
  uint32_t alias_count;
  uint32_t token_count;
  uint32_t external_token_count;
  uint32_t state_count;
  uint32_t large_state_count;
  uint32_t production_id_count;
  uint32_t field_count;
  uint16_t max_alias_sequence_length;
  const void *parse_tables[4];
  const char *const *symbol_names;
  const char *const *field_names;
  const TSMapSlice *field_map_slices; // by production
  const TSFieldMapEntry *field_map_entries;
  const TSSymbolMetadata *symbol_metadata;
  const TSSymbol *public_symbol_map;
  const uint16_t *alias_map;
  const TSSymbol *alias_sequences; // by production, max_alias_sequence_length each
  const void *lex_modes;
  void (*lex_fn)(void);
  void (*keyword_lex_fn)(void);
  TSSymbol keyword_capture_token;
  struct {
    const bool *states;
    const TSSymbol *symbol_map;
    void *(*create)(void);
    void (*destroy)(void *payload);
    void (*scan)(void);
    void (*serialize)(void);
    void (*deserialize)(void);
  } external_scanner;
  const TSStateId *primary_state_ids;
  const char *name;
  const TSSymbol *reserved_words;
  uint16_t max_reserved_word_set_size;
  uint32_t supertype_count;
  const void *supertypes[3];
  TSLanguageMetadata metadata;
};

#endif
