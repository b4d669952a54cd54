// Package selection compares how servers expand selections: the ranges around a place, from the
// inside out.
package selection

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Position is a place as LSP has it, in UTF-16 code units.
type Position struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

// Range is half open.
type Range struct {
	Start Position `json:"start"`
	End   Position `json:"end"`
}

// Chain is a range and those around it.
type Chain struct {
	Range  Range  `json:"range"`
	Parent *Chain `json:"parent"`
}

// ranges returns the ranges of a chain that select something, each once.
func (c *Chain) ranges() (list []Range) {
	for ; c != nil; c = c.Parent {
		if c.Range.Start != c.Range.End && (len(list) == 0 || list[len(list)-1] != c.Range) {
			list = append(list, c.Range)
		}
	}
	return list
}

// Comparison sums up the chains of two servers at the same places.
type Comparison struct {
	Places        int
	Silent        int // places that do not count: theirs has nothing to say, as of a file that it cannot compile
	equal, having int // places: chains are equal; ours has all of theirs
	theirs, ours  int // ranges
	both          int
	missing       map[string]*class // that only theirs have, by what they select
	extra         map[string]*class // that only ours have
}

// class is ranges that select alike.
type class struct {
	count   int
	example string
}

// New returns a sum of nothing.
func New() *Comparison {
	return &Comparison{missing: make(map[string]*class), extra: make(map[string]*class)}
}

// Add compares two chains at a place. The path is for examples. The whole text, which ends all
// chains of some servers and not those of others, does not count, with or without comments
// and blanks at its ends.
func (c *Comparison) Add(path, text string, theirs, ours *Chain) {
	lines := strings.Split(text, "\n")
	code := Code(lines)
	first, last := slices.Index(code, true), len(code)-1
	for last > first && !code[last] {
		last--
	}
	whole := func(r Range) bool { return r.Start.Line <= first && r.End.Line >= last && first < last }
	if len(theirs.ranges()) == 0 {
		c.Silent++
		return
	}
	theirRanges := slices.DeleteFunc(theirs.ranges(), whole)
	ourRanges := slices.DeleteFunc(ours.ranges(), whole)
	missing, extra := 0, 0
	note := func(classes map[string]*class, r Range) {
		shape := shapeOf(selected(lines, r))
		if classes[shape] == nil {
			classes[shape] = &class{example: fmt.Sprintf("%s:%d:%d", path, r.Start.Line+1, r.Start.Character+1)}
		}
		classes[shape].count++
	}
	for _, r := range theirRanges {
		if !slices.Contains(ourRanges, r) {
			missing++
			note(c.missing, r)
		}
	}
	for _, r := range ourRanges {
		if !slices.Contains(theirRanges, r) {
			extra++
			note(c.extra, r)
		}
	}
	c.Places++
	c.theirs += len(theirRanges)
	c.ours += len(ourRanges)
	c.both += len(theirRanges) - missing
	if missing == 0 {
		c.having++
		if extra == 0 {
			c.equal++
		}
	}
}

// Equal is the share of places with equal chains.
func (c *Comparison) Equal() float64 { return share(c.equal, c.Places) }

// Having is the share of places where ours has all ranges of theirs.
func (c *Comparison) Having() float64 { return share(c.having, c.Places) }

// Recall is the share of their ranges that ours have.
func (c *Comparison) Recall() float64 { return share(c.both, c.theirs) }

// Precision is the share of our ranges that theirs have.
func (c *Comparison) Precision() float64 { return share(c.both, c.ours) }

func share(n, of int) float64 { return float64(n) / float64(max(1, of)) }

// Differences describes the n most frequent classes that are missing, and as many that are extra.
func (c *Comparison) Differences(n int) (lines []string) {
	for _, kind := range []struct {
		name    string
		classes map[string]*class
	}{{"missing", c.missing}, {"extra", c.extra}} {
		shapes := slices.SortedFunc(maps.Keys(kind.classes), func(a, b string) int {
			return cmp.Or(cmp.Compare(kind.classes[b].count, kind.classes[a].count), cmp.Compare(a, b))
		})
		for _, shape := range shapes[:min(n, len(shapes))] {
			lines = append(lines, fmt.Sprintf("%s %d times: %s, as at %s", kind.name, kind.classes[shape].count, shape, kind.classes[shape].example))
		}
	}
	return lines
}

// Code reports for each line whether it is neither blank nor a comment, by how comments begin
// and end in one of the languages.
func Code(lines []string) []bool {
	code := make([]bool, len(lines))
	inside := false
	for i, line := range lines {
		line = strings.TrimSpace(line)
		begins := strings.HasPrefix(line, "/*")
		code[i] = line != "" && !inside && !begins && !strings.HasPrefix(line, "//") && !strings.HasPrefix(line, "#!")
		if inside || begins {
			inside = !strings.Contains(line, "*/")
		}
	}
	return code
}

// selected returns the text of a range.
func selected(lines []string, r Range) string {
	var b strings.Builder
	for i := r.Start.Line; i <= r.End.Line && i < len(lines); i++ {
		line := utf16.Encode([]rune(lines[i]))
		start, end := 0, len(line)
		if i == r.Start.Line {
			start = min(r.Start.Character, end)
		}
		if i == r.End.Line {
			end = max(start, min(r.End.Character, end))
		}
		b.WriteString(string(utf16.Decode(line[start:end])))
		if i < r.End.Line {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// shapeOf says how a text begins and ends: "{ … }", "if … }", "name".
func shapeOf(text string) string {
	first, rest := token(text)
	if strings.TrimSpace(rest) == "" {
		return first
	}
	runes := []rune(strings.TrimRightFunc(text, unicode.IsSpace))
	end := string(runes[len(runes)-1:])
	if isWord(runes[len(runes)-1]) {
		end = "name"
	}
	if strings.TrimLeftFunc(text, unicode.IsSpace) != text {
		first = "blank " + first
	}
	if strings.TrimRightFunc(text, unicode.IsSpace) != text {
		end += " blank"
	}
	return first + " … " + end
}

// keywords are words that tell a construct, in one language or another.
const keywords = " if else for while do switch case default return func function class def import from export const let var type interface struct " +
	"enum static extern typedef async await new go defer select try catch with in lambda "

// token returns the first token of a text: a keyword, "name" for another word, or a character.
func token(text string) (first, rest string) {
	text = strings.TrimLeftFunc(text, unicode.IsSpace)
	end := strings.IndexFunc(text, func(r rune) bool { return !isWord(r) })
	switch {
	case end < 0:
		end = len(text)
	case end == 0:
		for _, r := range text {
			return string(r), text[len(string(r)):]
		}
	}
	first, rest = text[:end], text[end:]
	if !strings.Contains(keywords, " "+first+" ") {
		first = "name"
	}
	return first, rest
}

func isWord(r rune) bool { return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r) }
