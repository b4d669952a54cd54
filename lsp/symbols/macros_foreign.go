package symbols

import "slices"

// isForeign reports whether only C++ can mean a declaration.
func isForeign(p *macroPass, unit []token) bool {
	for i := range unit {
		t := &unit[i]
		switch {
		case t.kind == tokenWord && t.class == wordTag && p.text[t.start] == 'e' && i+2 < len(unit) &&
			unit[i+1].class == wordForeign && unit[i+2].kind == tokenWord: // enum class e
			return true
		case t.kind == tokenWord && t.class == wordForeign:
			if beginsForeign(p, unit, i) {
				return true
			}
			if string(p.text[t.start:t.end]) == "operator" && i+1 < len(unit) && !unit[i+1].is(';') && !unit[i+1].is(',') {
				return true
			}
		case t.is(':') && i+1 < len(unit) && unit[i+1].is(':') && t.end == unit[i+1].start:
			return true
		case t.is('<') && i > 0 && unit[i-1].kind == tokenWord:
			return true
		case t.is('&') && i > 0 && unit[i-1].kind == tokenWord:
			return true
		case t.is('='):
			return false
		case t.kind == tokenBraces:
			return false
		case t.is(':') && i > 0 && unit[i-1].kind == tokenWord && i > 1 && unit[i-2].kind == tokenWord && unit[i-2].class == wordTag &&
			p.text[unit[i-2].start] != 'e' && i+1 < len(unit) && unit[i+1].kind == tokenWord:
			return true
		}
	}
	return false
}

// beginsForeign reports whether a word of C++ begins a declaration. It is a name in C, if
// nothing but its declarator follows.
func beginsForeign(p *macroPass, unit []token, i int) bool {
	if i+1 == len(unit) {
		return false
	}
	next := &unit[i+1]
	if i == 0 || unit[i-1].kind == tokenWord && unit[i-1].class == wordSpecifier {
		return next.kind == tokenWord || next.is('<') || next.kind == tokenBraces || next.is(':')
	}
	for j := range unit[:i] {
		if unit[j].kind != tokenWord || unit[j].class != wordOther || p.macroScore(&unit[j]) < 2 {
			return false
		}
	}
	return next.kind == tokenWord && (p.macroScore(next) < 2 || i+2 < len(unit) && unit[i+2].kind == tokenWord)
}

// foreignEndsInBraces reports whether a "}" ends a declaration of C++: that of a
// namespace or a function, not that of a class.
func foreignEndsInBraces(p *macroPass, unit []token) bool {
	for i := range unit {
		switch string(p.text[unit[i].start:unit[i].end]) {
		case "namespace":
			return true
		case "class", "struct", "union", "enum":
			if i == 0 || unit[i-1].class != wordTag {
				return slices.ContainsFunc(unit, func(t token) bool { return t.kind == tokenGroup })
			}
		}
	}
	return true
}
