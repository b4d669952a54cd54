package c

import (
	"slices"
	"strings"

	"github.com/symcache/symcache/lsp/symbols/language"
)

// detail is what clangd shows beside a name: the type of a variable or member, the types of a function's result and
// parameters, and what else a name stands for.
//
//	static int run(int argc, char **argv)    int (int, char **)
//	unsigned flag : 1, other : 4             unsigned int
//	typedef struct point point_t             type alias
//
// It knows no macros: of a declaration that it does not understand it says nothing.
func detail(d language.Declaration) string {
	p := declaration{tokens: tokensOf(d.Signature), name: d.Name}
	switch {
	case p.next() == "typedef":
		return "type alias"
	case p.isTag():
		return p.next()
	}
	base := p.base()
	if p.usesMacro() {
		return ""
	}
	if base == "" { // of an enumerator, or as it was before 1999
		base = "int"
	}
	for from := p.at; ; from = p.at {
		declared := p.declarator(false)
		switch {
		case slices.Contains(p.tokens[from:p.at], d.Name) && isWord(p.next()) && slices.Contains(p.tokens[p.at:], ";"):
			return base + " ()" // the types of parameters follow, each with its own declaration
		case slices.Contains(p.tokens[from:p.at], d.Name):
			return base + declared
		}
		for p.next() != "," {
			if p.next() == "" {
				return ""
			}
			p.skip()
		}
		p.at++
	}
}

// declaration reads the tokens of a declaration, or of a parameter.
type declaration struct {
	tokens []string
	at     int
	name   string // that is declared; empty: any, or none
}

// next returns the next token; empty: there is no more.
func (p *declaration) next() string { return p.ahead(0) }

func (p *declaration) ahead(n int) string {
	if p.at+n < len(p.tokens) {
		return p.tokens[p.at+n]
	}
	return ""
}

// take passes over the next token if it is the one named.
func (p *declaration) take(token string) bool {
	is := p.next() == token
	if is {
		p.at++
	}
	return is
}

// skip passes over the next token, or over all to the bracket that closes it. It returns them.
func (p *declaration) skip() []string {
	from, depth := p.at, 0
	for p.at < len(p.tokens) {
		switch p.tokens[p.at] {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		}
		if p.at++; depth <= 0 {
			break
		}
	}
	return p.tokens[from:p.at]
}

// isTag reports whether nothing is declared but a struct, union or enum.
func (p *declaration) isTag() bool {
	if !slices.Contains(words.Tags, p.next()) {
		return false
	}
	rest := declaration{tokens: p.tokens, at: p.at + 1}
	rest.attributes()
	return rest.take("") || rest.take(p.name) && rest.next() == ""
}

// attributes passes over what says nothing of the type.
func (p *declaration) attributes() {
	for slices.Contains(words.Attributes, p.next()) {
		p.at++
		if p.next() == "(" {
			p.skip()
		}
	}
}

// usesMacro reports whether the name is an argument of a macro, which stands where a type does.
func (p *declaration) usesMacro() bool {
	if p.at == 0 || p.next() != "(" || p.ahead(1) == "*" {
		return false
	}
	before, arguments := p.tokens[p.at-1], declaration{tokens: p.tokens, at: p.at}
	return isWord(before) && before != p.name && !slices.Contains(words.Types, before) && slices.Contains(arguments.skip(), p.name)
}

// base reads what stands before the first declarator, and returns the type. Empty: there is none, or a macro.
func (p *declaration) base() string {
	var qualifiers, basic []string
	named := ""
	for {
		p.attributes()
		word := p.next()
		switch {
		case word == "const" || word == "volatile":
			if !slices.Contains(qualifiers, word) {
				qualifiers = append(qualifiers, word)
			}
		case slices.Contains(words.Specifiers, word) || slices.Contains(words.Ignored, word):
		case slices.Contains(words.Types, word):
			basic = append(basic, word)
		case slices.Contains(words.TypesOf, word) && p.ahead(1) == "(":
			p.at++
			named = word + joined(p.skip())
			continue
		case slices.Contains(words.Tags, word):
			p.at++
			p.attributes()
			tag := "(unnamed)"
			if isWord(p.next()) {
				tag = p.next()
				p.at++
			}
			if p.next() == "{" {
				p.skip()
			}
			named = word + " " + tag
			continue
		case isWord(word) && !p.declares(len(basic) > 0 || named != ""):
			// Of several names the last is the type; macros stand before it, and those behind it begin with "__".
			if named == "" || !strings.HasPrefix(word, "__") {
				named = word
			}
		default:
			if len(basic) > 0 {
				named = basicType(basic)
			}
			if named == "" {
				return ""
			}
			return strings.Join(append(qualifiers, named), " ")
		}
		p.at++
	}
}

// declares reports whether the next word is the name that is declared, rather than a type.
func (p *declaration) declares(typed bool) bool {
	after := p.ahead(1)
	if p.name != "" {
		return p.next() == p.name || typed && after != "" && strings.Contains(",=:[", after)
	}
	return typed && !isWord(after) && after != "*" && after != "("
}

