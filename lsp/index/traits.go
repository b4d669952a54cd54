package index

import "unicode/utf8"

// traits say in three words what a text could match, so that most texts are turned away unread. Each is a set of
// hashes: what is not in the set is not in the text.
//
// A text whose chars lack a character of the pattern does not match. For the others bound adds up what each character
// of the pattern can give at most, and the text is turned away when that is less than the worst of the results so far.
// With the pattern "run" (see score.go for the points):
//
//	text        r           u                  n                             bound      score
//	Kubelet     not in it                                                    no match
//	Return      10 start    0-3, no pair ru    0-3, no pair un               4          4
//	PruneNode    0          7, pair ru         8, pair un and a start n      15         14
//	RunPod      10 start    7, pair ru         7, pair un; perhaps a prefix  48         36
//
// PruneNode shows how a bound errs: its n that starts a word is not the n after the u. In a file one test of a whole
// block of names comes first, whose traits are those of all its names together.
type traits struct {
	chars  uint64 // its folded characters; the topmost bit: it is not all ASCII
	starts uint64 // those of them that start words
	pairs  uint64 // its pairs of neighbours
}

// The bits of a set: one for each letter and digit, the rest for all other characters, and the topmost for none.
const (
	digitBits = 26
	otherBits = 36
	topBit    = 63
)

func charBit(folded rune) uint64 {
	switch {
	case 'a' <= folded && folded <= 'z':
		return 1 << (folded - 'a')
	case '0' <= folded && folded <= '9':
		return 1 << (digitBits + folded - '0')
	default:
		return 1 << (otherBits + uint32(folded)%(topBit-otherBits))
	}
}

// pairBit hashes two folded characters by the upper bits of a product with 2^32 divided by the golden ratio, which
// spreads neighbours well.
func pairBit(a, b rune) uint64 {
	return 1 << ((uint32(a)<<7 ^ uint32(b)) * 0x9e3779b1 >> 26)
}

// hints are the starts and pairs of traits in half their size: two bits of a set share one.
type hints struct{ starts, pairs uint32 }

func (t *traits) hints() hints { return hints{halved(t.starts), halved(t.pairs)} }

func halved(set uint64) uint32 { return uint32(set) | uint32(set>>32) }

// with returns traits that have all bits of those from which the hints were made, and perhaps more.
func (h hints) with(chars uint64) traits {
	return traits{
		chars:  chars,
		starts: uint64(h.starts) | uint64(h.starts)<<32,
		pairs:  uint64(h.pairs) | uint64(h.pairs)<<32,
	}
}

func (t *traits) ascii() bool { return t.chars>>topBit == 0 }

// traitsOf returns the traits of the part of a text that is searched.
func traitsOf(text []byte) (t traits) {
	text = searched(text)
	runes := make([]rune, 0, maxText)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r >= utf8.RuneSelf {
			t.chars = 1 << topBit
		}
		runes = append(runes, r)
		i += size
	}
	prev := rune(0)
	for i, r := range runes {
		folded := fold(r)
		t.chars |= charBit(folded)
		if pointsAt(runes, i) > 0 {
			t.starts |= charBit(folded)
		}
		if i > 0 {
			t.pairs |= pairBit(prev, folded)
		}
		prev = folded
	}
	return t
}

// bound returns a score that no text with these traits exceeds: see traits.
func (p *pattern) bound(t *traits) int32 {
	points := p.uppers * scoreCase
	prefix := true // the text may begin with the pattern
	for i := range p.traits {
		// What each character can give at most: as the first, in a streak, after a gap.
		c := &p.traits[i]
		starts, follows := t.starts&c.starts != 0, t.pairs&c.pairs != 0
		switch {
		case i == 0 && starts:
			points += scoreStart
		case i == 0:
			prefix = false
		case follows && starts:
			points += scoreWord
		case follows:
			points += scoreStreak
		case starts:
			points += scoreWord - scoreGap
			prefix = false
		default:
			points -= scoreGap
			prefix = false
		}
	}
	if prefix {
		return p.best
	}
	return points
}
