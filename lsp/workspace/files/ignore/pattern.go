package ignore

import "strings"

// pattern is one line of an ignore file, compiled.
type pattern struct {
	// glob is matched against the base name, or, when anchored, against the path
	// below the directory of the ignore file.
	glob     string
	anchored bool
	negated  bool // "!": what matches is not ignored after all
	dirOnly  bool // trailing "/"
	rule     Rule // without From until a Dir has it
	prefix   int  // bytes of glob before its first wildcard or escape

	// tail is the literal after the last wildcard or escape, without the slash after
	// "**", which may stand for nothing. Every match ends in it, so comparing it
	// first rejects most names.
	tail string
	// onlyTail is set if the glob is "*" and the tail, as in "*.o".
	onlyTail bool
	last     byte // of the tail; 0: it is empty
	// inside is the longest text that all matches of a glob without a slash contain.
	inside string
}

// parse compiles the text of an ignore file, after gitignore(5): blank lines and
// comments dropped, trailing blanks stripped unless escaped, a leading BOM and
// carriage returns before line ends passed over. After most patterns it only
// counts the lines.
func parse(text string, most int) (p parsed) {
	text = strings.TrimPrefix(text, "\xef\xbb\xbf")
	number := 0
	for line, rest, more := "", text, text != ""; more; {
		line, rest, more = strings.Cut(rest, "\n")
		number++
		next, ok := parseLine(strings.TrimSuffix(line, "\r"))
		switch {
		case !ok:
		case len(next.glob) > MaxGlob:
			p.long++
		case len(p.patterns) >= most:
			p.tooMany = 1 + strings.Count(strings.TrimSuffix(rest, "\n"), "\n")
			if rest != "" {
				p.tooMany++
			}
			return p
		default:
			next.rule.Line = number
			p.patterns = append(p.patterns, next)
		}
	}
	return p
}

func parseLine(line string) (pattern, bool) {
	var p pattern
	if strings.HasPrefix(line, "#") {
		return p, false
	}
	line = trimTrailingSpaces(line)
	p.rule.Text = line
	if strings.HasPrefix(line, "!") {
		p.negated = true
		line = line[1:]
	}
	if strings.HasSuffix(line, "/") {
		p.dirOnly = true
		line = line[:len(line)-1]
	}
	// A slash anywhere but at the end ties the pattern to its directory.
	p.anchored = strings.Contains(line, "/")
	p.glob = strings.TrimPrefix(line, "/")
	p.prefix = strings.IndexAny(p.glob, `*?[\`)
	if p.prefix < 0 {
		p.prefix = len(p.glob)
	}
	p.tail = p.glob
	switch last := strings.LastIndexAny(p.glob, `*?[]\`); {
	case last < 0:
	case p.glob[last] != '\\':
		p.tail = strings.TrimPrefix(p.glob[last+1:], "/")
	default:
		p.tail = p.glob[min(last+2, len(p.glob)):] // what is escaped is left to wildmatch
	}
	if n := len(p.tail); n > 0 {
		p.last = p.tail[n-1]
	}
	p.onlyTail = p.glob == "*"+p.tail
	if !p.anchored {
		p.inside = longestLiteral(p.glob)
	}
	return p, p.glob != ""
}

// longestLiteral returns the longest text between the wildcards before the first
// bracket or escape.
func longestLiteral(glob string) (longest string) {
	if i := strings.IndexAny(glob, `[\`); i >= 0 {
		glob = glob[:i]
	}
	for part := range strings.FieldsFuncSeq(glob, func(r rune) bool { return r == '*' || r == '?' }) {
		if len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}

// trimTrailingSpaces strips spaces at the end, but for one that a backslash
// escapes.
func trimTrailingSpaces(s string) string {
	end := 0 // just after the last byte that stays
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ' ':
			continue
		case '\\':
			if i+1 < len(s) {
				i++
			}
		}
		end = i + 1
	}
	return s[:end]
}

// matches reports whether the pattern speaks of an entry: one with this base name or,
// if it is anchored, at this slash-separated path below the pattern's directory. It
// takes what that costs from steps, and is of no meaning once there are none left.
func (p *pattern) matches(subject string, isDir bool, steps *int) bool {
	*steps -= 1 + len(subject)/bytesPerStep
	if p.dirOnly && !isDir {
		return false
	}
	if p.prefix == len(p.glob) {
		return p.glob == subject
	}
	if !strings.HasSuffix(subject, p.tail) {
		return false
	}
	if !p.anchored {
		return p.onlyTail || strings.HasPrefix(subject, p.glob[:p.prefix]) && strings.Contains(subject, p.inside) &&
			wildmatch(p.glob, subject, steps)
	}
	// Git compares the literal beginning first and matches only the rest, which
	// makes "a**/b" mean "a" + "**/b". So do we.
	rest, ok := strings.CutPrefix(subject, p.glob[:p.prefix])
	return ok && wildmatch(p.glob[p.prefix:], rest, steps)
}

// bytesPerStep is how many bytes of a name the comparisons before wildmatch look at
// for the price of a step of its.
const bytesPerStep = 32

// ruleSet is the patterns of a directory in their order, the later ones winning. Most
// names end otherwise than most patterns do, so the patterns are sorted by that.
//
//	0 *.go   1 tmp*   2 *.o   3 !?.o      ending: o -> 0, 2, 3   other: 1
//
// For the name "a.o" the patterns are tried in the order 3, 2, 1, 0; for "a.h" it
// is only 1.
type ruleSet struct {
	patterns []pattern
	ending   map[byte][]int32 // positions of the patterns that only match names with this last byte
	other    []int32          // positions of the patterns that tell nothing of a last byte
}

func newRuleSet(patterns []pattern) ruleSet {
	r := ruleSet{patterns: patterns}
	for i := range patterns {
		last := patterns[i].last
		if last == 0 {
			r.other = append(r.other, int32(i))
			continue
		}
		if r.ending == nil {
			r.ending = make(map[byte][]int32)
		}
		r.ending[last] = append(r.ending[last], int32(i))
	}
	return r
}

// latestFirst returns all patterns that may speak of an entry with this name. It is no
// iterator function: a walk makes one for each name and directory above it.
func (r *ruleSet) latestFirst(name string) latestFirst {
	l := latestFirst{patterns: r.patterns, other: r.other}
	if name != "" && r.ending != nil {
		l.ending = r.ending[name[len(name)-1]]
	}
	return l
}

// latestFirst merges two lists of positions from their ends.
type latestFirst struct {
	patterns      []pattern
	ending, other []int32
}

// next returns the next pattern, or nil.
func (l *latestFirst) next() *pattern {
	i, j := len(l.ending)-1, len(l.other)-1
	if i >= 0 && (j < 0 || l.ending[i] > l.other[j]) {
		at := l.ending[i]
		l.ending = l.ending[:i]
		return &l.patterns[at]
	}
	if j < 0 {
		return nil
	}
	at := l.other[j]
	l.other = l.other[:j]
	return &l.patterns[at]
}
