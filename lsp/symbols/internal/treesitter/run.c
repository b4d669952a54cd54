//go:build cgo

#include "run.h"
#include "language.h"
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// READ_CHUNK is how many bytes the parser is handed at a time. It is how far a
// text is read on after the tick limit is reached, and in how much of it tokens may
// be looked for again without being counted; 4 KiB costs nothing measurable against
// handing out the whole text at once.
#define READ_CHUNK 4096u

// KEEP_NODES is how many entries of the flat tree outlive a run: 1.3 MiB, enough for all
// but a few files in a hundred.
#define KEEP_NODES 65536u

typedef struct {
  sc_runner *runner;
  const char *text;
  uint32_t end;       // the text ends here for the parser
  uint32_t delivered; // the furthest byte handed out
  uint32_t token;     // where the parser last began to read elsewhere than it had stopped
  uint32_t next;      // where it has stopped
  uint64_t lexed;     // bytes handed out since the limit was set
  uint32_t ticks;     // what is left of the limit
  uint32_t errors;    // of memory->errors, those paid for
  uint64_t total;     // limit of memory->total
  bool truncated;
  sc_memory *memory;
  const sc_limits *limits;
} sc_work;

// scanner_of_run is the grammar of the run on this thread and what its external scanner has
// allocated. Scanners allocate by malloc, past the library's allocator, so a run that
// is left by longjmp has to give that back.
static _Thread_local struct {
  const TSLanguage *grammar;
  void *payload; // NULL: there is none
} scanner_of_run;

static void *create_scanner(void) {
  return scanner_of_run.payload = scanner_of_run.grammar->external_scanner.create();
}

static void destroy_scanner(void *payload) {
  scanner_of_run.payload = NULL;
  scanner_of_run.grammar->external_scanner.destroy(payload);
}

// tracked_language returns a copy of a grammar that makes and destroys its scanner
// through create_scanner and destroy_scanner, or the grammar itself where it has no
// scanner with memory, or the library will refuse it.
static const TSLanguage *tracked_language(const TSLanguage *grammar) {
  if (grammar->abi_version > LANGUAGE_VERSION_LAST) return grammar;
  if (grammar->external_scanner.create == NULL || grammar->external_scanner.destroy == NULL) return grammar;
  size_t size = grammar->abi_version >= LANGUAGE_VERSION_NAME  ? sizeof *grammar
                : grammar->abi_version >= LANGUAGE_VERSION_IDS ? offsetof(TSLanguage, name)
                                                               : offsetof(TSLanguage, primary_state_ids);
  TSLanguage *copy = calloc(1, sizeof *copy);
  if (copy == NULL) return NULL;
  memcpy(copy, grammar, size);
  copy->external_scanner.create = create_scanner;
  copy->external_scanner.destroy = destroy_scanner;
  return copy;
}

sc_grammar *sc_grammar_new(const TSLanguage *grammar) {
  sc_grammar *g = calloc(1, sizeof *g);
  if (g == NULL) return NULL;
  *g = (sc_grammar){.grammar = grammar, .language = tracked_language(grammar), .users = 1};
  if (g->language != NULL) return g;
  free(g);
  return NULL;
}

void sc_grammar_retain(sc_grammar *grammar) { __atomic_add_fetch(&grammar->users, 1, __ATOMIC_RELAXED); }

void sc_grammar_release(sc_grammar *grammar) {
  if (__atomic_sub_fetch(&grammar->users, 1, __ATOMIC_ACQ_REL) > 0) return;
  if (grammar->language != grammar->grammar) free((void *)grammar->language);
  free(grammar);
}

sc_runner *sc_runner_new(void) {
  return calloc(1, sizeof(sc_runner));
}

void sc_runner_delete(sc_runner *runner) {
  free(runner->tree.nodes);
  free(runner);
}

static bool is_cancelled(const sc_work *work) {
  return __atomic_load_n(&work->runner->cancelled, __ATOMIC_RELAXED) != 0;
}

// shorten ends the text, not the parse, when a limit of the parser is reached for
// the first time: it then finishes the tree of what it has seen, with as much work
// again. At the second time there is no more text, and no tree.
static void shorten(sc_work *work, uint32_t end) {
  if (work->truncated) {
    work->end = 0;
    work->ticks = 0;
    return;
  }
  work->truncated = true;
  if (end < work->end) work->end = end;
  work->lexed = 0;
  work->ticks = work->limits->parse_ticks;
  work->total = work->memory->total + work->limits->parse_bytes / 2;
}

// read_text hands out a piece of the text. It counts them, since a single step of
// the parser may go through all that follows: of an unclosed comment or string
// only its end, which is missing, tells that it is none, and there may be one at
// every other byte.
static const char *read_text(void *payload, uint32_t byte, TSPoint position, uint32_t *length) {
  (void)position;
  sc_work *work = payload;
  if (byte != work->next) work->token = byte;
  if (work->lexed > work->limits->lex_bytes) shorten(work, work->token);
  if (byte >= work->end) {
    work->next = byte;
    *length = 0;
    return "";
  }
  uint32_t n = work->end - byte;
  if (n > READ_CHUNK) n = READ_CHUNK;
  if (byte + n > work->delivered) work->delivered = byte + n;
  work->next = byte + n;
  work->lexed += n;
  *length = n;
  return work->text + byte;
}

static bool parse_progress(TSParseState *state) {
  sc_work *work = state->payload;
  if (is_cancelled(work)) return true;
  uint32_t cost = 1 + (work->memory->errors - work->errors) * work->limits->error_ticks;
  work->errors = work->memory->errors;
  if (work->ticks >= cost && work->memory->total < work->total) {
    work->ticks -= cost;
    return false;
  }
  if (work->truncated) return true;
  shorten(work, work->delivered);
  return false;
}

