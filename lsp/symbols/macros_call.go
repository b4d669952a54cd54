package symbols

import "slices"

// callAlone handles "M(x);" and "M(x) {", also behind a macro on a line of its own.
func (p *macroPass) callAlone(unit []token) bool {
	i := 0
	for i < len(unit) && (unit[i].class == wordSpecifier || p.standsAlone(unit[i:])) {
		i++
	}
	if len(unit)-i != 3 || unit[i].kind != tokenWord || unit[i+1].kind != tokenGroup {
		return false
	}
	macro, group, last := &unit[i], &unit[i+1], &unit[i+2]
	switch {
	case last.is('{') && macro.class == wordOther:
		argument, known := p.definitions.find(p.string(macro))
		if !known && p.macroScore(macro) < 2 {
			return true
		}
		p.define(group, argument, '(', ')')
		for j := range unit[:i] {
			if unit[j].class != wordSpecifier {
				p.drop(&unit[j])
			}
		}
		return true
	case last.is(';') && (macro.class == wordOther || macro.class == wordAttribute):
		if argument, known := p.definitions.find(p.string(macro)); known && p.define(group, argument, ' ', ' ') {
			return true
		}
		for j := range unit {
			p.drop(&unit[j])
		}
		return true
	}
	return false
}

// standsAlone reports whether a unit begins with a macro on a line of its own, as END_TEST
// is in Check, and a call that defines something on the next.
func (p *macroPass) standsAlone(unit []token) bool {
	if len(unit) < 4 || unit[0].kind != tokenWord || unit[0].class != wordOther || !unit[1].first || p.macroScore(&unit[0]) < 2 {
		return false
	}
	_, known := p.definitions.find(p.string(&unit[1]))
	return known
}

// define leaves one argument of a macro call, between other brackets:
//
//	TEST(suite, name) {    ->    TEST       (name) {
func (p *macroPass) define(group *token, argument int, before, after byte) bool {
	inside := p.inside(group)
	start := 0
	for ; argument > 0; argument-- {
		n := slices.IndexFunc(inside[start:], func(t token) bool { return t.is(',') })
		if n < 0 {
			return false
		}
		start += n + 1
	}
	if start >= len(inside) || inside[start].kind != tokenWord {
		return false
	}
	if start+1 < len(inside) && !inside[start+1].is(',') {
		return false
	}
	name := inside[start]
	p.blank(group.start, name.start)
	p.blank(name.end, group.end)
	p.write(name.start-1, before)
	p.write(name.end, after)
	return true
}
