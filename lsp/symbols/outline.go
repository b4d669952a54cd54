package symbols

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// span is a half-open range of byte offsets.
type span struct{ start, end uint32 }

func (s span) contains(t span) bool { return s.start <= t.start && t.end <= s.end }

func byStart(a, b span) int {
	return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
}

// candidate is one match that names something: a symbol, if it is the one that
// decides about its name node.
type candidate struct {
	pattern    uint16
	kind       Kind // 0: the pattern has no @def and only adds to another
	as         Kind // what it is instead, or 0
	flags      Flags
	visibility Visibility
	name       span
	def        span
	receiver   span // empty: none
	container  span // empty: none
	signature  span // empty: the declaration
	body       uint32
	outer      bool // the pattern's
	leaf       bool // the pattern's
}

// place is where a candidate stands among the symbols. What may enclose others
// comes before them; what may not stands where its name does, since several such
// declarations may share one range: the inner struct of "struct {int a;} x, y;".
func (c *candidate) place() uint32 {
	if c.leaf {
		return c.name.start
	}
	return c.def.start
}

// found is what a run of the query yields, sorted into its uses.
type found struct {
	candidates  []candidate
	opaque      []span
	transparent []span
	comments    []span
}

// outline turns captures into a summary: one symbol per name node, in source
// order, nested by range. The captures are in the order in which matches end. Signatures
// have nothing of the cuts of the text that was parsed, as of comments.
func (o *outliner) outline(text []byte, captures []capture, parsed *blanked, t *trace) *Summary {
	f := o.sort(text, captures, t)
	candidates := decide(f.candidates, t)
	slices.SortFunc(f.opaque, byStart)
	slices.SortFunc(f.transparent, byStart)
	f.opaque = slices.DeleteFunc(f.opaque, func(s span) bool {
		_, found := slices.BinarySearchFunc(f.transparent, s, byStart)
		return found
	})
	candidates = dropOpaque(candidates, f.opaque, o.nested, t)
	slices.SortStableFunc(candidates, func(a, b candidate) int { return cmp.Compare(a.place(), b.place()) })

	b := builder{outliner: o, text: text, lines: newLineTable(text), comments: append(f.comments, parsed.cuts...), trace: t}
	b.summary.Symbols = make([]Symbol, 0, len(candidates))
	slices.SortFunc(b.comments, byStart)
	if o.deprecated != nil && bytes.Contains(text, []byte(o.options.DeprecatedWord)) {
		b.findDeprecated()
	}
	for i := range candidates {
		if len(b.summary.Symbols) == MaxSymbols {
			b.summary.Truncated |= TruncatedSymbols
			for _, c := range candidates[i:] {
				t.drop(c.name, "the outline has as many symbols as it may have (MaxSymbols)")
			}
			break
		}
		b.add(&candidates[i])
	}
	if o.merges {
		var moved []int
		b.summary.Symbols, moved = mergeSymbols(b.summary.Symbols, func(i int) *pattern { return &o.patterns[b.patternOf[i]] })
		t.merged(moved)
	}
	b.summary.addDefines(b.lines, parsed)
	return &b.summary
}

// sort goes through the matches once.
func (o *outliner) sort(text []byte, captures []capture, t *trace) found {
	var f found
	for len(captures) > 0 {
		n := 1
		for n < len(captures) && captures[n].Match == captures[0].Match {
			n++
		}
		match := captures[:n]
		captures = captures[n:]
		p := &o.patterns[match[0].Pattern]
		if !p.accepts(text, match) {
			t.match(match, span{}, "a predicate of the pattern does not hold")
			continue
		}
		c := candidate{pattern: match[0].Pattern, outer: p.outer, leaf: p.leaf}
		named := false
		for _, capture := range match {
			at := span{capture.Start, capture.End}
			switch r := o.roles[capture.Capture]; r.role {
			case roleDef:
				c.kind, c.def = r.kind, at
			case roleName:
				c.name, named = at, true
			case roleAs:
				c.as = r.kind
			case roleBody:
				c.body = at.start
			case roleSignature:
				c.signature = at
			case roleReceiver:
				c.receiver = at
			case roleContainer:
				c.container = at
			case roleFlag:
				c.flags |= r.flags
			case roleVisibility:
				c.visibility = r.visibility
			case roleOpaque:
				f.opaque = append(f.opaque, at)
				t.marked(at, c.pattern)
			case roleTransparent:
				f.transparent = append(f.transparent, at)
			case roleComment:
				f.comments = append(f.comments, at)
			}
		}
		if named {
			t.match(match, c.name, "")
			f.candidates = append(f.candidates, c)
		}
	}
	return f
}

