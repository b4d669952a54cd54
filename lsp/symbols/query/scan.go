package query

import (
	"errors"
	"unicode/utf8"
)

var errText = errors.New("syntax: a text has no end on its line")

// scanner goes through the text of a query.
type scanner struct {
	text string
	at   int
}

func (s *scanner) more() bool { return s.at < len(s.text) }

// peek returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	if s.more() {
		return s.text[s.at]
	}
	return 0
}

// advance passes a byte, and the blanks behind it.
func (s *scanner) advance() {
	s.at++
	s.skipBlank()
}

// skipBlank passes blanks and comments.
func (s *scanner) skipBlank() {
	for s.more() {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n', '\v', '\f':
			s.at++
		case ';':
			for s.more() && s.text[s.at] != '\n' {
				s.at++
			}
		default:
			return
		}
	}
}

func isWordStart(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '_' || b == '-' || b >= utf8.RuneSelf
}

// word passes a name. It is not ok, and nothing is passed, where none begins.
func (s *scanner) word() (word string, ok bool) {
	first := s.at
	if !isWordStart(s.peek()) {
		return "", false
	}
	for s.more() && (isWordStart(s.text[s.at]) || s.text[s.at] == '.' || s.text[s.at] == '?' || s.text[s.at] == '!') {
		s.at++
	}
	return s.text[first:s.at], true
}

// quoted passes a text in double quotes and returns it without them.
func (s *scanner) quoted() (string, error) {
	first := s.at
	var out []byte
	for s.at++; s.more(); s.at++ {
		switch b := s.text[s.at]; b {
		case '"':
			s.at++
			return string(out), nil
		case '\n':
			s.at = first
			return "", errText
		case '\\':
			if s.at++; !s.more() {
				break
			}
			switch b := s.text[s.at]; b {
			case 'n':
				out = append(out, '\n')
			case 'r':
				out = append(out, '\r')
			case 't':
				out = append(out, '\t')
			case '0':
				out = append(out, 0)
			default:
				out = append(out, b)
			}
		default:
			out = append(out, b)
		}
	}
	s.at = first
	return "", errText
}
