package resolve

// Use is a place where a name stands.
type Use struct {
	Span
	Binds bool // it is bound there
}

// Uses returns the places of the document where a name means the same, in their order, and
// at most limit of them: of a name that is bound in the document all that its bindings count
// for, of a member or key all members and keys of that name, of any other all names that
// nothing binds. There are none of what is no name.
func (n *Names) Uses(name Name, limit int) (uses []Use) {
	if name.Kind == None {
		return nil
	}
	text := string(n.doc.Text[name.Start:name.End])
	binds := make(map[Span]bool, len(name.Bindings))
	for _, b := range name.Bindings {
		binds[b.Name] = true
	}
	nodes := n.doc.Tree.Nodes
	walk := scopeWalk{scopes: n.scopes, nodes: nodes, next: 1}
	for i := range nodes {
		mark := n.marks[i]
		at := Span{nodes[i].Start, nodes[i].End}
		if mark.what < whatName || nodes[i].Next != uint32(i+1) || int(at.End-at.Start) != len(text) || string(n.doc.Text[at.Start:at.End]) != text {
			continue
		}
		if n.means(name, mark, at, walk.at(uint32(i)), text) {
			if len(uses) == limit {
				break
			}
			uses = append(uses, Use{at, binds[at]})
		}
	}
	return uses
}

// means reports whether the name in a scope means what another one of the same text does.
func (n *Names) means(name Name, mark mark, at Span, scope uint32, text string) bool {
	isMember := mark.what == whatMember || mark.what == whatKey
	switch {
	case name.Kind == Member || name.Kind == Key:
		return isMember
	case isMember || mark.what == whatNone || mark.what == whatImported:
		return false
	}
	list, in := n.lookup(text, at, scope, mark.space)
	if len(name.Bindings) == 0 {
		return len(list) == 0
	}
	return len(list) > 0 && in == name.scope && n.bindings[list[0]].space&name.Space != 0
}
