package resolve

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/symbols/query"
	"github.com/symcache/symcache/lsp/symbols/syntax"
)

// Document is a text with its tree.
type Document struct {
	Language *language.Names
	Text     []byte // of which the tree has offsets
	Tree     *syntax.Tree
}

// Names are the names of a document and what binds them. They are immutable.
type Names struct {
	doc      Document
	prelude  map[string]bool
	marks    []mark // by node
	scopes   []scope
	bindings []binding
	bound    map[string][]uint32 // bindings by name, in the order of their scopes and then of their places
	wildcard bool                // an import binds names that are not known
	renamed  map[scoped]what     // names that are global or nonlocal in a scope
}

// Span is a range of a text: byte offsets, half open.
type Span struct{ Start, End uint32 }

func (s Span) contains(at uint32) bool { return s.Start <= at && at < s.End }

// mark is what a node is as a name.
type mark struct {
	what  what
	space Space
}

// scope is a range in which names are bound. The first is the whole text; the others lie in
// the order in which they begin, each behind those around it.
type scope struct {
	Span
	node   uint32
	parent uint32
	kind   scopeKind
	outer  []Span // whose names are sought around the scope, in order, none in another
}

// binding is a place that binds a name.
type binding struct {
	name        Span
	declaration Span
	after       uint32 // the name is seen from here on
	scope       uint32
	bind        binds
	space       Space
}

// scoped is a name in a scope.
type scoped struct {
	scope uint32
	name  string
}

// limits bound the work on one document. People's sources take two steps for each node, and
// bind one name in forty bytes.
var limits = query.Limits{Steps: 32 << 20, Captures: 2 << 20, Open: 256, Depth: 4096}

