package index

import (
	"context"
	"slices"
	"unicode"
	"unicode/utf8"
)

// Scoring finds, of all the ways in which a pattern is a subsequence of a text,
// the one that looks most meant. Points, by matched character:
//
//	scoreStart   it is the text's first
//	scoreWord    it starts a word: fooBar, foo_bar, HTTPServer, utf8, v1beta
//	scoreStreak  it follows the character matched before it (or scoreWord, if
//	             that is more)
//	scoreGap     lost where characters are skipped between two matched ones
//	scoreCase    the pattern has it in upper case, and so does the text
//
// A text that begins with the pattern is scored as one streak, plus
// scorePrefix, and scoreExact if nothing follows: all continuations of a prefix
// are thus equal, and the order of equals puts the shorter first. Symbols of
// secondary files lose scoreSecondary: as much as there is between an exact
// match and a prefix, so they count as one class worse. For the query "run":
//
//	Run               10 + 7 + 7 + 12 + 12       = 48  exact
//	RunPod            10 + 7 + 7 + 12            = 36  prefix
//	Run, vendored     48 - 12                    = 36  after all Source of 36
//	RunPod, vendored  36 - 12                    = 24
//	KubeletRun         8 + 7 + 7                 = 22  word
//	RegisterUserName  10 + (8 - 3) + (8 - 3)     = 20  initials
//	Prune              0 + 7 + 7                 = 14  streak inside a word
//	Return            10 + (0 - 3) + (0 - 3)     =  4  scattered
//
// What a gap costs does not depend on its length. That keeps the alignment to
// two values per cell, and prefers initials of long words as much as of short
// ones; long names come later by the order of equals anyway. The price is that
// of two scattered matches in names of one length the tighter is not preferred.
const (
	scoreStart     = 10
	scoreWord      = 8
	scoreStreak    = 7
	scoreGap       = 3
	scoreCase      = 1
	scorePrefix    = 12
	scoreExact     = 12
	scoreSecondary = 12
)

// maxText is how many bytes of a name or container are searched: an alignment
// takes time in proportion to it. Longer names come from generated or minified
// code, and nobody types that far.
const maxText = 256

// searched returns the part of a text that is searched. It never ends within a
// character.
func searched(text []byte) []byte {
	if len(text) <= maxText {
		return text
	}
	cut := maxText
	for cut > maxText-utf8.UTFMax && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}

// checkCells is how many cells of alignments are filled until a search looks whether it
// was cancelled: some 2 ms. One alignment has up to 65,536 cells, so a chunk of long
// names may take a second.
const checkCells = 1 << 20

// scorer aligns patterns with texts. It only lends its memory: each goroutine
// of a search has one.
type scorer struct {
	ctx   context.Context // nil: nobody cancels
	spent int             // cells since the last look at ctx

	runes [maxText]rune
	// places lists where in the text each character of the pattern occurs, by its
	// code, in ascending order; counts tells how many they are.
	places [maxText + 1][maxText]uint8
	counts [maxText + 1]int
	rows   [2][maxText]int32
}

// score returns the points of the best alignment of p with text, or false if
// p is no subsequence of it. Matches that would score less than floor may be
// answered with false, if that is seen early. The text is taken as ASCII
// if ascii says so.
func (s *scorer) score(p *pattern, text []byte, ascii bool, floor int32) (int32, bool) {
	if len(p.codes) == 0 {
		return 0, true
	}
	head := searched(text)
	if ascii {
		return scoreText(s, p, head, len(head) == len(text), floor)
	}
	n := 0
	for i := 0; i < len(head); n++ {
		r, size := utf8.DecodeRune(head[i:])
		s.runes[n] = r
		i += size
	}
	return scoreText(s, p, s.runes[:n], len(head) == len(text), floor)
}

// scoreText is score on a text taken apart. Complete: it is all of the text.
func scoreText[C byte | rune](s *scorer, p *pattern, text []C, complete bool, floor int32) (int32, bool) {
	if len(text) < len(p.codes) {
		return 0, false
	}
	if points, ok := scoreAsPrefix(p, text); ok {
		if complete && len(text) == len(p.codes) {
			points += scoreExact
		}
		return points, true
	}
	if p.bestInside < floor || !contains(p, text) {
		return 0, false
	}
	s.spend(len(p.codes) * len(text))
	findPlaces(s, p, text)
	return align(s, p, text), true
}

// spend counts the cells of an alignment. It aborts with the error of a context that has
// ended.
func (s *scorer) spend(cells int) {
	if s.spent += cells; s.spent < checkCells || s.ctx == nil {
		return
	}
	s.spent = 0
	if err := s.ctx.Err(); err != nil {
		abort(err)
	}
}

// scoreAsPrefix scores a pattern that the text begins with.
func scoreAsPrefix[C byte | rune](p *pattern, text []C) (points int32, ok bool) {
	points = scoreStart - scoreStreak + scorePrefix
	for i, code := range p.codes {
		if p.code(rune(text[i])) != code {
			return 0, false
		}
		points += scoreStreak
		if p.upper[i] == rune(text[i]) {
			points += scoreCase
		}
	}
	return points, true
}

