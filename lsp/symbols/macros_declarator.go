package symbols

import (
	"bytes"
	"slices"
)

// collect goes over the words in front of a name: stars, qualifiers, macros.
func (d *declaration) collect(i int) int {
	for ; i < len(d.unit); i++ {
		t := &d.unit[i]
		switch {
		case t.is('*') || t.kind == tokenGone:
		case t.kind != tokenWord:
			return i
		case t.class == wordSpecifier || t.class == wordType:
		case t.class == wordTypeOf: // _Atomic
		case t.class == wordIgnored:
			d.drop(t)
		case t.class == wordAttribute:
			if d.kind(i+1) == tokenGroup {
				i++
			}
		case t.class != wordOther:
			return i
		case d.kind(i+1) == tokenGroup && d.other(i+2) && d.isRatherName(i+2, i):
			d.words = append(d.words, word{i, i + 1})
			i++
		case d.kind(i+1) == tokenGroup:
			d.words = append(d.words, word{i, -1})
			return i + 1
		default:
			d.words = append(d.words, word{i, -1})
		}
	}
	return i
}

// declarator looks at one declarator, from where its words end: i is a star, the
// parentheses or brackets behind a name, or what ends the declarator. So many of the
// words before may be a type. It returns where the declarator ends.
func (d *declaration) declarator(i, types int) (int, bool) {
	if i >= len(d.unit) {
		return i, false
	}
	var typeName *token
	if d.at(i, '*') {
		d.keep(types, true)
		if types == 1 && len(d.words) == 1 {
			typeName = &d.unit[d.words[0].at]
		}
		d.words = d.words[:0]
		types = 0
		i = d.collect(i)
	}
	switch {
	case d.kind(i) == tokenGroup && len(d.words) > 0 && d.words[len(d.words)-1].at == i-1 && !d.startsDeclarator(i):
		// A function. "P((int a))" is a macro for parameters.
		if n := len(d.words); n >= 2 && d.macroScore(&d.unit[i-1]) > 0 || len(d.words) >= 2 && d.isDoubleGroup(i) {
			if d.isDoubleGroup(i) && (n > 2 || types == 0 || n == 2) {
				d.drop(&d.unit[i-1])
				d.blank(d.unit[i].start, d.unit[i].start+1)
				d.blank(d.unit[i].end-1, d.unit[i].end)
				d.words = d.words[:n-1]
			}
		}
		d.words = d.words[:len(d.words)-1]
		d.keep(types, true)
	case d.kind(i) == tokenGroup:
		d.keep(types, true)
		if types == 1 && len(d.words) == 1 {
			typeName = &d.unit[d.words[0].at]
		}
		if typeName != nil && typeName.end-typeName.start >= len("int") && d.unit[len(d.unit)-1].is(';') && !d.record {
			// "t (*f)(int);" may be a call; "int (*f)(int);" is none.
			d.blank(typeName.start, typeName.end)
			copy(d.out[typeName.start:], "int")
		}
		d.inParentheses(i)
		i++
		if d.kind(i) != tokenGroup && d.kind(i) != tokenIndex {
			return d.suffix(i)
		}
	case d.kind(i) == tokenIndex:
		d.keep(types+1, true)
	case d.at(i, ':') && d.record && len(d.words) <= types:
		if d.hasType && len(d.words) == 0 && !slices.ContainsFunc(d.unit[:i], func(t token) bool { return t.is(',') }) {
			// A bit field without a name.
			for j := range d.unit {
				d.drop(&d.unit[j])
			}
		}
		return i, false
	default:
		if !d.hasType && types == 1 && len(d.words) == 1 {
			d.infer(i)
			return i, false
		}
		d.keep(types+1, types > 0)
	}
	return d.suffix(i)
}

// infer gives "auto x = 1" of C23 a type.
func (d *declaration) infer(i int) {
	if auto := &d.unit[0]; d.at(i, '=') && string(d.text[auto.start:auto.end]) == "auto" {
		d.blank(auto.start, auto.end)
		copy(d.out[auto.start:], "int")
	}
}

// isDoubleGroup reports whether parentheses hold parentheses and nothing else.
func (d *declaration) isDoubleGroup(i int) bool {
	inside := bytes.TrimSpace(d.text[d.unit[i].start+1 : d.unit[i].end-1])
	if len(inside) < 2 || inside[0] != '(' || inside[len(inside)-1] != ')' {
		return false
	}
	tokens := d.inside(&d.unit[i])
	return len(tokens) == 1 && tokens[0].kind == tokenGroup
}

