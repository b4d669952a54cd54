package query

import "github.com/symcache/symcache/lsp/symbols/syntax"

// Capture is a captured node.
type Capture struct {
	Node uint32 // index in the tree
	Name uint16 // index in Query.CaptureNames
}

// Limits bounds the work on one tree. All of it is counted, so that the same tree always
// has the same matches.
type Limits struct {
	Steps    int // nodes that are looked at, counted anew each time: some 5 ns each
	Captures int // in all matches
	// Open is how many ways to go on may wait to be tried, and how many matches of one pattern
	// at one node are compared with each other.
	Open  int
	Depth int // levels of the tree below which no match begins
}

// Matcher finds matches. It keeps some memory between trees. One goroutine at a time.
type Matcher struct {
	query  *Query
	nodes  []syntax.Node
	limits Limits
	yield  func(pattern int, captures []Capture)

	steps, captured int
	truncated       bool

	start    *start // of the pattern that is being tried
	plain    bool   // its matches are no parts of others
	waiting  []branch
	captures []Capture  // of the match that is being tried
	open     [][]uint32 // by family: the nodes whose children were looked at, from the root down

	// The matches of one pattern at one node that may be parts of others.
	family []Capture
	ends   []int // in family, of each match; those left out are empty
}

// branch is a way to go on with a match.
type branch struct {
	step      int
	node      uint32 // the first that may fit; its later siblings may, too
	captures  int    // how many there are
	immediate bool
}

// Work is what matching has taken, in the units of Limits.
type Work struct {
	Steps, Captures int
	Truncated       bool // a limit was reached; the matches are those found until then
}

// Match calls yield with each match of a query, in the order of the nodes with which they
// begin and then of the patterns. The captures of a match are in the order of their nodes;
// they are valid until yield returns.
//
// Matches are what tree-sitter takes for them. Of a sequence of siblings in which others
// may stand, all choices count, but that a part without captures is the first that fits. A
// match whose captures are part of another one's, of the same pattern and at the same node,
// is none: with (b)? there is no match without a b beside one with it.
//
// The nodes are gone through once. At each, the patterns are tried that may begin with its
// type; most nodes have none. A pattern is tried by going from step to step as far as nodes
// fit, and at each step that may be fulfilled in several ways, the others wait in a list:
//
//	(a (b) @x (c) @y)  over  a(b1 c1 b2 c2):  x=b1 y=c1, [wait: c from b2 on, b from c1 on]
//	                                          x=b1 y=c2, [wait: b from c1 on]
//	                                          x=b2 y=c2
//
// Nothing recurses. The list is as long as a pattern has choices; only repetitions make it
// longer.
func (m *Matcher) Match(q *Query, tree *syntax.Tree, limits Limits, yield func(pattern int, captures []Capture)) Work {
	m.query, m.nodes, m.limits, m.yield = q, tree.Nodes, limits, yield
	m.steps, m.captured, m.truncated = 0, 0, false
	if len(m.open) < q.families {
		m.open = make([][]uint32, q.families)
	}
	for i := range m.open {
		m.open[i] = m.open[i][:0]
	}
	m.run()
	m.query, m.nodes, m.yield, m.start = nil, nil, nil, nil
	return Work{Steps: m.steps, Captures: m.captured, Truncated: m.truncated}
}

func (m *Matcher) run() {
	nodes, starts := m.nodes, m.query.starts
	depth, last := 0, syntax.NoNode // of the node before
	for i := uint32(0); int(i) < len(nodes) && !m.truncated; {
		n := &nodes[i]
		if n.Parent == last && i > 0 {
			depth++
		} else {
			for ; last != syntax.NoNode && nodes[last].Parent != n.Parent; last = nodes[last].Parent {
				depth--
			}
		}
		last = i
		if m.steps++; m.steps > m.limits.Steps {
			m.truncated = true
		}
		if depth > m.limits.Depth {
			i = max(n.Next, i+1)
			continue
		}
		typ := min(int(n.Type), len(starts)-1)
		if s := starts[typ]; len(s) > 0 {
			m.begin(i, s)
		}
		i++
	}
}

// begin tries the patterns that may begin with a node.
func (m *Matcher) begin(node uint32, starts []start) {
	for i := 0; i < len(starts) && !m.truncated; {
		s := &starts[i]
		if s.family >= 0 {
			m.beginFamily(node, s)
			i++
			continue
		}
		same := 1
		for i+same < len(starts) && starts[i+same].pattern == s.pattern && starts[i+same].family < 0 {
			same++
		}
		for j := range same {
			m.plain = same == 1 && s.plain
			m.try(node, &starts[i+j])
		}
		m.flush(s.pattern)
		i += same
	}
}

