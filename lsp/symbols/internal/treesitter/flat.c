//go:build cgo

#include "flat.h"
#include "language.h"
#include "layout.h"

#include <stdlib.h>

// level is a node whose children are being copied. A node of the grammar that no query can see has one, too: its
// children count as those of the visible node around it.
typedef struct {
  const sc_subtree *children;
  uint32_t count;
  uint32_t child;           // the next one
  uint32_t structural;      // its place in the grammar's rule, in which extras do not count
  uint32_t position;        // byte offset at which the last child ended, or the node begins
  uint32_t parent;          // index of the visible node around the children
  uint32_t self;            // the same if it is this one, else SC_NO_NODE
  const TSSymbol *aliases;  // by place in the rule, NULL: none
  const TSFieldMapEntry *fields, *fields_end;
  TSFieldId field;          // that an invisible node gives to its children
} level;

typedef struct {
  level *levels;
  size_t count, capacity;
} stack;

static bool push(stack *s, const TSLanguage *language, const sc_heap *node, uint32_t position, uint32_t parent,
                 uint32_t self, TSFieldId field) {
  if (s->count == s->capacity) {
    size_t capacity = s->capacity < 64 ? 64 : s->capacity * 2;
    level *grown = realloc(s->levels, capacity * sizeof *grown);
    if (grown == NULL) return false;
    s->levels = grown;
    s->capacity = capacity;
  }
  level *l = &s->levels[s->count++];
  *l = (level){
      .children = (const sc_subtree *)node - node->child_count,
      .count = node->child_count,
      .position = position,
      .parent = parent,
      .self = self,
      .field = field,
  };
  if (node->production_id > 0) {
    l->aliases = &language->alias_sequences[node->production_id * language->max_alias_sequence_length];
  }
  if (language->field_count > 0) {
    TSMapSlice slice = language->field_map_slices[node->production_id];
    l->fields = &language->field_map_entries[slice.index];
    l->fields_end = l->fields + slice.length;
  }
  return true;
}

static TSSymbolMetadata metadata_of(const TSLanguage *language, TSSymbol symbol) {
  if (symbol == SYMBOL_ERROR) return (TSSymbolMetadata){.visible = true, .named = true};
  if (symbol == SYMBOL_ERROR_REPEAT) return (TSSymbolMetadata){0};
  return language->symbol_metadata[symbol];
}

// node_of makes a node of what the parser calls by another name (an alias) where the grammar says so.
static sc_node node_of(const TSLanguage *language, sc_subtree tree, TSSymbol alias, uint32_t start) {
  sc_node node = {.start = start};
  TSSymbol symbol;
  bool named;
  if (tree.data.is_inline) {
    node.end = start + tree.data.size_bytes;
    symbol = tree.data.symbol;
    named = tree.data.named;
    if (tree.data.extra) node.flags |= SC_EXTRA;
    if (tree.data.is_missing) node.flags |= SC_MISSING | SC_BROKEN;
  } else {
    node.end = start + tree.ptr->size.bytes;
    symbol = tree.ptr->symbol;
    named = tree.ptr->named;
    if (tree.ptr->extra) node.flags |= SC_EXTRA;
    if (tree.ptr->is_missing) node.flags |= SC_MISSING;
    if (tree.ptr->is_missing || tree.ptr->error_cost > 0) node.flags |= SC_BROKEN;
  }
  if (alias != 0) {
    symbol = alias;
    named = metadata_of(language, alias).named;
  }
  if (named) node.flags |= SC_NAMED;
  node.type = symbol == SYMBOL_ERROR ? symbol : language->public_symbol_map[symbol];
  return node;
}

static bool reserve(sc_flat *flat, uint32_t count) {
  if (flat->capacity >= count) return true;
  uint32_t capacity = count < 1024 ? 1024 : count;
  sc_node *grown = realloc(flat->nodes, (size_t)capacity * sizeof *grown);
  if (grown == NULL) return false;
  flat->nodes = grown;
  flat->capacity = capacity;
  return true;
}

// copy copies all below the levels on the stack.
static int copy(sc_flat *flat, const TSLanguage *language, stack *s, uint32_t max_nodes) {
  while (s->count > 0) {
    level *l = &s->levels[s->count - 1];
    if (l->child == l->count) {
      if (l->self != SC_NO_NODE) flat->nodes[l->self].next = flat->count;
      s->count--;
      continue;
    }
    sc_subtree child = l->children[l->child];
    bool is_inline = child.data.is_inline;
    if (l->child++ > 0) l->position += is_inline ? child.data.padding_bytes : child.ptr->padding.bytes;
    uint32_t start = l->position;
    l->position += is_inline ? child.data.size_bytes : child.ptr->size.bytes;

    TSSymbol alias = 0;
    TSFieldId field = l->field;
    if (!(is_inline ? child.data.extra : child.ptr->extra)) {
      if (l->aliases != NULL) alias = l->aliases[l->structural];
      for (const TSFieldMapEntry *f = l->fields; f < l->fields_end; f++) {
        if (f->child_index == l->structural && !f->inherited) {
          field = f->field_id;
          break;
        }
      }
      l->structural++;
    }
    uint32_t parent = l->parent, self = SC_NO_NODE;
    if (alias != 0 || (is_inline ? child.data.visible : child.ptr->visible)) {
      if (flat->count == max_nodes) return SC_FLAT_CUT;
      self = flat->count++;
      sc_node *node = &flat->nodes[self];
      *node = node_of(language, child, alias, start);
      node->parent = parent;
      node->next = flat->count;
      node->field = (uint8_t)field;
      parent = self;
      field = 0;
    }
    if (is_inline || child.ptr->child_count == 0) continue;
    if (!push(s, language, child.ptr, start, parent, self, field)) return SC_FLAT_OUT_OF_MEMORY;
  }
  return SC_FLAT_DONE;
}

int sc_flatten(sc_flat *flat, const TSLanguage *language, const TSTree *tree, uint32_t max_nodes) {
  flat->count = 0;
  TSNode node = ts_tree_root_node(tree);
  sc_subtree root = *(const sc_subtree *)node.id;
  bool leaf = root.data.is_inline || root.ptr->child_count == 0;
  uint32_t count = leaf ? 1 : root.ptr->visible_descendant_count + 1;
  if (count > max_nodes) count = max_nodes;
  if (!reserve(flat, count)) return SC_FLAT_OUT_OF_MEMORY;
  if (count == 0) return SC_FLAT_CUT;
  uint32_t start = ts_node_start_byte(node);
  flat->nodes[0] = node_of(language, root, 0, start);
  flat->nodes[0].parent = SC_NO_NODE;
  flat->nodes[0].next = flat->count = 1;
  if (leaf) return SC_FLAT_DONE;

  stack s = {0};
  int result = push(&s, language, root.ptr, start, 0, 0, 0) ? copy(flat, language, &s, count) : SC_FLAT_OUT_OF_MEMORY;
  // The nodes around the place of a cut end there.
  for (size_t i = 0; i < s.count; i++) {
    if (s.levels[i].self != SC_NO_NODE) flat->nodes[s.levels[i].self].next = flat->count;
  }
  free(s.levels);
  if (result == SC_FLAT_OUT_OF_MEMORY) flat->count = 0;
  return result;
}
