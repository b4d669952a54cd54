package resolve

import (
	"bytes"
	"cmp"
	"slices"
	"sort"

	"github.com/symcache/symcache/lsp/symbols/syntax"
)

// Kind says how much a tree tells of a name.
type Kind uint8

// The kinds.
const (
	None    Kind = iota // no name: a comment, a string, a keyword, or a name that is no reference
	Local               // bound below the top level of the document
	Top                 // bound at its top level
	Import              // bound by an import
	Free                // bound nowhere in the document
	Prelude             // the same, and it is part of the language
	Member              // a member of something
	Key                 // a key of something
)

// Name is a name in a document.
type Name struct {
	Span
	Kind  Kind
	Space Space
	// Itself: an Import that means no more than the import. Package: an Import of a package or
	// module, of which the members are at the top of files.
	Itself, Package bool
	scope           uint32 // in which the bindings are

	// Bindings are what a Local, a Top or an Import is bound by; the first is what counts at
	// that place, others bind the same name in the same scope.
	Bindings []Binding
}

// Binding is a place that binds a name.
type Binding struct {
	Name        Span
	Declaration Span // what else belongs to it, such as a parameter's type; empty: nothing known
}

// maxBindings is how many bindings of one name in one scope are looked at. Of a variable
// with more assignments, the first ones count.
const maxBindings = 1000

// maxScopes is how many scopes are gone through from the inside to the outside. People nest
// twenty.
const maxScopes = 1000

// At returns the name to which a word belongs, in bytes of the text: the word itself in most
// languages, and more where names have other characters, too.
func (n *Names) At(word Span) Name {
	node, ok := n.doc.Tree.Around(word.Start, word.End)
	if !ok {
		return Name{}
	}
	at := &n.doc.Tree.Nodes[node]
	if n.marks[node].what == whatWords {
		return n.name(node, word)
	}
	if at.Next != node+1 || !n.isWord(at, word) {
		return Name{}
	}
	return n.name(node, Span{at.Start, at.End})
}

// isWord reports whether a node is a word and what else belongs to the name.
func (n *Names) isWord(at *syntax.Node, word Span) bool {
	const blanks = " \t\r\n"
	return !bytes.ContainsAny(n.doc.Text[at.Start:word.Start], blanks) && !bytes.ContainsAny(n.doc.Text[word.End:at.End], blanks)
}

// name says what a node means that is a name, or that has it inside.
func (n *Names) name(node uint32, at Span) Name {
	mark := n.marks[node]
	found := Name{Span: at, Space: mark.space}
	switch mark.what {
	case whatMember:
		found.Kind = Member
	case whatKey:
		found.Kind = Key
	case whatImported:
		found.Kind = Import
	case whatWords, whatName, whatBound:
		n.find(&found, node)
	default:
		return Name{}
	}
	return found
}

// Wildcard reports whether some import binds names without naming them.
func (n *Names) Wildcard() bool { return n.wildcard }

// Qualifier says with what the expression begins that a Member is a member of.
type Qualifier uint8

// The qualifiers.
const (
	NoImport  Qualifier = iota // no imported name
	OfImport                   // an imported name: "a.b" of an import a, or "a.b.c"
	OfPackage                  // an imported package, directly: "a.b"
)

// Qualifier returns how an import qualifies a Member.
func (n *Names) Qualifier(member Name) Qualifier {
	nodes := n.doc.Tree.Nodes
	node, ok := n.doc.Tree.Around(member.Start, member.Start+1)
	for i := range maxChain {
		if !ok || nodes[node].Parent == syntax.NoNode {
			break
		}
		object := nodes[node].Parent + 1 // the first node in the same one
		if object >= node {
			break
		}
		if nodes[object].Next == object+1 {
			at := &nodes[object]
			head := n.name(object, Span{at.Start, at.End})
			switch {
			case n.marks[object].what != whatName || head.Kind != Import:
				return NoImport
			case head.Package && i == 0:
				return OfPackage
			}
			return OfImport
		}
		node = object // a member itself, if its last part is one
		for child := range n.doc.Tree.Children(object) {
			node = child
		}
		ok = n.marks[node].what == whatMember
	}
	return NoImport
}

// maxChain is how many members of members are gone through to the name with which they begin.
const maxChain = 16

// find seeks what binds a name.
func (n *Names) find(found *Name, node uint32) {
	text := string(n.doc.Text[found.Start:found.End])
	list, s := n.lookup(text, found.Span, n.scopeOf(node), found.Space)
	found.scope = s
	for _, i := range list {
		b := &n.bindings[i]
		found.Bindings = append(found.Bindings, Binding{b.name, b.declaration})
	}
	switch {
	case len(list) == 0:
		switch {
		case found.Space == SpaceLabel, n.isDoubtful(node):
			found.Kind = None
		case n.marks[node].what == whatBound:
			found.Kind = None
		case n.prelude[text]:
			found.Kind = Prelude
		default:
			found.Kind = Free
		}
	case n.bindings[list[0]].bind&bindImport != 0:
		bind := n.bindings[list[0]].bind
		found.Kind, found.Itself, found.Package = Import, bind&bindItself != 0, bind&bindPackage != 0
	case s == 0:
		found.Kind = Top
	default:
		found.Kind = Local
	}
}

