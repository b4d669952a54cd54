package answers

import (
	"bytes"
	"slices"

	"github.com/symcache/symcache/lsp/symbols/syntax"
)

// nodes returns the constructs of the tree around a part, from the inside out, as the
// language's server has them.
func (s *selector) nodes(inner part) (around []part) {
	rules := &s.src.lang.Selection
	add := func(p part) {
		if p.holds(inner) {
			around = append(around, p)
		}
	}
	node, ok := s.touched(inner)
	if ok && (s.tree.Nodes[node].Flags&syntax.Named != 0 || rules.Tokens) {
		add(inner) // in a comment, say; of keywords it is part only where tokens are
	}
	for child := syntax.NoNode; ok && node != syntax.NoNode && len(around) < 4*maxChain; child, node = node, s.tree.Nodes[node].Parent {
		n := &s.tree.Nodes[node]
		if n.Flags&syntax.Named == 0 && !(rules.Tokens && n.Next == node+1) {
			continue
		}
		name := s.tree.Grammar.TypeName(n.Type)
		if braces := slices.Contains(rules.Braces, name); braces || rules.Inside {
			inside, outside, ok := s.brackets(node, child)
			if ok && rules.Inside {
				add(inside)
			}
			if ok && braces {
				add(outside)
			}
		}
		for _, p := range s.pointers(node) {
			add(p)
		}
		if slices.Contains(rules.Heads, name) {
			if head, ok := s.head(node, child); ok {
				add(head)
			}
		}
		whole := s.trimmed(int(n.Start), int(n.End))
		if slices.Contains(rules.Semicolons, name) && whole.end > whole.start && s.src.text[whole.end-1] == ';' {
			add(s.trimmed(whole.start, whole.end-1))
			if !s.listed(rules.SemicolonsToo, n) {
				continue
			}
		}
		if !s.skips(node, name) {
			add(whole)
			if documented, ok := s.documented(node, whole); ok {
				add(documented)
			}
		}
		if slices.Contains(rules.Runs, name) {
			if run, ok := s.run(node); ok {
				add(run)
			}
		}
	}
	return around
}

// touched returns the innermost construct around a part. At an empty one behind a quote it is
// the string, as it is the word behind one.
func (s *selector) touched(inner part) (node uint32, ok bool) {
	if at := inner.start; at == inner.end && at > 0 {
		for _, literal := range s.src.lang.Lexis.Strings {
			if bytes.HasSuffix(s.src.text[:at], []byte(literal.Delimiter)) {
				inner.start--
				break
			}
		}
	}
	return s.tree.Around(uint32(inner.start), uint32(inner.end))
}

// pointers returns the type in a declaration with each of the pointers to it.
func (s *selector) pointers(node uint32) (parts []part) {
	g := s.tree.Grammar
	typeField, ok := g.Field("type")
	declarator, known := g.Field("declarator")
	if s.src.lang.Selection.Pointer == "" || !ok || !known {
		return nil
	}
	typ, ok := s.tree.Child(node, typeField)
	for inner := node; ok; {
		if inner, ok = s.tree.Child(inner, declarator); !ok || g.TypeName(s.tree.Nodes[inner].Type) != s.src.lang.Selection.Pointer {
			break
		}
		if n := &s.tree.Nodes[inner]; n.Next > inner+1 {
			parts = append(parts, part{int(s.tree.Nodes[typ].Start), int(s.tree.Nodes[inner+1].End)})
		}
	}
	return parts
}

// trimmed returns a part without blanks at its end.
func (s *selector) trimmed(start, end int) part {
	return part{start, start + len(bytes.TrimRight(s.src.text[start:end], " \t\r\n"))}
}

// skips reports whether a construct is not selected.
func (s *selector) skips(node uint32, name string) bool {
	rules, n := &s.src.lang.Selection, &s.tree.Nodes[node]
	switch {
	case n.Parent == syntax.NoNode || s.listed(rules.Skip, n):
		return true
	case slices.Contains(rules.SkipShort, name):
		return s.places.line(int(n.Start)) == s.places.line(int(n.End))
	case slices.Contains(rules.SkipLone, name):
		alike := 0
		for sibling := range s.tree.Children(n.Parent) {
			if s.tree.Nodes[sibling].Type == n.Type {
				alike++
			}
		}
		return alike == 1
	}
	return false
}