// beginFamily tries a pattern that begins with some child of a node. All of the children are
// tried at the first that is one.
func (m *Matcher) beginFamily(node uint32, s *start) {
	nodes := m.nodes
	parent := nodes[node].Parent
	if parent == syntax.NoNode {
		if s.root < 0 {
			m.plain = false
			m.try(node, s)
			m.flush(s.pattern)
		}
		return
	}
	if nodes[parent].Type == syntax.Error {
		return
	}
	m.plain = false
	open := m.open[s.family]
	for len(open) > 0 && nodes[open[len(open)-1]].Next <= node {
		open = open[:len(open)-1]
	}
	if n := len(open); n > 0 && open[n-1] == parent {
		m.open[s.family] = open
		return
	}
	m.open[s.family] = append(open, parent)
	end := nodes[parent].Next
	for child := node; child < end && !m.truncated; child = nodes[child].Next {
		starts := m.query.starts[min(int(nodes[child].Type), len(m.query.starts)-1)]
		for i := range starts {
			if starts[i].family == s.family && (starts[i].rooted || nodes[parent].Type != syntax.Error) {
				m.try(child, &starts[i])
			}
		}
	}
	m.flush(s.pattern)
}

// try finds the matches of a pattern that begin with a node.
func (m *Matcher) try(node uint32, s *start) {
	m.start = s
	m.captures = m.captures[:0]
	if s.root >= 0 {
		for _, name := range m.query.steps[s.root].captures {
			m.captures = append(m.captures, Capture{m.nodes[node].Parent, name})
		}
	}
	m.waiting = append(m.waiting[:0], branch{step: s.step, node: node, captures: len(m.captures), immediate: true})
	for n := len(m.waiting); n > 0 && !m.truncated; n = len(m.waiting) {
		b := m.waiting[n-1]
		m.waiting = m.waiting[:n-1]
		m.captures = m.captures[:b.captures]
		m.follow(b)
	}
}

// follow goes on with a match until it fails or is complete.
func (m *Matcher) follow(b branch) {
	nodes, steps := m.nodes, m.query.steps
	for {
		s := &steps[b.step]
		fitting, sibling, ok := m.fit(s, &b)
		if !ok {
			return
		}
		for _, name := range s.captures {
			m.captures = append(m.captures, Capture{fitting, name})
		}
		// The first successor is followed now, the others wait.
		found := false
		for i := len(s.next) - 1; i >= 0; i-- {
			next := &s.next[i]
			if next.done {
				if i > 0 {
					m.wait(branch{step: next.step, captures: len(m.captures)})
					continue
				}
				m.complete()
				return
			}
			first := sibling
			switch {
			case next.up < 0:
				if first = fitting + 1; first >= nodes[fitting].Next {
					first = syntax.NoNode
				}
			case next.up > 0:
				around := fitting
				for range next.up {
					around = nodes[around].Parent
				}
				first = m.sibling(around)
			}
			if first == syntax.NoNode {
				continue
			}
			way := branch{step: next.step, node: first, captures: len(m.captures), immediate: next.immediate}
			if i > 0 {
				m.wait(way)
				continue
			}
			b, found = way, true
		}
		if !found {
			return
		}
	}
}

// sibling returns the next sibling of a node, or NoNode.
func (m *Matcher) sibling(node uint32) uint32 {
	n := &m.nodes[node]
	if n.Parent == syntax.NoNode || n.Next >= m.nodes[n.Parent].Next {
		return syntax.NoNode
	}
	return n.Next
}

// fit returns the first node, from that of a branch on, that a step wants, and its next
// sibling. If a later one may be chosen as well, that is another branch.
func (m *Matcher) fit(s *step, b *branch) (fitting, sibling uint32, ok bool) {
	nodes := m.nodes
	if s.depth == done {
		m.complete()
		return 0, 0, false
	}
	end := uint32(0)
	if parent := nodes[b.node].Parent; parent != syntax.NoNode {
		end = nodes[parent].Next
	}
	for node := b.node; ; node = sibling {
		if m.steps++; m.steps > m.limits.Steps {
			m.truncated = true
			return 0, 0, false
		}
		n := &nodes[node]
		sibling = n.Next
		later := sibling < end
		if !later {
			sibling = syntax.NoNode
		}
		if b.immediate || s.immediate && n.Flags&syntax.Named != 0 {
			later = false
		}
		if m.fits(s, node, n, end) {
			if later && (s.captured || s.parent) {
				m.wait(branch{step: b.step, node: sibling, captures: b.captures})
			}
			return node, sibling, true
		}
		if !later {
			return 0, 0, false
		}
	}
}

// fits reports whether a node is one that a step wants.
func (m *Matcher) fits(s *step, node uint32, n *syntax.Node, end uint32) bool {
	switch {
	case s.field != 0 && n.Field != s.field:
		return false
	case s.wildcard && !s.missing:
		if n.Type == syntax.Error || s.named && n.Flags&syntax.Named == 0 {
			return false
		}
	case !s.wildcard && n.Type != s.typ:
		return false
	}
	if s.missing && n.Flags&syntax.Missing == 0 {
		return false
	}
	if s.last {
		for after := n.Next; after < end; after = m.nodes[after].Next {
			m.steps++
			if m.nodes[after].Flags&syntax.Named != 0 {
				return false
			}
		}
	}
	for _, field := range s.negated {
		for child := node + 1; child < n.Next; child = m.nodes[child].Next {
			m.steps++
			if m.nodes[child].Field == field {
				return false
			}
		}
	}
	return true
}

// wait has a branch tried later.
func (m *Matcher) wait(b branch) {
	if len(m.waiting) >= m.limits.Open {
		m.truncated = true
		return
	}
	m.waiting = append(m.waiting, b)
}
