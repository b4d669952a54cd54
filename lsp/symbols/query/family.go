package query

import "cmp"

// complete notes a match, unless its captures are part of one that is known. Those that are
// part of it are forgotten.
func (m *Matcher) complete() {
	if m.captured += len(m.captures); m.captured > m.limits.Captures {
		m.truncated = true
		return
	}
	if m.plain {
		m.yield(m.start.pattern, m.captures)
		return
	}
	first := max(0, len(m.ends)-m.limits.Open)
	for i := len(m.ends) - 1; i >= first; i-- {
		m.steps++
		start := 0
		if i > 0 {
			start = m.ends[i-1]
		}
		known := m.family[start:m.ends[i]]
		if len(known) > 0 && known[0].Name == forgotten {
			continue
		}
		contains, contained := m.compare(known, m.captures)
		if contains {
			return
		}
		if contained && len(known) > 0 {
			known[0].Name = forgotten
		}
	}
	m.family = append(m.family, m.captures...)
	m.ends = append(m.ends, len(m.family))
}

// forgotten marks a match that is part of another one. No query has so many captures.
const forgotten = 1<<16 - 1

// flush yields the matches of a pattern at a node.
func (m *Matcher) flush(pattern int) {
	if len(m.ends) == 0 {
		return
	}
	start := 0
	for _, end := range m.ends {
		if match := m.family[start:end]; len(match) > 0 && match[0].Name != forgotten {
			m.yield(pattern, match)
		}
		start = end
	}
	m.family, m.ends = m.family[:0], m.ends[:0]
}

// compare tells whether the captures of a contain those of b, and the other way round. Both
// are gone through at once, in the order of nodes. Two names for one node, or two nodes with
// one range, are something else each.
func (m *Matcher) compare(a, b []Capture) (contains, contained bool) {
	contains, contained = true, true
	for len(a) > 0 && len(b) > 0 {
		if a[0] == b[0] {
			a, b = a[1:], b[1:]
			continue
		}
		switch m.order(a[0].Node, b[0].Node) {
		case -1:
			contained = false
			a = a[1:]
		case 1:
			contains = false
			b = b[1:]
		default:
			contains, contained = false, false
			a, b = a[1:], b[1:]
		}
		if !contains && !contained {
			return false, false
		}
	}
	return contains && len(b) == 0, contained && len(a) == 0
}

func (m *Matcher) order(a, b uint32) int {
	if a == b {
		return 0
	}
	x, y := &m.nodes[a], &m.nodes[b]
	return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(y.End, x.End))
}