// lookup returns the bindings of a name at a place in a scope, and the scope that they are
// in: those of the innermost scope that has any. The first is what counts there.
func (n *Names) lookup(name string, at Span, s uint32, space Space) (list []uint32, in uint32) {
	all := n.bound[name]
	if len(all) == 0 {
		return nil, 0
	}
	for _, i := range all[:min(len(all), maxBindings)] {
		if b := &n.bindings[i]; b.name == at { // the name of a function stands inside of it
			return n.visible(all, at, b.scope, space), b.scope
		}
	}
	crossed := false // a function, from the inside
	for range maxScopes {
		sc := &n.scopes[s]
		if !sc.isOuter(at.Start) {
			switch n.renamed[scoped{s, name}] {
			case whatGlobal:
				s, sc = 0, &n.scopes[0]
			case whatNonlocal:
				crossed = true
			default:
			}
			if sc.kind != scopeClass || !crossed {
				if list = n.visible(all, at, s, space); len(list) > 0 {
					return list, s
				}
			}
			crossed = crossed || sc.kind == scopeFunction
		}
		if s == 0 {
			break
		}
		s = sc.parent
	}
	return nil, 0
}

// isOuter reports whether a place belongs to what is around the scope.
func (s *scope) isOuter(at uint32) bool {
	i := sort.Search(len(s.outer), func(i int) bool { return s.outer[i].End > at })
	return i < len(s.outer) && s.outer[i].contains(at)
}

// visible returns those of the bindings of a name that are in a scope and are seen at a
// place, the one that counts first. Those of the top level are seen everywhere.
func (n *Names) visible(all []uint32, at Span, s uint32, space Space) (list []uint32) {
	from, _ := slices.BinarySearchFunc(all, s, func(i, s uint32) int { return cmp.Compare(n.bindings[i].scope, s) })
	best := 0
	for _, i := range all[from:min(len(all), from+maxBindings)] {
		b := &n.bindings[i]
		if b.scope != s {
			break
		}
		if b.space&space == 0 || b.after > at.Start && b.name != at && s > 0 {
			continue
		}
		list = append(list, i)
		if b.bind&bindLast != 0 && b.name.Start <= at.Start {
			best = len(list) - 1
		}
	}
	if best > 0 {
		first := list[best]
		copy(list[1:best+1], list[:best])
		list[0] = first
	}
	return list
}

// scopeOf returns the innermost scope in which a node is.
func (n *Names) scopeOf(node uint32) uint32 {
	i := sort.Search(len(n.scopes), func(i int) bool { return n.scopes[i].node > node })
	s := uint32(max(i-1, 0))
	for s > 0 && n.doc.Tree.Nodes[n.scopes[s].node].Next <= node {
		s = n.scopes[s].parent
	}
	return s
}

// isDoubtful reports whether a name that nothing binds may be bound by what the parser
// could make nothing of: the declaration around it has an error with the same word in it.
func (n *Names) isDoubtful(node uint32) bool {
	nodes := n.doc.Tree.Nodes
	if nodes[0].Flags&syntax.Broken == 0 {
		return false
	}
	s := n.scopeOf(node)
	for s > 0 && n.scopes[s].parent != 0 {
		s = n.scopes[s].parent
	}
	around := n.scopes[s].node
	if s == 0 || nodes[around].Flags&syntax.Broken == 0 {
		return false
	}
	word := n.doc.Text[nodes[node].Start:nodes[node].End]
	end := nodes[around].Next
	for i := around; i < end; i++ {
		at := &nodes[i]
		if at.Type != syntax.Error {
			continue
		}
		if hasWord(n.doc.Text[at.Start:at.End], word, int(nodes[node].Start)-int(at.Start)) {
			return true
		}
		i = max(at.Next-1, i)
	}
	return false
}

// hasWord reports whether a word stands in a text anywhere but at one place.
func hasWord(text, word []byte, but int) bool {
	for from := 0; ; {
		found := bytes.Index(text[from:], word)
		if found < 0 {
			return false
		}
		start, end := from+found, from+found+len(word)
		if start != but && (start == 0 || !isWordByte(text[start-1])) && (end == len(text) || !isWordByte(text[end])) {
			return true
		}
		from = end
	}
}

// isWordByte reports whether a byte may be part of a name in most languages.
func isWordByte(c byte) bool {
	return c == '_' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