// decide leaves one candidate per name node, that of the first pattern in the
// query, in source order of their declarations. Other matches of the same
// pattern (tree-sitter reports optional parts one by one) and patterns without
// a declaration add to it.
func decide(candidates []candidate, t *trace) []candidate {
	slices.SortFunc(candidates, func(a, b candidate) int {
		return cmp.Or(byStart(a.name, b.name), cmp.Compare(a.pattern, b.pattern))
	})
	kept := candidates[:0]
	for i := 0; i < len(candidates); {
		j := i + 1
		for j < len(candidates) && candidates[j].name == candidates[i].name {
			j++
		}
		name := candidates[i].name // kept may overwrite it
		if c, ok := merge(candidates[i:j]); ok {
			kept = append(kept, c)
		} else {
			t.drop(name, "no pattern declares this name (@def), or its declaration is empty or elsewhere")
		}
		i = j
	}
	slices.SortFunc(kept, func(a, b candidate) int {
		return cmp.Or(byStart(a.def, b.def), byStart(a.name, b.name))
	})
	return kept
}

// merge makes one candidate of all with the same name node. It is not ok when
// none declares anything, or what it declares has no extent.
func merge(same []candidate) (candidate, bool) {
	first := slices.IndexFunc(same, func(c candidate) bool { return c.kind != 0 })
	if first < 0 {
		return candidate{}, false
	}
	c := same[first]
	for _, other := range same {
		if other.kind != 0 && other.pattern != c.pattern {
			continue
		}
		c.flags |= other.flags
		c.kind = cmp.Or(other.as, c.kind)
		c.visibility = cmp.Or(c.visibility, other.visibility)
		c.body = cmp.Or(c.body, other.body)
		c.receiver = cmp.Or(c.receiver, other.receiver)
		c.container = cmp.Or(c.container, other.container)
		c.signature = cmp.Or(c.signature, other.signature)
	}
	return c, c.name.start < c.name.end && c.def.contains(c.name)
}

// dropOpaque removes the candidates inside of opaque nodes. Those of the outer
// level, members that a function's body or parameters declare for the type around
// it, are in exactly one: deeper ones belong to something that is not shown. Both
// are sorted by start. For nested declarations it removes all others.
func dropOpaque(candidates []candidate, opaque []span, nested bool, t *trace) []candidate {
	opaque = slices.Compact(opaque)
	kept := candidates[:0]
	var around []span // the opaque nodes that the current place is in, outermost first
	leave := func(offset uint32) {
		for len(around) > 0 && around[len(around)-1].end <= offset {
			around = around[:len(around)-1]
		}
	}
	for _, c := range candidates {
		for len(opaque) > 0 && opaque[0].start <= c.def.start {
			leave(opaque[0].start)
			around = append(around, opaque[0])
			opaque = opaque[1:]
		}
		leave(c.def.start)
		depth := 0
		for depth < len(around) && around[depth].contains(c.def) {
			depth++
		}
		switch {
		case nested && depth > 0 || !nested && (depth == 0 && !c.outer || depth == 1 && c.outer):
			kept = append(kept, c)
		default:
			t.dropIn(&c, around[:depth])
		}
	}
	return kept
}

// builder makes the symbols of one summary.
type builder struct {
	*outliner
	text       []byte
	lines      *lineTable
	comments   []span       // in source order
	deprecated map[int]bool // lines below a comment that says so
	summary    Summary
	patternOf  []uint16 // by symbol, if symbols are to be merged
	open       []open   // the symbols that enclose the current one, outermost first
	trace      *trace   // nil: nobody asks how
}

// open is a symbol that may have children.
type open struct {
	symbol int
	def    span
}

