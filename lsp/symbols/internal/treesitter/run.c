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

// KEEP_CAPTURES is how many entries of the result array outlive a run: 1 MiB,
// enough for all but a few files in a thousand.
#define KEEP_CAPTURES 65536u

// KEEP_NODES is the same for the nodes of a tree with errors: 200 KiB.
#define KEEP_NODES 16384u

// MAX_DECLARATOR is how many nodes a declarator may be deep. People write five;
// deeper ones keep their whole text as a name.
#define MAX_DECLARATOR 64

typedef struct {
  sc_runner *runner;
  const char *text;
  uint32_t end;       // the text ends here for the parser, and then for the query
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

sc_query *sc_query_new(const TSLanguage *grammar, TSQuery *query) {
  sc_query *q = calloc(1, sizeof *q);
  if (q != NULL) {
    *q = (sc_query){
        .grammar = grammar, .language = tracked_language(grammar), .query = query, .users = 1,
        .declarator_capture = UINT32_MAX};
    if (q->language != NULL) return q;
    free(q);
  }
  ts_query_delete(query);
  return NULL;
}

void sc_query_retain(sc_query *query) { __atomic_add_fetch(&query->users, 1, __ATOMIC_RELAXED); }

void sc_query_release(sc_query *query) {
  if (__atomic_sub_fetch(&query->users, 1, __ATOMIC_ACQ_REL) > 0) return;
  ts_query_delete(query->query);
  if (query->language != query->grammar) free((void *)query->language);
  free(query);
}

sc_runner *sc_runner_new(void) {
  return calloc(1, sizeof(sc_runner));
}

void sc_runner_delete(sc_runner *runner) {
  free(runner->captures);
  free(runner->nodes);
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

static bool query_progress(TSQueryCursorState *state) {
  sc_work *work = state->payload;
  if (is_cancelled(work) || state->current_byte_offset >= work->end) return true;
  if (work->ticks > 0) {
    work->ticks--;
    return false;
  }
  work->truncated = true;
  return true;
}

static bool reserve(sc_runner *runner, uint32_t extra) {
  if (runner->capacity - runner->count >= extra) return true;
  uint32_t capacity = runner->capacity < 1024 ? 1024 : runner->capacity * 2;
  while (capacity - runner->count < extra) capacity *= 2;
  sc_capture *grown = realloc(runner->captures, (size_t)capacity * sizeof *grown);
  if (grown == NULL) return false;
  runner->captures = grown;
  runner->capacity = capacity;
  return true;
}

// innermost goes from a declarator to the identifier in it: along the field, or
// to the first child where a node without the field only wraps another one.
static TSNode innermost(TSNode node, TSFieldId field) {
  TSNode inner = node;
  for (int depth = 0; depth < MAX_DECLARATOR; depth++) {
    TSNode next = ts_node_child_by_field_id(inner, field);
    for (uint32_t i = 0; ts_node_is_null(next); i++) {
      TSNode child = ts_node_named_child(inner, i);
      if (ts_node_is_null(child)) return inner;
      if (!ts_node_is_extra(child)) next = child;
    }
    inner = next;
  }
  return node;
}

// query_end returns the byte at which the query must stop so that it does not take
// hours. It also counts the syntax errors before that byte: ERROR nodes and tokens
// that the parser has invented (MISSING).
//
// At every node the query cursor goes through the following siblings until one is
// named. Under a node of the grammar that is the next or the next but one. An ERROR
// node may have a hundred thousand brackets and nothing else as children, and then
// the steps grow with the square. No callback counts these steps, so they are
// prevented: the query looks at the first steps/n of n children only.
//
// The walk enters nodes that contain an error, and no others. It costs some 20 ns
// for each of their children.
static uint32_t query_end(TSNode root, uint32_t steps, uint32_t *errors) {
  uint32_t end = UINT32_MAX;
  if (!ts_node_has_error(root)) return end;
  TSTreeCursor cursor = ts_tree_cursor_new(root);
  bool more = true;
  while (more) {
    TSNode node = ts_tree_cursor_current_node(&cursor);
    bool descend = false;
    if (ts_node_has_error(node) && ts_node_start_byte(node) < end) {
      if (ts_node_is_error(node) || ts_node_is_missing(node)) ++*errors;
      uint32_t n = ts_node_child_count(node);
      if (n > 0 && steps / n < n) {
        uint32_t cut = ts_node_start_byte(ts_node_child(node, steps / n));
        if (cut < end) end = cut;
      }
      descend = true;
    }
    more = descend && ts_tree_cursor_goto_first_child(&cursor);
    while (!more) {
      if (ts_tree_cursor_goto_next_sibling(&cursor)) {
        more = true;
      } else if (!ts_tree_cursor_goto_parent(&cursor)) {
        break;
      }
    }
  }
  ts_tree_cursor_delete(&cursor);
  return end;
}

// note_nodes notes the children of a root with errors. Those of a conditional of the
// preprocessor count as children of what is around it, since it may be all of a file. It
// is false when memory has run out.
static bool note_nodes(sc_runner *runner, TSNode root) {
  if (!ts_node_has_error(root)) return true;
  TSTreeCursor cursor = ts_tree_cursor_new(root);
  bool more = ts_node_is_error(root) || ts_tree_cursor_goto_first_child(&cursor);
  bool ok = true;
  while (more && ok) {
    TSNode node = ts_tree_cursor_current_node(&cursor);
    bool broken = ts_node_has_error(node);
    bool descend = broken && strncmp(ts_node_type(node), "preproc_", strlen("preproc_")) == 0;
    if (!descend && !ts_node_is_extra(node)) {
      if (runner->node_count == runner->node_capacity) {
        uint32_t capacity = runner->node_capacity < 256 ? 256 : runner->node_capacity * 2;
        sc_node *grown = realloc(runner->nodes, (size_t)capacity * sizeof *grown);
        ok = grown != NULL;
        if (!ok) break;
        runner->nodes = grown;
        runner->node_capacity = capacity;
      }
      runner->nodes[runner->node_count++] = (sc_node){
          .start = ts_node_start_byte(node),
          .end = ts_node_end_byte(node),
          .state = (ts_node_is_named(node) ? SC_NODE_NAMED : 0) | (broken ? SC_NODE_BROKEN : 0) |
                   (ts_node_is_error(node) || ts_node_is_missing(node) ? SC_NODE_ERROR : 0),
      };
    }
    more = descend && ts_tree_cursor_goto_first_child(&cursor);
    while (!more) {
      if (ts_tree_cursor_goto_next_sibling(&cursor)) {
        more = true;
      } else if (!ts_tree_cursor_goto_parent(&cursor)) {
        break;
      }
    }
  }
  ts_tree_cursor_delete(&cursor);
  return ok;
}

// collect runs the query and leaves the captures in the runner. It returns flags.
static uint32_t collect(sc_work *work, const sc_query *query, TSTree *tree) {
  const sc_limits *limits = work->limits;
  sc_runner *runner = work->runner;
  TSNode root = ts_tree_root_node(tree);
  uint32_t flags = 0;

  work->end = query_end(root, limits->sibling_steps, &runner->errors);
  if (work->end != UINT32_MAX) work->truncated = true;
  TSQueryCursorOptions options = {.payload = work, .progress_callback = query_progress};
  if (!note_nodes(runner, root)) flags |= SC_FAILED;
  runner->parse_ticks = limits->parse_ticks - work->ticks;
  runner->parse_bytes = work->memory->total;
  runner->lex_bytes = work->lexed;
  work->ticks = limits->query_ticks;
  TSQueryCursor *cursor = ts_query_cursor_new();
  ts_query_cursor_set_match_limit(cursor, limits->open_matches);
  ts_query_cursor_set_max_start_depth(cursor, limits->depth);
  ts_query_cursor_exec_with_options(cursor, query->query, root, &options);

  TSQueryMatch match;
  for (uint32_t number = 0; ts_query_cursor_next_match(cursor, &match); number++) {
    if (match.capture_count > limits->captures - runner->count) {
      work->truncated = true;
      break;
    }
    if (!reserve(runner, match.capture_count)) {
      flags |= SC_FAILED;
      break;
    }
    for (uint16_t i = 0; i < match.capture_count; i++) {
      TSNode node = match.captures[i].node;
      if (match.captures[i].index == query->declarator_capture) node = innermost(node, query->declarator_field);
      runner->captures[runner->count++] = (sc_capture){
          .match = number,
          .start = ts_node_start_byte(node),
          .end = ts_node_end_byte(node),
          .pattern = match.pattern_index,
          .capture = (uint16_t)match.captures[i].index,
      };
    }
  }
  if (ts_query_cursor_did_exceed_match_limit(cursor)) work->truncated = true;
  ts_query_cursor_delete(cursor);
  runner->query_ticks = limits->query_ticks - work->ticks;
  return flags;
}

// run does the work of sc_run. It may be left at any call of the library.
static uint32_t run(sc_work *work, const sc_query *query) {
  // A new parser for every text: what one keeps between texts changes how much it
  // allocates for the next, and one that was interrupted while balancing a tree
  // ends the process at its next text, even after a reset (tree-sitter 0.25.0).
  TSParser *parser = ts_parser_new();
  uint32_t flags = 0;
  if (ts_parser_set_language(parser, query->language)) {
    TSInput input = {.payload = work, .read = read_text, .encoding = TSInputEncodingUTF8};
    TSParseOptions options = {.payload = work, .progress_callback = parse_progress};
    TSTree *tree = ts_parser_parse_with_options(parser, NULL, input, options);
    if (tree != NULL) {
      flags |= collect(work, query, tree);
      ts_tree_delete(tree);
    } else if (!work->truncated && !is_cancelled(work)) {
      flags |= SC_FAILED;
    }
  } else {
    flags |= SC_FAILED;
  }
  ts_parser_delete(parser);
  return work->truncated ? flags | SC_TRUNCATED : flags;
}

uint32_t sc_run(sc_runner *runner, const sc_query *query, const char *text, uint32_t length,
                const sc_limits *limits) {
  runner->count = 0;
  runner->errors = 0;
  runner->node_count = 0;
  if (runner->node_capacity > KEEP_NODES) {
    free(runner->nodes);
    runner->nodes = NULL;
    runner->node_capacity = 0;
  }
  runner->parse_bytes = runner->lex_bytes = 0;
  runner->parse_ticks = runner->query_ticks = 0;
  if (runner->capacity > KEEP_CAPTURES) {
    free(runner->captures);
    runner->captures = NULL;
    runner->capacity = 0;
  }
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
  scanner_of_run.grammar = query->grammar;
  scanner_of_run.payload = NULL;
  uint32_t flags;
  if (setjmp(memory.exceeded) == 0) {
    flags = run(&work, query);
  } else {
    flags = SC_TRUNCATED; // the captures until then are whole
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
