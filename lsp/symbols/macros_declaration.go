package symbols

import (
	"bytes"
	"slices"
)

// word is a word of a declaration that may be its type, its name or a macro: the
// places of its tokens in the unit.
type word struct {
	at    int
	group int // the parentheses of a macro call, or -1
}

// declaration blanks the macros of one declaration, which ends in ";", in the "{" of a
// function, or at the end of a block.
func (p *macroPass) declaration(unit []token, kind blockKind) {
	if slices.ContainsFunc(unit, func(t token) bool { return t.is(')') || t.is(']') }) {
		return // half of it is missing
	}
	if isForeign(p, unit) {
		p.blank(unit[0].start, unit[len(unit)-1].end)
		return
	}
	if p.callAlone(unit) {
		return
	}
	d := declaration{macroPass: p, unit: unit, record: kind == blockRecord}
	d.run()
	d.lead()
}

// macroScore says how much a word looks like a macro: 0 for a word in lower case, 3
// for what is hardly anything else.
func (p *macroPass) macroScore(t *token) int {
	text := p.text[t.start:t.end]
	lower, upper := false, false
	for _, c := range text {
		lower = lower || c >= 'a' && c <= 'z' || c >= 0x80
		upper = upper || c >= 'A' && c <= 'Z'
	}
	switch {
	case bytes.HasPrefix(text, []byte("__")) && !bytes.HasSuffix(text, []byte("_t")):
		return 3
	case upper && !lower:
		for _, part := range []string{"API", "EXPORT", "EXTERN", "CALL", "ATTR", "DEPRECATED", "PACKED", "ALIGN", "INLINE", "NORETURN", "DECL"} {
			if bytes.Contains(text, []byte(part)) {
				return 3
			}
		}
		return 2
	case bytes.HasPrefix(text, []byte("attr_")) || bytes.HasPrefix(text, []byte("attribute_")) || bytes.HasSuffix(text, []byte("_export")) ||
		bytes.HasSuffix(text, []byte("_inline")) || bytes.HasSuffix(text, []byte("_api")) || bytes.HasSuffix(text, []byte("_unused")):
		return 1
	}
	return 0
}

// declaration is one declaration while it is looked at.
type declaration struct {
	*macroPass
	unit    []token
	record  bool // members of a struct
	hasType bool
	words   []word
}

func (d *declaration) kind(i int) tokenKind {
	if i < 0 || i >= len(d.unit) {
		return tokenEnd
	}
	return d.unit[i].kind
}

func (d *declaration) at(i int, c byte) bool { return i < len(d.unit) && d.unit[i].is(c) }

func (d *declaration) other(i int) bool {
	return d.kind(i) == tokenWord && d.unit[i].class == wordOther
}

func (d *declaration) run() {
	i, ok := d.specifiers()
	if !ok {
		return
	}
	types := 1
	if d.hasType {
		types = 0
	}
	for {
		i, ok = d.declarator(i, types)
		if !ok || !d.at(i, ',') {
			return
		}
		d.words = d.words[:0]
		types = 0
		for i++; d.kind(i) == tokenWord && d.unit[i].class == wordAttribute; i++ { // the grammar has none here
			d.drop(&d.unit[i])
			if d.kind(i+1) == tokenGroup {
				i++
				d.drop(&d.unit[i])
			}
		}
		i = d.collect(i)
	}
}