// declarator reads a declarator, and returns what it makes of a type: " *", "[3]", " (int)". Of an argument, an array
// and a function are pointers.
func (p *declaration) declarator(argument bool) string {
	pointers := ""
	for {
		p.attributes()
		word := p.next()
		qualifier := word == "const" || word == "volatile" || word == "restrict" || word == "__restrict"
		switch {
		case word == "*" || word == "^":
			pointers += word
		case qualifier && pointers != "":
			pointers += word + " "
		case isWord(word) && word != p.name && p.name != "" || qualifier || isWord(word) && isWord(p.ahead(1)):
			// a macro, such as __user
		default:
			inner, suffixes := p.direct()
			if argument && inner == "" && suffixes != "" {
				size, rest := declaration{tokens: tokensOf(suffixes)}, ""
				if suffixes[0] == '[' {
					size.skip()
					rest = joined(size.tokens[size.at:])
				} else {
					rest = suffixes
				}
				if rest == "" {
					pointers += "*"
				} else {
					inner = "(*)"
				}
				suffixes = rest
			}
			made := strings.TrimRight(pointers, " ") + inner + suffixes
			if made == "" || strings.HasPrefix(made, "[") {
				return made
			}
			return " " + made
		}
		p.at++
	}
}

// direct reads the name, or what stands in parentheses in its place, and what follows it.
func (p *declaration) direct() (inner, suffixes string) {
	switch {
	case isWord(p.next()):
		p.at++
	case p.next() == "(" && p.nests():
		nested := declaration{tokens: p.skip(), name: p.name, at: 1}
		if inner = strings.TrimLeft(nested.declarator(false), " "); inner != "" {
			inner = "(" + inner + ")"
		}
	}
	for {
		p.attributes()
		switch p.next() {
		case "[":
			suffixes += joined(p.skip())
		case "(":
			suffixes += arguments(p.skip())
		default:
			return inner, suffixes
		}
	}
}

// nests reports whether the parenthesis that is next is around a declarator, and not around parameters.
func (p *declaration) nests() bool {
	inner := declaration{tokens: p.tokens, at: p.at}
	switch token := inner.ahead(1); token {
	case "*", "^", "(":
		return true
	default:
		return p.name != "" && slices.Contains(inner.skip(), p.name)
	}
}

// arguments writes the types of parameters that stand in parentheses.
func arguments(tokens []string) string {
	p := declaration{tokens: tokens, at: 1}
	var types []string
	for p.at < len(tokens) {
		from := p.at
		for next := p.next(); next != "" && next != "," && (next != ")" || p.at < len(tokens)-1); next = p.next() {
			p.skip()
		}
		if one := (declaration{tokens: tokens[from:p.at]}); len(one.tokens) > 0 {
			if one.next() == "." || one.next() == "…" {
				types = append(types, strings.Join(one.tokens, ""))
			} else {
				types = append(types, one.base()+one.declarator(true))
			}
		}
		p.at++
	}
	return "(" + strings.Join(types, ", ") + ")"
}

// basicType writes the words of an arithmetic type as clang does: unsigned is unsigned int.
func basicType(basic []string) string {
	count := func(word string) (n int) {
		for _, w := range basic {
			if w == word {
				n++
			}
		}
		return n
	}
	length := strings.Repeat("long ", min(count("long"), 2)) + strings.Repeat("short ", min(count("short"), 1))
	sign := strings.Repeat("unsigned ", min(count("unsigned"), 1))
	rest := ""
	for _, word := range basic {
		switch word {
		case "long", "short", "unsigned", "signed", "int":
		default:
			rest = word
		}
	}
	switch {
	case rest == "char" && count("signed") > 0:
		return "signed char"
	case rest == "" && length == "":
		rest = "int"
	}
	return strings.TrimRight(sign+length+rest, " ")
}

// tokensOf cuts a declaration into words, numbers, literals and single characters.
func tokensOf(text string) []string {
	tokens := make([]string, 0, 16)
	for i := 0; i < len(text); {
		end := i + 1
		switch c := text[i]; {
		case c == ' ':
			i++
			continue
		case c == '"' || c == '\'':
			for end < len(text) && text[end] != c {
				end++
			}
			end = min(end+1, len(text))
		case isWord(text[i:]):
			for end < len(text) && isWordByte(text[end]) {
				end++
			}
		}
		tokens = append(tokens, text[i:end])
		i = end
	}
	return tokens
}

// joined writes tokens as one text, with blanks between words alone.
func joined(tokens []string) string {
	var b strings.Builder
	for i, token := range tokens {
		if i > 0 && isWord(token) && isWord(tokens[i-1]) {
			b.WriteByte(' ')
		}
		b.WriteString(token)
	}
	return b.String()
}

// isWord reports whether a token is a word or a number.
func isWord(token string) bool { return token != "" && isWordByte(token[0]) }

func isWordByte(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// words are those of declarations.
var words = macros()
