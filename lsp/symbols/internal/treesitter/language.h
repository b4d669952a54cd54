// What a grammar's parser.c defines, up to version 15 of that interface (tree_sitter/parser.h).
// run.c needs two functions of it. A test compares it with the library's own header.

#ifndef SYMCACHE_LANGUAGE_H
#define SYMCACHE_LANGUAGE_H

#include "api.h"

// Later members are appended, so a grammar of an older version ends before them.
#define LANGUAGE_VERSION_IDS 14 // from this version on there are primary_state_ids
#define LANGUAGE_VERSION_NAME 15
#define LANGUAGE_VERSION_LAST 15

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
  const void *tables[13]; // from parse_table to lex_modes
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