// inParentheses looks at a declarator in parentheses: of "(APIENTRY *f)" the name is left.
func (d *declaration) inParentheses(i int) {
	tokens := d.inside(&d.unit[i])
	inner := declaration{macroPass: d.macroPass, unit: tokens}
	star := slices.IndexFunc(tokens, func(t token) bool { return t.is('*') || t.is('^') })
	if star < 0 {
		star = 0
	}
	for j := range tokens[:star] {
		if tokens[j].kind == tokenWord || tokens[j].kind == tokenGroup {
			inner.drop(&tokens[j])
		}
	}
	end := inner.collect(star)
	inner.keep(1, true)
	if inner.kind(end) == tokenGroup && len(inner.words) > 0 {
		inner.parameters(end)
	}
}

// suffix goes over what stands behind a name: brackets, parameters, attributes, a
// width, a value. It returns the place of the "," or ";" behind.
func (d *declaration) suffix(i int) (int, bool) {
	parameters := false
	for i < len(d.unit) {
		t := &d.unit[i]
		switch {
		case t.is(','), t.is(';'), t.is('{'):
			return i, true
		case t.is('='), t.is(':'):
			for i++; i < len(d.unit) && !d.at(i, ',') && !d.at(i, ';'); i++ {
				if t.is(':') && d.other(i) && (d.kind(i-1) == tokenLiteral || d.kind(i-1) == tokenWord) {
					d.drop(&d.unit[i])
				}
			}
		case t.kind == tokenGroup && !parameters:
			parameters = true
			d.parameters(i)
			if d.kind(i+1) == tokenWord && d.isOldStyle(t, d.unit[i+1].start) {
				d.dropOldStyle(i + 1)
				return i, false
			}
			i++
		case t.kind == tokenWord && t.class == wordAttribute:
			if i++; d.kind(i) == tokenGroup {
				i++
			}
		case t.kind == tokenWord && (t.class == wordOther || t.class == wordIgnored):
			d.drop(t)
			if i++; d.kind(i) == tokenGroup {
				d.drop(&d.unit[i])
				i++
			}
		case t.kind == tokenIndex, t.kind == tokenGone, t.kind == tokenGroup:
			i++
		default:
			return i, false
		}
	}
	return i, false
}

// parameters blanks parameters that a grammar may not understand. Nothing in them is a
// symbol.
func (d *declaration) parameters(i int) {
	group := &d.unit[i]
	tokens := d.inside(group)
	names := 0
	odd := false
	for j := range tokens {
		t := &tokens[j]
		switch {
		case t.is(','):
			names = 0
		case t.kind == tokenWord && (t.class == wordOther || t.class == wordType || t.class == wordTag):
			if t.class != wordOther {
				names = 1
				if t.class == wordTag {
					names = 0
				}
				continue
			}
			names++
			if names > 2 || d.macroScore(t) > 1 {
				odd = true
			}
		case t.kind == tokenWord && t.class != wordSpecifier:
			odd = true
		}
	}
	switch {
	case odd && d.bodies:
		d.surplus(tokens)
	case odd:
		d.blank(group.start+1, group.end-1)
	}
}

// surplus blanks the words of parameters that look most like macros, where there are more
// than a type and a name.
func (d *declaration) surplus(tokens []token) {
	for len(tokens) > 0 {
		end := slices.IndexFunc(tokens, func(t token) bool { return t.is(',') })
		if end < 0 {
			end = len(tokens)
		}
		var words []*token
		types := 0
		for i := range tokens[:end] {
			switch t := &tokens[i]; {
			case t.kind != tokenWord:
			case t.class == wordOther:
				words = append(words, t)
			case t.class == wordType:
				types = 1
			}
		}
		for types+len(words) > 2 && len(words) > 0 {
			most := 0
			for i := range words {
				if d.macroScore(words[i]) > d.macroScore(words[most]) {
					most = i
				}
			}
			if d.macroScore(words[most]) == 0 {
				break
			}
			d.drop(words[most])
			words = slices.Delete(words, most, most+1)
		}
		tokens = tokens[min(end+1, len(tokens)):]
	}
}