// specifiers goes up to the first declarator: over the type and over words one of which
// may be the name.
func (d *declaration) specifiers() (i int, ok bool) {
	for i < len(d.unit) {
		t := &d.unit[i]
		switch {
		case t.kind == tokenLiteral, t.kind == tokenIndex && d.isAttribute(i), t.kind == tokenGone:
			i++
		case t.kind != tokenWord:
			return i, true
		default:
			switch t.class {
			case wordStatement:
				return i, false
			case wordSpecifier:
				if c := d.text[t.start]; c != 'c' && c != 'v' && c != 'r' { // not const, which may follow a type
					d.keep(0, true)
				}
				i++
			case wordIgnored:
				d.drop(t)
				i++
			case wordType:
				d.keep(0, true) // what stands before a type is not a name
				d.hasType = true
				i++
			case wordTypeOf:
				d.keep(0, true)
				d.hasType = true
				i = d.typeOf(i)
			case wordTag:
				d.keep(0, true)
				d.hasType = true
				i = d.tag(i)
			case wordAttribute:
				if i++; d.kind(i) == tokenGroup {
					i++
				}
			case wordForeign, wordOther:
				if d.kind(i+1) != tokenGroup {
					d.words = append(d.words, word{i, -1})
					i++
					continue
				}
				if d.isCall(i) {
					d.words = append(d.words, word{i, i + 1})
					i += 2
					continue
				}
				d.words = append(d.words, word{i, -1})
				return i + 1, true
			}
		}
	}
	return i, true
}

// isAttribute reports whether a token is "[[...]]".
func (d *declaration) isAttribute(i int) bool {
	return d.kind(i) == tokenIndex && d.text[d.unit[i].start+1] == '['
}

// typeOf handles "_BitInt(17)", whose parentheses the grammar does not know, and
// "_Atomic(int)", of which it knows the type.
func (d *declaration) typeOf(i int) int {
	if d.kind(i+1) != tokenGroup {
		if string(d.text[d.unit[i].start:d.unit[i].end]) == "_Atomic" {
			d.hasType = false // a qualifier
		}
		return i + 1
	}
	group := &d.unit[i+1]
	if string(d.text[d.unit[i].start:d.unit[i].end]) != "_Atomic" {
		d.drop(group)
		return i + 2
	}
	d.blank(d.unit[i].start, group.start+1)
	d.blank(group.end-1, group.end)
	if inside := d.inside(group); i == 0 && len(inside) > 0 {
		d.leads = append(d.leads, lead{uint32(inside[0].start), uint32(d.unit[i].start)})
	}
	return i + 2
}

// isCall reports whether a word and the parentheses behind it are a macro call before a
// declarator, not a name and its parameters.
func (d *declaration) isCall(i int) bool {
	after := i + 2
	if d.startsDeclarator(i + 1) {
		return false
	}
	if d.at(after, '*') {
		return true
	}
	if d.kind(after) != tokenWord {
		return false
	}
	if class := d.unit[after].class; class != wordOther {
		return class != wordAttribute && !d.isOldStyle(&d.unit[i+1], d.unit[after].start)
	}
	// A later word that looks less like a macro is the name.
	if !d.hasType && len(d.words) == 0 {
		return !d.isOldStyle(&d.unit[i+1], d.unit[after].start)
	}
	for j := after; j < min(len(d.unit), after+maxWords) && !d.at(j, '=') && !d.at(j, ','); j++ {
		if d.other(j) && d.isRatherName(j, i) {
			return true
		}
	}
	return false
}

// isRatherName reports whether a word looks less like a macro than an earlier one with
// parentheses. Of "__f(int) API" in lower case and upper case, the first is the name.
func (d *declaration) isRatherName(i, call int) bool {
	score := d.macroScore(&d.unit[i])
	text := d.text[d.unit[call].start:d.unit[call].end]
	return score < d.macroScore(&d.unit[call]) && (score < 2 || bytes.Equal(text, bytes.ToUpper(text)))
}

// startsDeclarator reports whether a group is a declarator in parentheses, and not
// parameters: "(*f)(int)", "(APIENTRY *f)(int)", "(f)(int)".
func (d *declaration) startsDeclarator(i int) bool {
	if d.kind(i) != tokenGroup {
		return false
	}
	if d.kind(i+1) == tokenGroup {
		return true
	}
	for j := d.unit[i].start + 1; j < d.unit[i].end; j++ {
		switch d.text[j] {
		case ' ', '\t', '\r', '\n':
		case '*', '^':
			return true
		default:
			return false
		}
	}
	return false
}