// contains reports whether a text has the pattern as a subsequence.
func contains[C byte | rune](p *pattern, text []C) bool {
	left := p.codes
	for _, c := range text {
		if p.code(rune(c)) == left[0] {
			if left = left[1:]; len(left) == 0 {
				return true
			}
		}
	}
	return false
}

// mayContain is contains on a text that need not be ASCII: it is wrong only where
// that is not, and then says true.
func mayContain(p *pattern, text []byte) bool {
	left := p.codes
	for _, c := range text {
		if len(left) == 0 || c >= utf8.RuneSelf {
			return true
		}
		if p.asciiCodes[c] == left[0] {
			left = left[1:]
		}
	}
	return len(left) == 0
}

// findPlaces fills places.
func findPlaces[C byte | rune](s *scorer, p *pattern, text []C) {
	clear(s.counts[:p.distinct+1])
	for i, c := range text {
		if code := p.code(rune(c)); code != 0 {
			s.places[code][s.counts[code]] = uint8(i)
			s.counts[code]++
		}
	}
}

// impossible is the score of an alignment that there is none of: so far below
// all others that what is added to it (at most maxText times scoreStart) does
// not matter.
const impossible = -1 << 24

// align scores the best alignment of p with a text whose places are found.
//
// It fills a table by rows: a cell is the best score with the pattern's
// character i on a place j where the text has it. Before it, character i-1 stood
// at j-1, a streak, or further left, a gap; of the latter only the best so far
// is needed, so one walk along the places of both makes a row.
func align[C byte | rune](s *scorer, p *pattern, text []C) int32 {
	before, row := &s.rows[0], &s.rows[1]
	var beforeAt []uint8 // places of the cells in before
	for i, code := range p.codes {
		at := s.places[code][:s.counts[code]]
		left, k := int32(impossible), 0 // the best of before[:k], all of them further left
		for cell, j := range at {
			points := pointsAt(text, int(j))
			if i == 0 {
				row[cell] = points
			} else {
				for k < len(beforeAt) && int(beforeAt[k])+1 < int(j) {
					left = max(left, before[k])
					k++
				}
				row[cell] = left + points - scoreGap
				if k < len(beforeAt) && int(beforeAt[k])+1 == int(j) {
					row[cell] = max(row[cell], before[k]+max(points, scoreStreak))
				}
			}
			if p.upper[i] == rune(text[j]) {
				row[cell] += scoreCase
			}
		}
		before, row, beforeAt = row, before, at
	}
	return slices.Max(before[:len(beforeAt)])
}

// pointsAt is what matching character i of the text gives by its place.
func pointsAt[C byte | rune](text []C, i int) int32 {
	if i == 0 {
		return scoreStart
	}
	if c, prev := text[i], text[i-1]; c|prev < utf8.RuneSelf { // as most are
		c, prev := asciiClass[c&(utf8.RuneSelf-1)], asciiClass[prev&(utf8.RuneSelf-1)]
		if startsWord(prev, c) {
			return scoreWord
		}
		if c != upperCase || prev != upperCase {
			return 0
		}
	}
	c := classOf(rune(text[i]))
	if c == mark {
		return 0 // it belongs to the character before it
	}
	// Marks on the neighbours do not matter either.
	prev := other
	for k := i - 1; k >= 0; k-- {
		if prev = classOf(rune(text[k])); prev != mark {
			break
		}
	}
	if prev == mark {
		prev = other // marks without a letter
	}
	if startsWord(prev, c) {
		return scoreWord
	}
	if c != upperCase || prev != upperCase {
		return 0
	}
	for _, next := range text[i+1:] {
		switch classOf(rune(next)) {
		case mark:
			continue
		case lowerCase:
			return scoreWord // as the S of HTTPServer
		default:
			return 0
		}
	}
	return 0
}

// class is a kind of character. Classes decide where words start.
type class uint8

const (
	other class = iota // separates words
	lowerCase
	upperCase
	caseless // letters of scripts without case
	digit
	mark // combines with the character before it
)

// startsWord reports whether a character of class c after one of class prev
// starts a word.
func startsWord(prev, c class) bool {
	switch c {
	case upperCase:
		return prev != upperCase
	case lowerCase, caseless:
		return prev == other || prev == digit
	case digit:
		return prev != digit
	default:
		return false
	}
}

func classOf(r rune) class {
	switch {
	case r < utf8.RuneSelf:
		return asciiClass[r]
	case unicode.IsUpper(r) || unicode.IsTitle(r):
		return upperCase
	case unicode.IsLower(r):
		return lowerCase
	case unicode.IsLetter(r):
		return caseless
	case unicode.IsDigit(r):
		return digit
	case unicode.IsMark(r):
		return mark
	default:
		return other
	}
}

// asciiClass is classOf for ASCII.
var asciiClass = func() (t [utf8.RuneSelf]class) {
	for r := range t {
		switch {
		case 'a' <= r && r <= 'z':
			t[r] = lowerCase
		case 'A' <= r && r <= 'Z':
			t[r] = upperCase
		case '0' <= r && r <= '9':
			t[r] = digit
		}
	}
	return t
}()
