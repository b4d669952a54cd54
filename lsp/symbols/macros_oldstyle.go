package symbols

import "bytes"

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
		names++
	}
	if names == 0 {
		return false
	}
	// Only declarations may stand before the "{".
	last := byte(0)
	text := p.text[start:min(len(p.text), start+maxOldStyle)]
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '{':
			return last == ';'
		case c == '=' || c == '}' || c == '#' || c == '"':
			return false
		case c == '/' && bytes.HasPrefix(text[i:], []byte("/*")):
			n := bytes.Index(text[i+2:], []byte("*/"))
			if n < 0 {
				return false
			}
			i += n + 3
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		default:
			last = c
		}
	}
	return false
}

// maxWords is how many words without a meaning a declaration is searched for its name.
const maxWords = 32

// maxOldStyle is how many bytes of parameters are looked through for the "{" of a
// function.
const maxOldStyle = 1 << 10

// dropOldStyle blanks the declarations of parameters from a token on, up to the "{".
func (d *declaration) dropOldStyle(i int) {
	start := d.unit[i].start
	n := bytes.IndexByte(d.text[start:], '{')
	for j := start; j < start+n; j++ { // comments may have a "{"
		if bytes.HasPrefix(d.text[j:], []byte("/*")) {
			j += 3 + bytes.Index(d.text[j+2:], []byte("*/"))
			if j >= start+n {
				n = j - start + bytes.IndexByte(d.text[j:], '{')
			}
		}
	}
	if last := &d.unit[len(d.unit)-1]; last.is('{') {
		d.blank(start, last.start)
		return
	}
	d.blank(start, start+n)
	d.i, d.lineStart = start+n, false
	brace := token{kind: tokenPunct, c: '{', start: d.i, end: d.i + 1}
	d.i++
	if d.bodyOfFunction(&brace, len(d.open)) == bodyWithDirectives {
		d.blank(brace.start+1, brace.end-1)
	}
}
