package ignore

import (
	"bytes"
	"strings"
)

// pattern is one line of an ignore file, compiled.
type pattern struct {
	// glob is matched against the base name, or, when anchored, against the path
	// below the directory of the ignore file.
	glob     string
	anchored bool
	negated  bool // "!": what matches is not ignored after all
	dirOnly  bool // trailing "/"
	prefix   int  // bytes of glob before its first wildcard or escape

	// tail is how glob ends, after its last wildcard or escape, if any: so ends all that it
	// matches, and most that it does not match ends otherwise. Without the slash after
	// "**", which may stand for nothing.
	tail string
	// onlyTail tells that there is but a "*" before the tail, as in "*.o".
	onlyTail bool
	last     byte // of the tail; 0: it is empty
	// inside is the longest text that all matches of a glob without a slash contain.
	inside string
}

// parse compiles the text of an ignore file, after gitignore(5): blank lines
// and comments dropped, trailing blanks stripped unless escaped, a leading BOM
// and carriage returns before line ends passed over.
func parse(text []byte) []pattern {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	var patterns []pattern
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		line = bytes.TrimSuffix(line, []byte("\r"))
		if p, ok := parseLine(string(line)); ok {
			patterns = append(patterns, p)
		}
	}
	return patterns
}

func parseLine(line string) (pattern, bool) {
	var p pattern
	if strings.HasPrefix(line, "#") {
		return p, false
	}
	line = trimTrailingSpaces(line)
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

// matches tells whether the pattern speaks of an entry: one with this base name or,
// if it is anchored, at this slash-separated path below the pattern's directory.
func (p *pattern) matches(subject string, isDir bool) bool {
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
			wildmatch(p.glob, subject)
	}
	// Git compares the literal beginning first and matches only the rest, which
	// makes "a**/b" mean "a" + "**/b". So do we.
	rest, ok := strings.CutPrefix(subject, p.glob[:p.prefix])
	return ok && wildmatch(p.glob[p.prefix:], rest)
}

// ruleSet is the patterns of a directory in their order, the later ones winning. Most
// names end otherwise than most patterns do, so they are told apart by that first.
type ruleSet struct {
	patterns []pattern
	ending   map[byte][]*pattern // by their last byte; those of no certain one among them
	other    []*pattern          // those of no certain one
}

func newRuleSet(patterns []pattern) ruleSet {
	r := ruleSet{patterns: patterns, ending: make(map[byte][]*pattern)}
	for i := range patterns {
		if last := patterns[i].last; last != 0 {
			r.ending[last] = nil
		}
	}
	for i := range patterns {
		p := &patterns[i]
		if p.last == 0 {
			r.other = append(r.other, p)
		}
		for last, list := range r.ending {
			if p.last == 0 || p.last == last {
				r.ending[last] = append(list, p)
			}
		}
	}
	return r
}

// mayMatch returns all patterns that may speak of an entry with this name, in order.
func (r *ruleSet) mayMatch(name string) []*pattern {
	if name != "" {
		if list, ok := r.ending[name[len(name)-1]]; ok {
			return list
		}
	}
	return r.other
}
