package ignore

import (
	"errors"
	"fmt"
	"strings"
)

// wildmatch matches text against a glob as git does with WM_PATHNAME:
// "*" and "?" stop at a slash, "**" between slashes (or at an end, next to a
// slash) spans directories, "[...]" is a set with ranges, "!" or "^" as
// negation and POSIX classes, and a backslash takes the next byte literally.
// A malformed glob matches nothing.
//
// Work is bounded: a "*" gives up for good when what follows the star can match
// nowhere to its right, as in the classic backtracking matcher, so only the
// last star and the last double star are ever retried: O(len(glob)*len(text)^2).
// Each round takes one of steps, and a set one per byte of it. Without steps left
// it is false.
func wildmatch(glob, text string, steps *int) bool {
	g, t := 0, 0
	star, starText := -1, 0 // after the last "*", and where its match ends
	deep, deepText := -1, 0 // the same for the last "**"
	for {
		if *steps--; *steps < 0 {
			return false
		}
		if g < len(glob) {
			switch c := glob[g]; {
			case c == '*':
				end := g
				for end < len(glob) && glob[end] == '*' {
					end++
				}
				spans := end-g >= 2 && (g == 0 || glob[g-1] == '/') && (end == len(glob) || glob[end] == '/')
				if !spans {
					star, starText, g = end, t, end
					continue
				}
				if end == len(glob) {
					return true
				}
				// "**/" matches nothing or any number of whole directories.
				deep, deepText, star = end+1, t, -1
				g = end + 1
				continue
			case t < len(text):
				n, ok := matchOne(glob[g:], text[t])
				if c == '[' {
					*steps -= setCost(n, glob[g:])
				}
				if ok {
					g += n
					t++
					continue
				}
			}
		} else if t == len(text) {
			return true
		}
		// Retry from the last star, one byte further, then from the last double
		// star, one directory further.
		if star >= 0 && starText < len(text) && text[starText] != '/' {
			starText++
			g, t = star, starText
			continue
		}
		if deep < 0 {
			return false
		}
		slash := strings.IndexByte(text[deepText:], '/')
		if slash < 0 {
			return false
		}
		deepText += slash + 1
		g, t, star = deep, deepText, -1
	}
}

// CheckPattern returns an error for a pattern that matches nothing because its glob is malformed.
func CheckPattern(line string) error {
	p, ok := parseLine(line)
	if !ok {
		return nil
	}
	if len(p.glob) > MaxGlob {
		return fmt.Errorf("it is longer than %d bytes", MaxGlob)
	}
	for glob := p.glob; glob != ""; {
		length := 1
		switch glob[0] {
		case '\\':
			if length = 2; len(glob) < length {
				return errors.New("nothing comes after the last backslash")
			}
		case '[':
			if length, _ = matchSet(glob, 'x'); length == 0 {
				return fmt.Errorf("the set %s has no end, or a class that is unknown", glob)
			}
		}
		glob = glob[length:]
	}
	return nil
}

// setCost is how many bytes of a set were looked at, given its length as matchOne
// returns it: all of the glob where the set has no end.
func setCost(length int, glob string) int {
	if length == 0 {
		return len(glob)
	}
	return length
}

// matchOne matches the first element of glob, never a star, against one byte
// and returns how long that element is.
func matchOne(glob string, c byte) (length int, ok bool) {
	switch glob[0] {
	case '?':
		return 1, c != '/'
	case '[':
		return matchSet(glob, c)
	case '\\':
		if len(glob) < 2 {
			return 0, false
		}
		return 2, glob[1] == c
	}
	return 1, glob[0] == c
}

// matchSet matches a "[...]" element.
func matchSet(glob string, c byte) (length int, ok bool) {
	i := 1
	negated := i < len(glob) && (glob[i] == '!' || glob[i] == '^')
	if negated {
		i++
	}
	found := false
	for first := true; ; first = false {
		if i >= len(glob) {
			return 0, false // no closing bracket
		}
		if glob[i] == ']' && !first {
			break
		}
		if class, n, isClass := classAt(glob[i:]); isClass {
			if class == nil {
				return 0, false // unknown class
			}
			found = found || class(c)
			i += n
			continue
		}
		lo, n := setByte(glob[i:])
		if n == 0 {
			return 0, false
		}
		i += n
		hi := lo
		if i+1 < len(glob) && glob[i] == '-' && glob[i+1] != ']' {
			if hi, n = setByte(glob[i+1:]); n == 0 {
				return 0, false
			}
			i += 1 + n
		}
		found = found || c == lo || lo <= c && c <= hi // the lower end also of a reversed range
	}
	return i + 1, found != negated && c != '/'
}

// setByte reads one, perhaps escaped, byte of a set.
func setByte(s string) (b byte, length int) {
	if s[0] != '\\' {
		return s[0], 1
	}
	if len(s) < 2 {
		return 0, 0
	}
	return s[1], 2
}

// classAt reads a POSIX class such as "[:alpha:]". An unknown one is nil.
func classAt(s string) (class func(byte) bool, length int, ok bool) {
	if !strings.HasPrefix(s, "[:") {
		return nil, 0, false
	}
	end := strings.IndexByte(s, ']')
	if end < 3 || s[end-1] != ':' {
		return nil, 0, false // an ordinary "["
	}
	return posixClass(s[2 : end-1]), end + 1, true
}

func posixClass(name string) func(byte) bool {
	lower := func(c byte) bool { return 'a' <= c && c <= 'z' }
	upper := func(c byte) bool { return 'A' <= c && c <= 'Z' }
	digit := func(c byte) bool { return '0' <= c && c <= '9' }
	alnum := func(c byte) bool { return lower(c) || upper(c) || digit(c) }
	graph := func(c byte) bool { return '!' <= c && c <= '~' }
	switch name {
	case "alnum":
		return alnum
	case "alpha":
		return func(c byte) bool { return lower(c) || upper(c) }
	case "blank":
		return func(c byte) bool { return c == ' ' || c == '\t' }
	case "cntrl":
		return func(c byte) bool { return c < ' ' || c == 0x7f }
	case "digit":
		return digit
	case "graph":
		return graph
	case "lower":
		return lower
	case "print":
		return func(c byte) bool { return graph(c) || c == ' ' }
	case "punct":
		return func(c byte) bool { return graph(c) && !alnum(c) }
	case "space":
		return func(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }
	case "upper":
		return upper
	case "xdigit":
		return func(c byte) bool { return digit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }
	}
	return nil
}
