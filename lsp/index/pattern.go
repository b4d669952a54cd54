package index

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// separators stand between the parts of a qualified name in the languages that
// people type queries in: a.b, a::b, a/b, a#b, a\b.
const separators = `.:/#\`

// needle is a query made ready. A symbol matches if its name matches whole, or
// if the query is qualified, its name matches last and its container matches
// qualifier. Both are tried, as names can contain separators: a CSS class, a
// key in TOML, the operator "/".
type needle struct {
	whole     pattern
	qualified bool
	last      pattern
	qualifier pattern
}

func newNeedle(text string) needle {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
	n := needle{whole: newPattern(text)}
	if at := strings.LastIndexAny(text, separators); at >= 0 {
		n.qualified = true
		n.last = newPattern(text[at+1:])
		// Letters alone: a.b also finds a::b.
		n.qualifier = newPattern(strings.Map(func(r rune) rune {
			if strings.ContainsRune(separators, r) {
				return -1
			}
			return r
		}, text[:at]))
	}
	return n
}

// empty reports whether the query says nothing.
func (n *needle) empty() bool { return len(n.whole.codes) == 0 }

// best is an upper bound of the score of any symbol.
func (n *needle) best() int32 { return max(n.whole.best, n.last.best+n.qualifier.best) }

// bestInside is an upper bound for symbols whose names do not begin with what is looked for in names.
func (n *needle) bestInside() int32 {
	if n.qualified {
		return max(n.whole.best, n.last.bestInside+n.qualifier.best)
	}
	return n.whole.bestInside
}

// admits reports whether a name with these traits may match and score at least floor. Outer is an upper bound of the
// qualifier's score on the name's containers; impossible: it matches none.
func (n *needle) admits(t *traits, floor, outer int32) bool {
	return n.whole.admits(t, floor) || n.qualified && outer != impossible && n.last.admits(t, atLeast(floor, outer))
}

// pattern is what a text must contain as a subsequence, case folded. Its
// characters are numbered from 1 in the order of their first appearance, so that
// a text is compared by codes; 0 stands for all characters that it does not have.
type pattern struct {
	codes    []uint16
	distinct int    // codes are 1 to distinct
	upper    []rune // by place in codes: the letter as typed if upper case, else notUpper
	uppers   int32

	folded []rune   // by place in codes: the letter
	chars  uint64   // as in traits
	traits []traits // by place in codes: what a text in which it starts a word, or follows, has

	asciiCodes [utf8.RuneSelf]uint16
	otherCodes map[rune]uint16 // by folded character

	// bestInside and best are upper bounds of a text's score: where the pattern is no prefix of it, and anywhere.
	bestInside, best int32
}

// notUpper is no character, so that none equals it.
const notUpper = -1

func newPattern(text string) pattern {
	p := pattern{otherCodes: make(map[rune]uint16)}
	prev := rune(0)
	for _, r := range text {
		folded := fold(r)
		code := p.code(r)
		if code == 0 {
			p.distinct++
			code = uint16(p.distinct)
			p.otherCodes[folded] = code
			for c := range rune(utf8.RuneSelf) {
				if fold(c) == folded {
					p.asciiCodes[c] = code
				}
			}
		}
		p.codes = append(p.codes, code)
		p.folded = append(p.folded, folded)
		upper := rune(notUpper)
		if unicode.IsUpper(r) || unicode.IsTitle(r) {
			upper = r
			p.uppers++
		}
		p.upper = append(p.upper, upper)
		p.chars |= charBit(folded)
		p.traits = append(p.traits, traits{starts: charBit(folded), pairs: pairBit(prev, folded)})
		prev = folded
		if len(p.codes) > maxText {
			break // longer than any text: more of it changes nothing
		}
	}
	if n := int32(len(p.codes)); n > 0 {
		p.bestInside = scoreStart + (n-1)*scoreWord + p.uppers*scoreCase
		p.best = max(p.bestInside, scoreStart+(n-1)*scoreStreak+scorePrefix+scoreExact+p.uppers*scoreCase)
	}
	return p
}

// admits reports whether a text with these traits may contain the pattern and score at least floor.
func (p *pattern) admits(t *traits, floor int32) bool {
	return t.chars&p.chars == p.chars && (floor == math.MinInt32 || p.bound(t) >= floor)
}

// code returns the code of a character of a text.
func (p *pattern) code(r rune) uint16 {
	if r < utf8.RuneSelf {
		return p.asciiCodes[r]
	}
	return p.otherCodes[fold(r)]
}

// fold maps the forms of a letter that differ by case to one: S, s and ſ; Σ, σ
// and ς; K and the Kelvin sign; I, i, İ and ı, so that Turkish words are found
// from any keyboard. It goes rune by rune: ß and ẞ are one letter, not "ss".
func fold(r rune) rune {
	if r < utf8.RuneSelf {
		return rune(lower[r])
	}
	return unicode.ToLower(unicode.ToUpper(r))
}

// lower is the ASCII part of fold.
var lower = func() (t [utf8.RuneSelf]byte) {
	for i := range t {
		t[i] = byte(i)
		if 'A' <= i && i <= 'Z' {
			t[i] += 'a' - 'A'
		}
	}
	return t
}()
