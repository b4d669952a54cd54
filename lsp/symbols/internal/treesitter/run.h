// One call from Go per text: parse it, run a query over the tree, leave the
// captures in a flat array. A cgo call per node would cost more than parsing.

#ifndef SYMCACHE_RUN_H
#define SYMCACHE_RUN_H

#include "api.h"

// sc_capture is one captured node. Captures of one match are adjacent and share
// its number.
typedef struct {
  uint32_t match;
  uint32_t start; // byte offset
  uint32_t end;   // byte offset, exclusive
  uint16_t pattern;
  uint16_t capture;
} sc_capture;

// sc_limits bounds one run by counted work, never by time, so that equal texts
// have equal results.
typedef struct {
  uint64_t memory_bytes;  // that parser, tree and query cursor have at one time
  uint64_t parse_bytes;   // that the parser allocates in all, most of it freed at once
  uint64_t lex_bytes;     // of text that the parser is handed, again each time that it goes back
  uint32_t parse_ticks;   // progress calls of the parser, one per 100 of its operations
  uint32_t error_ticks;   // what recovering from one error counts for
  uint32_t query_ticks;   // progress calls of the query cursor, one per 100 of its steps
  uint32_t captures;      // entries in the result
  uint32_t open_matches;  // unfinished matches that the query cursor keeps
  uint32_t sibling_steps; // steps from siblings to siblings below one erroneous node
  uint32_t depth;         // levels of the tree below which no match begins
} sc_limits;

// The flags of a result.
enum {
  SC_CANCELLED = 1, // sc_runner.cancelled was set: the captures mean nothing
  SC_TRUNCATED = 2, // a limit was reached: the captures are some of all
  SC_FAILED = 4,     // the grammar does not fit the library, or memory ran out
};

// sc_node is a node at the top of the tree.
typedef struct {
  uint32_t start, end; // byte offsets, half open
  uint32_t state;      // see below
} sc_node;

enum {
  SC_NODE_NAMED = 1,  // a declaration, not a mere token
  SC_NODE_BROKEN = 2, // it has an error inside
  SC_NODE_ERROR = 4,  // it is an error
};

// sc_runner keeps what is worth reusing from one run to the next. One thread
// at a time.
typedef struct {
  sc_capture *captures;
  uint32_t count;
  uint32_t capacity;
  uint32_t errors;    // syntax errors of the tree; see query_end
  sc_node *nodes; // the children of the root, without comments, if the tree has errors; see note_nodes
  uint32_t node_count;
  uint32_t node_capacity;
  uint64_t parse_bytes, lex_bytes;   // what a run that was not truncated has taken
  uint32_t parse_ticks, query_ticks; // of its limits
  uint32_t cancelled; // written by any thread, atomically, during a run
} sc_runner;

// sc_query is a compiled query with what run.c needs to know of it. It is freed when
// its last user has released it.
typedef struct {
  const TSLanguage *grammar;  // as it comes
  const TSLanguage *language; // the same for the parser; see tracked_language
  TSQuery *query;
  uint32_t users; // atomic
  uint32_t declarator_capture; // index of the capture that stands for an inner node, or UINT32_MAX
  TSFieldId declarator_field;  // 0 if the grammar has none
} sc_query;

// sc_query_new makes a query of what ts_query_new has compiled for a grammar. It
// returns NULL when memory has run out, and has freed query then.
sc_query *sc_query_new(const TSLanguage *grammar, TSQuery *query);
void sc_query_retain(sc_query *query);
void sc_query_release(sc_query *query);

sc_runner *sc_runner_new(void);
void sc_runner_delete(sc_runner *runner);

// sc_run returns flags and leaves the result in runner->captures.
uint32_t sc_run(sc_runner *runner, const sc_query *query, const char *text, uint32_t length,
                const sc_limits *limits);

// sc_fingerprint describes everything of a grammar that a query can tell apart.
// The caller frees the result.
char *sc_fingerprint(const TSLanguage *language, size_t *length);

#endif