// Names finds the names of a document. It takes time in proportion to the tree, some 3 ms
// for 100 KB, and 2 bytes for each of its nodes. A language without queries has no names,
// and the result is nil. The error is that of a query that cannot be compiled.
func (e *Engine) Names(ctx context.Context, doc Document) (*Names, error) {
	if doc.Language.Locals == "" || len(doc.Tree.Nodes) == 0 {
		return nil, nil
	}
	rules, err := e.rules(doc.Language, doc.Tree.Grammar)
	if err != nil {
		return nil, err
	}
	c := collector{rules: rules, Names: &Names{
		doc: doc, prelude: rules.prelude, marks: make([]mark, len(doc.Tree.Nodes)),
		bound: make(map[string][]uint32), renamed: make(map[scoped]what),
	}}
	var matcher query.Matcher
	if matcher.Match(rules.query, doc.Tree, limits, c.match).Truncated {
		clear(c.marks) // nothing is known to be a name
		return c.Names, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.nest()
	c.bindAll()
	return c.Names, nil
}

// Bytes returns how much memory the names take, without the text and its tree.
func (n *Names) Bytes() int {
	const ofMark, ofScope, ofBinding, ofName = 2, 64, 56, 80 // bytes, of the last with its part of the map
	return ofMark*len(n.marks) + ofScope*len(n.scopes) + ofBinding*len(n.bindings) + ofName*len(n.bound)
}

// collector makes Names of matches.
type collector struct {
	*Names
	rules  *rules
	kinds  []opened
	shared []uint32
	outer  []uint32
	defs   []def
	others []def // global and nonlocal
}

// opened is a node that opens a scope.
type opened struct {
	node uint32
	kind scopeKind
}

// def is a node that binds a name.
type def struct {
	node        uint32
	role        role
	after       uint32
	declaration Span
}

// match takes the captures of one match.
func (c *collector) match(_ int, captures []query.Capture) {
	nodes := c.doc.Tree.Nodes
	var extent, declaration *syntax.Node
	after := uint32(0)
	for _, at := range captures {
		switch c.rules.roles[at.Name].what {
		case whatExtent:
			extent = &nodes[at.Node]
			after = extent.End
		case whatFrom:
			after = nodes[at.Node].Start
		case whatDeclaration:
			declaration = &nodes[at.Node]
		case whatWildcard:
			c.wildcard = true
		}
	}
	if declaration == nil {
		declaration = extent
	}
	for _, at := range captures {
		role := c.rules.roles[at.Name]
		switch role.what {
		case whatScope:
			c.kinds = append(c.kinds, opened{at.Node, role.kind})
		case whatShared:
			c.shared = append(c.shared, at.Node)
		case whatOuter:
			c.outer = append(c.outer, at.Node)
		case whatDef, whatGlobal, whatNonlocal:
			d := def{node: at.Node, role: role, after: after}
			if declaration != nil {
				d.declaration = Span{declaration.Start, declaration.End}
			}
			if role.what == whatDef {
				c.defs = append(c.defs, d)
			} else {
				c.others = append(c.others, d)
			}
		case whatWords, whatName, whatBound, whatImported, whatMember, whatKey, whatNone:
			if m := &c.marks[at.Node]; role.what > m.what || role.what == m.what && role.space > m.space {
				*m = mark{role.what, role.space}
			}
		}
	}
}

// nest makes the scopes.
func (c *collector) nest() {
	nodes := c.doc.Tree.Nodes
	slices.SortStableFunc(c.kinds, func(a, b opened) int {
		return cmp.Or(cmp.Compare(a.node, b.node), cmp.Compare(b.kind, a.kind))
	})
	c.kinds = slices.CompactFunc(c.kinds, func(a, b opened) bool { return a.node == b.node })
	slices.Sort(c.shared)
	c.scopes = append(c.scopes, scope{Span: Span{0, uint32(len(c.doc.Text)) + 1}, kind: scopeFunction})
	walk := scopeWalk{scopes: c.scopes, nodes: nodes, next: 1}
	for _, o := range c.kinds {
		if _, shared := slices.BinarySearch(c.shared, o.node); shared || o.node == 0 {
			continue
		}
		parent := walk.at(o.node)
		n := &nodes[o.node]
		c.scopes = append(c.scopes, scope{Span: Span{n.Start, n.End}, node: o.node, parent: parent, kind: o.kind})
		walk.scopes = c.scopes
		walk.inside, walk.next = uint32(len(c.scopes)-1), uint32(len(c.scopes))
	}
	slices.Sort(c.outer)
	walk = scopeWalk{scopes: c.scopes, nodes: nodes, next: 1}
	for _, node := range slices.Compact(c.outer) {
		s := walk.at(node)
		if c.scopes[s].node == node && s > 0 {
			s = c.scopes[s].parent
		}
		list := &c.scopes[s].outer
		if n := &nodes[node]; len(*list) == 0 || (*list)[len(*list)-1].End <= n.Start {
			*list = append(*list, Span{n.Start, n.End})
		}
	}
}

// scopeWalk finds the scopes of nodes, each behind the one before.
type scopeWalk struct {
	scopes []scope
	nodes  []syntax.Node
	next   uint32 // the first scope that is not behind
	inside uint32 // the innermost scope around the last node
}

// at returns the innermost scope in which a node is, or that it opens.
func (w *scopeWalk) at(node uint32) uint32 {
	for {
		for w.inside > 0 && w.nodes[w.scopes[w.inside].node].Next <= node {
			w.inside = w.scopes[w.inside].parent
		}
		if int(w.next) >= len(w.scopes) || w.scopes[w.next].node > node {
			return w.inside
		}
		w.inside = w.next
		w.next++
	}
}

// bindAll assigns what is bound to scopes.
func (c *collector) bindAll() {
	nodes := c.doc.Tree.Nodes
	declarator, _ := c.doc.Tree.Grammar.Field("declarator")
	byNode := func(a, b def) int { return cmp.Compare(a.node, b.node) }
	slices.SortStableFunc(c.others, byNode)
	walk := scopeWalk{scopes: c.scopes, nodes: nodes, next: 1}
	for _, d := range c.others {
		c.renamed[scoped{walk.at(d.node), c.textOf(d.node)}] = d.role.what
	}
	slices.SortStableFunc(c.defs, byNode)
	c.defs = slices.CompactFunc(c.defs, func(a, b def) bool { return a.node == b.node })
	c.bindings = make([]binding, 0, len(c.defs))
	walk = scopeWalk{scopes: c.scopes, nodes: nodes, next: 1}
	for _, d := range c.defs {
		s := walk.at(d.node)
		node := c.innermost(d.node, declarator)
		at := Span{nodes[node].Start, nodes[node].End}
		if d.role.bind&bindPath != 0 {
			at = lastElement(c.doc.Text, at)
		}
		if at.Start == at.End {
			continue
		}
		if d.role.bind&bindOuter != 0 {
			s = c.scopes[s].parent
		}
		if d.role.bind&bindFunction != 0 {
			for range maxScopes {
				if s == 0 || c.scopes[s].kind == scopeFunction {
					break
				}
				s = c.scopes[s].parent
			}
		}
		name := string(c.doc.Text[at.Start:at.End])
		b := binding{
			name: at, declaration: d.declaration, after: d.after,
			scope: c.elsewhere(s, name), bind: d.role.bind, space: d.role.space,
		}
		c.bound[name] = append(c.bound[name], uint32(len(c.bindings)))
		c.bindings = append(c.bindings, b)
		if c.marks[node].what == whatNothing && d.role.bind&bindPath == 0 {
			c.marks[node] = mark{whatName, d.role.space}
		}
	}
	for _, list := range c.bound {
		slices.SortStableFunc(list, func(a, b uint32) int { return cmp.Compare(c.bindings[a].scope, c.bindings[b].scope) })
	}
}

// maxDeclarator is how many nodes deep a declarator may be. People write five.
const maxDeclarator = 64

// innermost returns the name in a declarator, as C has them: the innermost node along a
// field, or along first children where a node only wraps another one. A name is itself.
func (c *collector) innermost(node uint32, field syntax.Field) uint32 {
	tree := c.doc.Tree
	for range maxDeclarator {
		next, ok := uint32(0), false
		if field != 0 {
			next, ok = tree.Child(node, field)
		}
		if !ok {
			for child := range tree.Children(node) {
				if flags := tree.Nodes[child].Flags; flags&syntax.Named != 0 && flags&syntax.Extra == 0 {
					next, ok = child, true
					break
				}
			}
		}
		if !ok {
			break
		}
		node = next
	}
	return node
}

// lastElement returns the name that a path ends with, without what only numbers its version:
// that of "a.org/b/c/v2" is c, that of "a.org/c.v2" too.
func lastElement(text []byte, path Span) Span {
	path = unquoted(text, path)
	for {
		s := string(text[path.Start:path.End])
		i := strings.LastIndexByte(s, '/')
		last := s[i+1:]
		if i > 0 && isVersion(last) {
			path.End = path.Start + uint32(i)
			continue
		}
		if dot := strings.LastIndexByte(last, '.'); dot > 0 && isVersion(last[dot+1:]) {
			last = last[:dot]
		}
		start := path.Start + uint32(i+1)
		return Span{start, start + uint32(len(last))}
	}
}

func isVersion(s string) bool {
	return len(s) > 1 && s[0] == 'v' && strings.Trim(s[1:], "0123456789") == ""
}

// unquoted returns a path without the quotes around it.
func unquoted(text []byte, path Span) Span {
	const quotes = "\"'`<>"
	for path.Start < path.End && strings.IndexByte(quotes, text[path.Start]) >= 0 {
		path.Start++
	}
	for path.Start < path.End && strings.IndexByte(quotes, text[path.End-1]) >= 0 {
		path.End--
	}
	return path
}

// elsewhere returns the scope in which a name is bound that stands in one: where that says
// it is global or nonlocal, another.
func (c *collector) elsewhere(s uint32, name string) uint32 {
	switch c.renamed[scoped{s, name}] {
	case whatGlobal:
		return 0
	case whatNonlocal:
		for range maxScopes {
			if s == 0 {
				break
			}
			s = c.scopes[s].parent
			if c.scopes[s].kind == scopeFunction && c.renamed[scoped{s, name}] == whatNothing {
				break
			}
		}
	}
	return s
}

func (n *Names) textOf(node uint32) string {
	at := &n.doc.Tree.Nodes[node]
	return string(n.doc.Text[at.Start:at.End])
}
