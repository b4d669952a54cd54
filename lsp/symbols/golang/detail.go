package golang

import (
	"strings"

	"github.com/symcache/symcache/lsp/symbols/language"
)

// detail is what gopls shows beside a name: the type of a variable or field, the parameters and results of a function,
// what a type is made of.
//
//	func (k *Kubelet) Run(ctx context.Context) error    func(ctx context.Context) error
//	type Store[K comparable] struct                     struct{...}
//	A, B int `json:"a"`                                 int
func detail(d language.Declaration) string {
	text := d.Signature
	word, rest, _ := strings.Cut(text, " ")
	switch word {
	case "func":
		if strings.HasPrefix(rest, "(") { // the receiver
			rest = strings.TrimLeft(behindBrackets(rest), " ")
		}
		return "func" + parameters(behindName(rest, d.Name))
	case "type":
		rest = strings.TrimLeft(behindName(rest, d.Name), " ")
		return typeOf(strings.TrimPrefix(rest, "="), d.Members)
	case "const", "var":
		rest, _, _ = strings.Cut(behindNames(rest), "=")
		return typeOf(rest, d.Members)
	}
	if rest, is := strings.CutPrefix(text, d.Name+"("); is { // a method of an interface
		return "func" + parameters("("+rest)
	}
	if rest := behindNames(text); strings.HasPrefix(rest, " ") {
		return typeOf(rest, d.Members)
	}
	return tidy(text) // embedded
}

// behindName returns what follows a name and its type parameters.
func behindName(text, name string) string {
	text = strings.TrimPrefix(text, name)
	if strings.HasPrefix(text, "[") {
		return behindBrackets(text)
	}
	return text
}

// behindNames returns what follows "A, B", with the blank before it.
func behindNames(text string) string {
	for {
		end := strings.IndexAny(text, " ,=.[*(~")
		if end < 0 {
			return ""
		}
		if text[end] != ',' {
			return text[end:]
		}
		text = strings.TrimLeft(text[end+1:], " ")
	}
}

// behindBrackets returns what follows the brackets that begin a text; nothing if they are not closed.
func behindBrackets(text string) string {
	if end := closing(text); end < len(text) {
		return text[end+1:]
	}
	return ""
}

// closing returns where the bracket that begins a text is closed, or the text's length.
func closing(text string) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth == 0 {
				return i
			}
		case '"', '`':
			i += 1 + max(strings.IndexByte(text[i+1:], text[i]), 0)
		}
	}
	return len(text)
}

// typeOf writes a type. The members of a struct or interface are symbols of their own.
func typeOf(text string, members bool) string {
	text = tidy(text)
	for _, word := range []string{"struct", "interface"} {
		switch rest, is := strings.CutPrefix(text, word); {
		case !is || rest != "" && rest[0] != '{':
		case members:
			return word + "{...}"
		default:
			return word + "{}"
		}
	}
	if rest, is := strings.CutPrefix(text, "func("); is {
		return "func" + parameters("("+rest)
	}
	return text
}

// parameters writes parameters and results. A single result without a name has no parentheses.
func parameters(text string) string {
	text = tidy(text)
	end := min(closing(text)+1, len(text))
	results, is := strings.CutPrefix(text[end:], " (")
	if !is || closing(text[end+1:]) != len(results) {
		return text
	}
	if results = results[:len(results)-1]; single(results) {
		return text[:end] + " " + results
	}
	return text
}

// single reports whether results are one without a name.
func single(results string) bool {
	word, _, more := strings.Cut(results, " ")
	return !strings.Contains(results, ", ") && (!more || word == "chan" || strings.ContainsAny(word, "*[<({."))
}

// tidy writes a type on one line as go/types does: no blanks inside of brackets, nor behind struct and interface, no
// comma before a closing bracket, no tags of fields.
func tidy(text string) string {
	var out strings.Builder
	last := func() byte {
		if out.Len() == 0 {
			return '('
		}
		return out.String()[out.Len()-1]
	}
	blank := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case ' ':
			blank = true
			continue
		case '"', '`':
			i += 1 + max(strings.IndexByte(text[i+1:], c), 0)
			continue
		case ',':
			if next := strings.TrimLeft(text[i+1:], " "); next == "" || strings.IndexByte(")]}", next[0]) >= 0 {
				continue
			}
			out.WriteString(", ")
			blank = false
			continue
		case ')', ']', '}', ';':
			blank = false
		case '{':
			blank = blank && !strings.HasSuffix(out.String(), "struct") && !strings.HasSuffix(out.String(), "interface")
		}
		if blank && strings.IndexByte("([{ ", last()) < 0 {
			out.WriteByte(' ')
		}
		blank = false
		out.WriteByte(text[i])
	}
	return out.String()
}