// flatten leaves a tree in the runner. The memory that the limit allows is shared by the two:
// of a tree that has most of it, the flat one has the first nodes. It returns flags.
static uint32_t flatten(sc_work *work, const sc_grammar *grammar, const TSTree *tree) {
  sc_runner *runner = work->runner;
  uint64_t left = work->limits->memory_bytes - work->memory->live; // a run never has more
  uint64_t nodes = left / sizeof(sc_node);
  switch (sc_flatten(&runner->tree, grammar->grammar, tree, nodes < UINT32_MAX ? (uint32_t)nodes : UINT32_MAX - 1)) {
    case SC_FLAT_CUT:
      work->truncated = true;
      return 0;
    case SC_FLAT_OUT_OF_MEMORY:
      return SC_FAILED;
    default:
      return 0;
  }
}

// run does the work of sc_run. It may be left at any call of the library.
static uint32_t run(sc_work *work, const sc_grammar *grammar) {
  // A new parser for every text: what one keeps between texts changes how much it
  // allocates for the next, and one that was interrupted while balancing a tree
  // ends the process at its next text, even after a reset (tree-sitter 0.25.0).
  TSParser *parser = ts_parser_new();
  if (!ts_parser_set_language(parser, grammar->language)) {
    ts_parser_delete(parser);
    return SC_FAILED;
  }
  TSInput input = {.payload = work, .read = read_text, .encoding = TSInputEncodingUTF8};
  TSParseOptions options = {.payload = work, .progress_callback = parse_progress};
  TSTree *tree = ts_parser_parse_with_options(parser, NULL, input, options);
  ts_parser_delete(parser);
  sc_runner *runner = work->runner;
  runner->parse_ticks = work->limits->parse_ticks - work->ticks;
  runner->parse_bytes = work->memory->total;
  runner->lex_bytes = work->lexed;
  uint32_t flags = 0;
  if (tree != NULL) {
    flags |= flatten(work, grammar, tree);
    ts_tree_delete(tree);
  } else if (!work->truncated && !is_cancelled(work)) {
    flags |= SC_FAILED;
  }
  return work->truncated ? flags | SC_TRUNCATED : flags;
}

uint32_t sc_run(sc_runner *runner, const sc_grammar *grammar, const char *text, uint32_t length,
                const sc_limits *limits) {
  sc_flat *flat = &runner->tree;
  flat->count = 0;
  if (flat->capacity > KEEP_NODES) {
    free(flat->nodes);
    flat->nodes = NULL;
    flat->capacity = 0;
  }
  runner->parse_bytes = runner->lex_bytes = 0;
  runner->parse_ticks = 0;
  sc_memory memory;
  sc_memory_begin(&memory, limits->memory_bytes);
  sc_work work = {
      .runner = runner,
      .text = text,
      .end = length,
      .ticks = limits->parse_ticks,
      .total = limits->parse_bytes,
      .memory = &memory,
      .limits = limits,
  };
  scanner_of_run.grammar = grammar->grammar;
  scanner_of_run.payload = NULL;
  uint32_t flags;
  if (setjmp(memory.exceeded) == 0) {
    flags = run(&work, grammar);
  } else {
    flags = SC_TRUNCATED; // without a tree
    // The run was left by the library's allocator, which a scanner never calls: what
    // the scanner has is whole.
    if (scanner_of_run.payload != NULL) destroy_scanner(scanner_of_run.payload);
  }
  sc_memory_end(&memory);
  return is_cancelled(&work) ? flags | SC_CANCELLED : flags;
}

// text_buffer is text that grows by appending.
typedef struct {
  char *text;
  size_t length, capacity;
} text_buffer;

static void append(text_buffer *buffer, const char *text, size_t length) {
  if (buffer->capacity - buffer->length < length) {
    size_t capacity = (buffer->length + length) * 2;
    char *grown = realloc(buffer->text, capacity);
    if (grown == NULL) abort(); // as tree-sitter itself does; a few KiB, once per language
    buffer->text = grown;
    buffer->capacity = capacity;
  }
  memcpy(buffer->text + buffer->length, text, length);
  buffer->length += length;
}

// append_item writes one line. A name cannot contain a zero byte, so the end of
// an item is certain.
static void append_item(text_buffer *buffer, const char *what, uint32_t number, const char *name) {
  char head[64];
  int n = snprintf(head, sizeof head, "%s %u ", what, (unsigned)number);
  append(buffer, head, (size_t)n);
  if (name != NULL) append(buffer, name, strlen(name));
  append(buffer, "", 1);
}

char *sc_fingerprint(const TSLanguage *language, size_t *length) {
  text_buffer buffer = {0};
  append_item(&buffer, "abi", ts_language_abi_version(language), NULL);
  append_item(&buffer, "states", ts_language_state_count(language), NULL);
  const TSLanguageMetadata *metadata = ts_language_metadata(language);
  if (metadata != NULL) {
    append_item(&buffer, "major", metadata->major_version, NULL);
    append_item(&buffer, "minor", metadata->minor_version, NULL);
    append_item(&buffer, "patch", metadata->patch_version, NULL);
  }
  for (uint32_t i = 0; i < ts_language_symbol_count(language); i++) {
    append_item(&buffer, "symbol", (uint32_t)ts_language_symbol_type(language, (TSSymbol)i),
                ts_language_symbol_name(language, (TSSymbol)i));
  }
  for (uint32_t i = 1; i <= ts_language_field_count(language); i++) {
    append_item(&buffer, "field", i, ts_language_field_name_for_id(language, (TSFieldId)i));
  }
  *length = buffer.length;
  return buffer.text;
}