func (b *builder) add(c *candidate) {
	p := &b.patterns[c.pattern]
	name := p.name
	if name == "" {
		name = b.nameAt(c.name)
	}
	if strings.TrimSpace(name) == "" { // a client would reject it
		b.trace.drop(c.name, "its name is blank")
		return
	}
	if p.name == "" && b.keywords[name] && !b.exempt[c.kind] {
		b.trace.drop(c.name, "its name is a keyword of the language (Options.Keywords)")
		return
	}
	for len(b.open) > 0 {
		top := b.open[len(b.open)-1].def
		if top.contains(c.def) && top != c.def {
			break
		}
		b.open = b.open[:len(b.open)-1]
	}
	if len(b.open) == MaxNesting {
		b.summary.Truncated |= TruncatedNesting
		b.trace.drop(c.name, "it is nested deeper than a symbol may be (MaxNesting)")
		return
	}
	enclosing := len(b.open) - 1
	if c.outer {
		enclosing--
		if enclosing < 0 { // a function of its own, or one that is not shown
			b.trace.drop(c.name, "#set! level outer, and no symbol is around the function that declares it")
			return
		}
	}
	s := Symbol{
		Name:       name,
		Kind:       c.kind,
		Flags:      c.flags,
		Visibility: c.visibility,
		Parent:     -1,
		Range:      Range{b.lines.position(c.def.start), b.lines.position(c.def.end)},
		Selection:  Range{b.lines.position(c.name.start), b.lines.position(c.name.end)},
	}
	if enclosing >= 0 {
		s.Parent = b.open[enclosing].symbol
		if becomes, ok := b.members[s.Kind]; ok && b.summary.Symbols[s.Parent].Kind == Class {
			s.Kind = becomes
		}
	}
	if s.Visibility == Unknown {
		s.Visibility = b.visibilityOf(name)
	}
	if b.deprecated[int(s.Range.Start.Line)] {
		s.Flags |= Deprecated
	}
	b.nameOwner(&s, c, p.label)

	declared := cmp.Or(c.signature, c.def)
	if c.body > declared.start {
		declared.end = c.body
	}
	first, _ := slices.BinarySearchFunc(b.comments, declared.start, func(comment span, start uint32) int {
		return cmp.Compare(comment.start, start)
	})
	s.Signature = signature(p.prefix, b.text, declared.start, declared.end, b.comments[first:], b.options.SignatureTrim)

	if !c.outer && !c.leaf {
		b.open = append(b.open, open{len(b.summary.Symbols), c.def})
	}
	if b.merges {
		b.patternOf = append(b.patternOf, c.pattern)
	}
	b.summary.Symbols = append(b.summary.Symbols, s)
	b.trace.made(c)
}

// nameAt returns a name as it stands in the text, but on one line: a Go union, or
// a string in the place of a name, may have several.
func (b *builder) nameAt(at span) string {
	name := b.text[at.start:min(at.end, at.start+2*MaxName)]
	if bytes.ContainsAny(name, "\t\r\n") {
		name = bytes.Join(bytes.Fields(name), []byte(" "))
	}
	return cut(string(name), MaxName)
}

// nameOwner fills in what a symbol belongs to where nesting does not tell.
func (b *builder) nameOwner(s *Symbol, c *candidate, label string) {
	owner := cmp.Or(c.container, c.receiver)
	s.Container = b.nameAt(owner)
	if label == "" {
		return
	}
	receiver := b.nameAt(c.receiver)
	s.Label = cut(strings.NewReplacer("{name}", s.Name, "{receiver}", receiver).Replace(label), MaxName)
}

func (b *builder) visibilityOf(name string) Visibility {
	for i := range b.visibility {
		if b.visibility[i].match.MatchString(name) {
			return b.visibility[i].visibility
		}
	}
	return b.fallback
}

// findDeprecated notes the lines that have a comment directly above them which
// marks what it describes as deprecated: a comment that begins its line and
// reaches down to the line before, several such comments counting as one.
func (b *builder) findDeprecated() {
	b.deprecated = make(map[int]bool)
	for i := 0; i < len(b.comments); {
		start := b.comments[i].start
		below := b.lineBelow(b.comments[i])
		i++
		if !b.beginsLine(start) {
			continue
		}
		end := b.comments[i-1].end
		for i < len(b.comments) && b.lines.line(b.comments[i].start) == below && b.beginsLine(b.comments[i].start) {
			end = b.comments[i].end
			below = b.lineBelow(b.comments[i])
			i++
		}
		if b.outliner.deprecated.Match(b.text[start:end]) {
			b.deprecated[below] = true
		}
	}
}

// lineBelow is the line after the one on which a comment ends. Some grammars
// count the line end to a comment, some do not.
func (b *builder) lineBelow(comment span) int {
	return b.lines.line(max(comment.start, comment.end-1)) + 1
}

// beginsLine tells whether nothing but blanks stands before offset on its line.
func (b *builder) beginsLine(offset uint32) bool {
	start := b.lines.starts[b.lines.line(offset)]
	return len(bytes.TrimLeft(b.text[start:offset], " \t")) == 0
}