// listed reports whether a list has the type of a construct, or says what it is in the one
// around it; see language.Selection.
func (s *selector) listed(list []string, n *syntax.Node) bool {
	g := s.tree.Grammar
	name := g.TypeName(n.Type)
	if len(list) == 0 || n.Parent == syntax.NoNode {
		return slices.Contains(list, name)
	}
	around := g.TypeName(s.tree.Nodes[n.Parent].Type)
	return slices.Contains(list, name) || slices.Contains(list, around+"/"+name) ||
		n.Field != 0 && slices.Contains(list, around+"."+g.FieldName(n.Field))
}

// run returns a construct with those of its type directly before and behind it.
func (s *selector) run(node uint32) (run part, ok bool) {
	n := &s.tree.Nodes[node]
	if n.Parent == syntax.NoNode {
		return run, false
	}
	count, passed := 0, false
	for sibling := range s.tree.Children(n.Parent) {
		c := &s.tree.Nodes[sibling]
		switch {
		case c.Flags&syntax.Extra != 0:
		case c.Type == n.Type:
			if count++; count == 1 {
				run.start = int(c.Start)
			}
			run.end = int(c.End)
			passed = passed || sibling == node
		case passed:
			return run, count > 1
		default:
			count = 0
		}
	}
	return run, count > 1
}

// documented returns a construct with the documentation directly before it.
func (s *selector) documented(node uint32, whole part) (documented part, ok bool) {
	doc := s.src.lang.Selection.Doc
	n := &s.tree.Nodes[node]
	if doc == "" || n.Parent == syntax.NoNode || n.Flags&syntax.Extra != 0 {
		return whole, false
	}
	var before *syntax.Node
	for sibling := range s.tree.Children(n.Parent) {
		if sibling == node {
			break
		}
		before = &s.tree.Nodes[sibling]
	}
	if before == nil || before.Flags&syntax.Extra == 0 || !bytes.HasPrefix(s.src.text[before.Start:], []byte(doc)) {
		return whole, false
	}
	return part{int(before.Start), whole.end}, true
}

// head returns the part of a construct before its body, if the child is a construct in it.
func (s *selector) head(node, child uint32) (head part, ok bool) {
	body, known := s.tree.Grammar.Field("body")
	if !known || child == syntax.NoNode || s.tree.Nodes[child].Flags&syntax.Named == 0 {
		return head, false
	}
	fields := s.src.lang.Selection.HeadFields
	if len(fields) > 0 && !slices.Contains(fields, s.tree.Grammar.FieldName(s.tree.Nodes[child].Field)) {
		return head, false
	}
	head = part{int(s.tree.Nodes[node].Start), 0}
	if from, known := s.tree.Grammar.Field(s.src.lang.Selection.HeadFrom); known {
		begin, ok := s.tree.Child(node, from)
		if !ok || child < begin {
			return head, false
		}
		head.start = int(s.tree.Nodes[begin].Start)
	}
	for sibling := range s.tree.Children(node) {
		n := &s.tree.Nodes[sibling]
		if n.Field == body {
			return head, child < sibling && head.end > 0
		}
		head.end = int(n.End)
	}
	return head, false
}

// brackets returns what stands between the brackets of a construct that are around one of its
// children, and the same with them. Between "<" and ">" blanks at the ends do not count.
func (s *selector) brackets(node, child uint32) (inside, outside part, ok bool) {
	if child == syntax.NoNode {
		return inside, outside, false
	}
	var open, first, last *syntax.Node // the first and last one between the brackets
	closing := ""
	for sibling := range s.tree.Children(node) {
		n := &s.tree.Nodes[sibling]
		token := ""
		if n.Flags&syntax.Named == 0 {
			token = s.tree.Grammar.TypeName(n.Type)
		}
		switch partner := closingOf(token); {
		case partner != "" && sibling <= child:
			open, closing, first, last = n, partner, nil, nil
		case open != nil && token == closing && sibling < child:
			open = nil
		case open != nil && token == closing:
			outside = part{int(open.Start), int(n.End)}
			if closing != ">" && s.places.line(outside.start) != s.places.line(int(n.Start)) {
				return part{int(open.End), int(n.Start)}, outside, true
			}
			if first == nil {
				return outside, outside, true
			}
			return part{int(first.Start), int(last.End)}, outside, true
		case open != nil:
			if last = n; first == nil {
				first = n
			}
		}
	}
	return inside, outside, false
}

// closingOf returns the bracket that closes what one opens, "" for any other token.
func closingOf(token string) string {
	switch token {
	case "(":
		return ")"
	case "[":
		return "]"
	case "{", "${":
		return "}"
	case "<":
		return ">"
	}
	return ""
}
