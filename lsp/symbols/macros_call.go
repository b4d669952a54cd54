package symbols

import "slices"

// callAlone handles "M(x);" and "M(x) {".
func (p *macroPass) callAlone(unit []token) bool {
	i := 0
	for i < len(unit) && unit[i].class == wordSpecifier {
		i++
	}
	if len(unit)-i != 3 || unit[i].kind != tokenWord || unit[i+1].kind != tokenGroup {
		return false
	}
	macro, group, last := &unit[i], &unit[i+1], &unit[i+2]
	switch {
	case last.is('{') && macro.class == wordOther:
		argument, known := p.definition(macro)
		if !known && p.macroScore(macro) < 2 {
			return true
		}
		p.define(group, argument, '(', ')')
		return true
	case last.is(';') && (macro.class == wordOther || macro.class == wordAttribute):
		if argument, known := p.definition(macro); known && p.define(group, argument, ' ', ' ') {
			return true
		}
		for j := range unit {
			p.drop(&unit[j])
		}
		return true
	}
	return false
}

// definition returns which argument of a macro is the name of what it defines.
func (p *macroPass) definition(macro *token) (argument int, known bool) {
	name := p.text[macro.start:macro.end]
	for i := range p.definitions {
		if p.definitions[i].name.Match(name) {
			return p.definitions[i].argument, true
		}
	}
	return 0, false
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
