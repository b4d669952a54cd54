// One call from Go per text: parse it, and leave the tree in a flat array. A cgo call per
// node would cost more than parsing.

#ifndef SYMCACHE_RUN_H
#define SYMCACHE_RUN_H

#include "api.h"
#include "flat.h"

// sc_limits bounds one run by counted work, never by time, so that equal texts
// have equal results.
typedef struct {
  uint64_t memory_bytes;  // that parser and tree have at one time, and tree and flat tree
  uint64_t parse_bytes;   // that the parser allocates in all, most of it freed at once
  uint64_t lex_bytes;     // of text that the parser is handed, again each time that it goes back
  uint32_t parse_ticks;   // progress calls of the parser, one per 100 of its operations
  uint32_t error_ticks;   // what recovering from one error counts for
} sc_limits;

// The flags of a result.
enum {
  SC_CANCELLED = 1, // sc_runner.cancelled was set: the tree means nothing
  SC_TRUNCATED = 2, // a limit was reached: the tree is that of a part of the text, or empty
  SC_FAILED = 4,    // the grammar does not fit the library, or memory ran out
};

// sc_runner keeps what is worth reusing from one run to the next. One thread
// at a time.
typedef struct {
  sc_flat tree;
  uint64_t parse_bytes, lex_bytes; // what a run that was not truncated has taken
  uint32_t parse_ticks;            // of its limits
  uint32_t cancelled; // written by any thread, atomically, during a run
} sc_runner;

// sc_grammar is a grammar made ready. It is freed when its last user has released it.
typedef struct {
  const TSLanguage *grammar;  // as it comes
  const TSLanguage *language; // the same for the parser; see tracked_language
  uint32_t users;             // atomic
} sc_grammar;

// sc_grammar_new returns NULL when memory has run out.
sc_grammar *sc_grammar_new(const TSLanguage *grammar);
void sc_grammar_retain(sc_grammar *grammar);
void sc_grammar_release(sc_grammar *grammar);

sc_runner *sc_runner_new(void);
void sc_runner_delete(sc_runner *runner);

// sc_run returns flags and leaves the tree in runner->tree.
uint32_t sc_run(sc_runner *runner, const sc_grammar *grammar, const char *text, uint32_t length,
                const sc_limits *limits);

// sc_fingerprint describes everything of a grammar that a query can tell apart.
// The caller frees the result.
char *sc_fingerprint(const TSLanguage *language, size_t *length);

#endif
