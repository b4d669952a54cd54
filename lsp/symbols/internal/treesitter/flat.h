// A tree as an array: what Go sees of what the parser has made.

#ifndef SYMCACHE_FLAT_H
#define SYMCACHE_FLAT_H

#include "api.h"

// sc_node is one visible node. The nodes of a tree lie in the order in which they begin, each before its children. The
// struct has the layout of syntax.Node in Go.
typedef struct {
  uint32_t start;  // byte offset
  uint32_t end;    // byte offset, exclusive
  uint32_t parent; // index, or SC_NO_NODE
  uint32_t next;   // index behind the last descendant
  uint16_t type;   // the public symbol of the grammar; 65535: an error
  uint8_t field;   // in the parent, or 0
  uint8_t flags;   // see below
} sc_node;

#define SC_NO_NODE UINT32_MAX

enum {
  SC_NAMED = 1,    // not a mere token
  SC_MISSING = 2,  // the parser has invented it to go on
  SC_EXTRA = 4,    // it may stand anywhere, as a comment does
  SC_BROKEN = 8,   // it is, or has inside, an error or a missing node
};

// sc_flat is an array of nodes that grows.
typedef struct {
  sc_node *nodes;
  uint32_t count;
  uint32_t capacity;
} sc_flat;

enum { SC_FLAT_DONE, SC_FLAT_CUT, SC_FLAT_OUT_OF_MEMORY };

// sc_flatten copies a tree, at most so many nodes of it: those that come first. Nothing is written where it returns
// SC_FLAT_OUT_OF_MEMORY. It goes through the tree with a stack of its own: trees are as deep as texts have brackets.
int sc_flatten(sc_flat *flat, const TSLanguage *language, const TSTree *tree, uint32_t max_nodes);

#endif