// tag goes over a struct, union or enum: its tag, or what looks like one, is left.
func (d *declaration) tag(i int) int {
	enum := d.text[d.unit[i].start] == 'e'
	var words []word
	j := i + 1
	for d.kind(j) == tokenWord {
		t := &d.unit[j]
		call := d.kind(j+1) == tokenGroup
		switch {
		case t.class == wordAttribute && call:
			if enum || len(words) > 0 {
				d.drop(t)
				d.drop(&d.unit[j+1])
			}
			j += 2
		case t.class != wordOther:
			goto end
		case call && (d.kind(j+2) == tokenWord && len(words) == 0 || d.bracesFollow(j+2)):
			words = append(words, word{j, j + 1})
			j += 2
		default:
			words = append(words, word{j, -1})
			j++
		}
	}
end:
	if enum && d.at(j, ':') {
		for k := j; k < len(d.unit); k++ {
			if d.kind(k) == tokenBraces {
				for ; j < k; j++ {
					d.drop(&d.unit[j])
				}
				break
			}
		}
	}
	switch {
	case d.kind(j) == tokenBraces:
		d.words = words
		d.keep(1, true)
		d.words = nil
		return j + 1
	case len(words) == 0:
		return j
	case d.at(j, '*') || d.kind(j) == tokenWord || d.kind(j) == tokenGroup && d.startsDeclarator(j):
		d.words = words
		d.keep(1, false)
		d.words = nil
		return j
	case len(words) == 1:
		return j
	}
	best := 0
	if len(words) > 2 {
		for k := range words[:len(words)-1] {
			if d.macroScore(&d.unit[words[k].at]) < d.macroScore(&d.unit[words[best].at]) {
				best = k
			}
		}
	}
	for _, w := range words[:best] {
		d.remove(w)
	}
	d.words = append(d.words, words[best+1:]...)
	return j
}

// bracesFollow reports whether nothing but words and calls stands before a "{".
func (d *declaration) bracesFollow(i int) bool {
	for end := i + maxWords; i < end && (d.kind(i) == tokenWord || d.kind(i) == tokenGroup); {
		i++
	}
	return d.kind(i) == tokenBraces
}

// remove blanks a word and its parentheses.
func (d *declaration) remove(w word) {
	d.drop(&d.unit[w.at])
	if w.group >= 0 {
		d.drop(&d.unit[w.group])
	}
}

// keep leaves n of the words, those that look least like macros, and of equal ones the
// last or the first. Parentheses of macro calls go in any case.
func (d *declaration) keep(n int, last bool) {
	d.words = d.words[max(0, len(d.words)-maxWords):]
	for len(d.words) > n {
		worst := 0
		for i := range d.words {
			a, b := d.score(d.words[i]), d.score(d.words[worst])
			if a > b || a == b && !last {
				worst = i
			}
		}
		d.remove(d.words[worst])
		d.words = slices.Delete(d.words, worst, worst+1)
	}
	for _, w := range d.words {
		if w.group >= 0 {
			d.drop(&d.unit[w.group])
		}
	}
}

func (d *declaration) score(w word) int {
	score := 2 * d.macroScore(&d.unit[w.at])
	if w.group >= 0 {
		score++
	}
	return score
}

// lead notes where a declaration begins whose first words are blanked. Words that stand
// by themselves, with a line between, are not of the declaration.
func (d *declaration) lead() {
	first := slices.IndexFunc(d.unit, func(t token) bool { return t.kind != tokenGone })
	if first <= 0 {
		return
	}
	from := first
	for from > 0 && bytes.Count(d.text[d.unit[from-1].end:d.unit[from].start], []byte("\n")) < 2 {
		from--
	}
	if from < first {
		d.leads = append(d.leads, lead{uint32(d.unit[first].start), uint32(d.unit[from].start)})
	}
}
