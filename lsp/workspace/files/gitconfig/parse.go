// Package gitconfig reads what git's configuration says of the files that it ignores: the
// user's excludes, and how a repository is kept. It opens no file: package files does.
//
// A text is not trusted. Memory and work are linear in it.
package gitconfig

import (
	"errors"
	"strings"
)

// Entry is one variable of a configuration.
type Entry struct {
	// Name is "section.key", or "section.subsection.key". Section and key are in lower case.
	Name string
	// Value is empty for a variable without "=", which is true.
	Value string
}

// ErrSyntax is the error of a text that is no configuration. Git does not work with it
// either.
var ErrSyntax = errors.New("not a git configuration")

// Parse returns the variables of a text in their order, see git-config(1), "Syntax". With an
// error they are those before it.
func Parse(text []byte) (entries []Entry, err error) {
	p := parser{rest: strings.TrimPrefix(string(text), "\xef\xbb\xbf")}
	section := ""
	for {
		p.skipBlank()
		switch {
		case p.rest == "":
			return entries, nil
		case p.rest[0] == '[':
			if section, err = p.section(); err != nil {
				return entries, err
			}
		default:
			key := p.word()
			if key == "" || section == "" {
				return entries, ErrSyntax
			}
			value, err := p.value()
			if err != nil {
				return entries, err
			}
			entries = append(entries, Entry{Name: section + "." + strings.ToLower(key), Value: value})
		}
	}
}

// parser reads a text from its beginning.
type parser struct{ rest string }

// skipBlank skips blanks, line ends and comments.
func (p *parser) skipBlank() {
	for p.rest = strings.TrimLeft(p.rest, " \t\r\n"); p.rest != "" && (p.rest[0] == '#' || p.rest[0] == ';'); p.rest = strings.TrimLeft(p.rest, " \t\r\n") {
		_, p.rest, _ = strings.Cut(p.rest, "\n")
	}
}

// word reads letters, digits, "-" and ".".
func (p *parser) word() string {
	end := strings.IndexFunc(p.rest, func(r rune) bool {
		return r != '-' && r != '.' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	return word
}

// section reads [section], [section.subsection] or [section "subsection"].
func (p *parser) section() (name string, err error) {
	p.rest = p.rest[1:]
	name = strings.ToLower(p.word())
	p.rest = strings.TrimLeft(p.rest, " \t")
	if strings.HasPrefix(p.rest, `"`) {
		var sub strings.Builder
		i := 1
		for ; i < len(p.rest) && p.rest[i] != '"'; i++ {
			if p.rest[i] == '\\' && i+1 < len(p.rest) {
				i++
			}
			if p.rest[i] == '\n' {
				return "", ErrSyntax
			}
			sub.WriteByte(p.rest[i])
		}
		p.rest = p.rest[min(i+1, len(p.rest)):]
		name += "." + sub.String()
	}
	rest, ok := strings.CutPrefix(p.rest, "]")
	if !ok || name == "" {
		return "", ErrSyntax
	}
	p.rest = rest
	return name, nil
}

// value reads what follows a key, to the end of its line: nothing, or "=" and the value.
// Blanks at its ends are dropped, and comments, unless they are quoted.
func (p *parser) value() (string, error) {
	p.rest = strings.TrimLeft(p.rest, " \t")
	rest, ok := strings.CutPrefix(p.rest, "=")
	if !ok {
		if p.rest != "" && !strings.ContainsRune("\r\n#;", rune(p.rest[0])) {
			return "", ErrSyntax
		}
		return "", nil
	}
	rest = strings.TrimLeft(rest, " \t")
	var value strings.Builder
	quoted, end := false, 0 // end: of the value without blanks that nothing quotes
	for i := 0; ; i++ {
		if i >= len(rest) || rest[i] == '\n' || !quoted && (rest[i] == '#' || rest[i] == ';') {
			if quoted {
				return "", ErrSyntax
			}
			p.rest = rest[min(i, len(rest)):]
			return value.String()[:end], nil
		}
		c := rest[i]
		switch c {
		case '"':
			quoted = !quoted
			end = value.Len()
			continue
		case '\r':
			if i+1 < len(rest) && rest[i+1] == '\n' {
				continue
			}
		case '\\':
			i++
			switch {
			case strings.HasPrefix(rest[min(i, len(rest)):], "\r\n"):
				i++
				continue
			case i < len(rest) && rest[i] == '\n':
				continue
			case i < len(rest) && strings.IndexByte(`tnb"\`, rest[i]) >= 0:
				c = "\t\n\b\"\\"[strings.IndexByte(`tnb"\`, rest[i])]
			default:
				return "", ErrSyntax
			}
			value.WriteByte(c)
			end = value.Len()
			continue
		}
		value.WriteByte(c)
		if quoted || c != ' ' && c != '\t' {
			end = value.Len()
		}
	}
}
