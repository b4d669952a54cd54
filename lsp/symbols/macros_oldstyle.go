package symbols

// isOldStyle reports whether parentheses are the names of parameters that are declared
// behind them, at start:
//
//	int main(argc, argv)
//	int argc;
//	char **argv;
//	{
func (p *macroPass) isOldStyle(group *token, start int) bool {
	names := 0
	for i, t := range p.inside(group) {
		if i%2 == 0 && (t.kind != tokenWord || t.class != wordOther) || i%2 == 1 && !t.is(',') {
			return false
		}
		names += 1 - i%2
	}
	if names == 0 {
		return false
	}
	// Only declarations may stand before the "{", each of a name at least. That bounds
	// how often the same text is looked at: calls may follow each other.
	tokens := p.ahead(start)
	for last := (token{}); ; {
		t := tokens.next()
		switch {
		case t.is('{'):
			return last.is(';')
		case t.kind == tokenEnd, t.kind == tokenDirective, t.kind == tokenLiteral && p.text[t.start] == '"', t.is('='), t.is('}'):
			return false
		case last.is(')') && t.kind == tokenWord && t.first: // a call without a semicolon
			return false
		case t.is(';'):
			if names--; names < 0 {
				return false
			}
		}
		last = t
	}
}

// maxWords is how many words without a meaning a declaration is searched for its name.
const maxWords = 32

// maxAhead is how many bytes are looked through for the "{" of a function.
const maxAhead = 1 << 10

// dropOldStyle blanks the declarations of parameters from a token on, up to the "{".
func (d *declaration) dropOldStyle(i int) {
	start := d.unit[i].start
	if last := &d.unit[len(d.unit)-1]; last.is('{') {
		d.blank(start, last.start)
		return
	}
	d.scan.Seek(start)
	brace := d.next()
	for !brace.is('{') {
		brace = d.next()
	}
	d.blank(start, brace.start)
	if d.bodyOfFunction(&brace, len(d.open)) == bodyWithDirectives {
		d.blankInside(&brace)
	}
}
