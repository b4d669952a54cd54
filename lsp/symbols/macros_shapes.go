package symbols

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/symcache/symcache/lsp/symbols/language"
)

const (
	// MaxMacros bounds the shapes of macros that somebody adds to those of a language.
	// Those with a "*" are each compared with every call of an unknown macro.
	MaxMacros = 256

	// MaxMacro is the longest shape of a macro, in bytes.
	MaxMacro = 256
)

// macroShapes say which macro calls define something, see language.Macros.Definitions.
type macroShapes struct {
	exact map[string]int // by macro: which argument is the name
	globs []macroGlob
}

// macroGlob are the macros whose names begin and end so.
type macroGlob struct {
	before, after string
	argument      int
}

// CheckMacro returns an error unless a text is the shape of a macro call that defines
// something, such as "TEST(_, name)".
func CheckMacro(shape string) error {
	_, _, err := parseMacro(shape)
	return err
}

func parseMacro(shape string) (macro string, argument int, err error) {
	if len(shape) > MaxMacro {
		return "", 0, fmt.Errorf("the shape of a macro has %d bytes, more than %d", len(shape), MaxMacro)
	}
	macro, rest, _ := strings.Cut(shape, "(")
	macro = strings.TrimSpace(macro)
	arguments, ok := strings.CutSuffix(strings.TrimSpace(rest), ")")
	if !ok || !isMacro(macro) {
		return "", 0, fmt.Errorf("%q is not the shape of a macro, such as TEST(_, name)", shape)
	}
	argument = slices.IndexFunc(strings.Split(arguments, ","), func(s string) bool { return strings.TrimSpace(s) == "name" })
	if argument < 0 {
		return "", 0, fmt.Errorf(`%q has no argument that is called "name", as TEST(_, name) has`, shape)
	}
	return macro, argument, nil
}

// isMacro reports whether a text is the name of a macro, a part of which a "*" may stand for.
func isMacro(s string) bool {
	before, after, _ := strings.Cut(s, "*")
	word := before + after
	return word != "" && (s[0] < '0' || s[0] > '9') && strings.IndexFunc(word, func(r rune) bool {
		return r != '_' && r != '$' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) < 0
}

func newMacroShapes(shapes []string) (macroShapes, error) {
	m := macroShapes{exact: make(map[string]int)}
	for _, shape := range shapes {
		macro, argument, err := parseMacro(shape)
		if err != nil {
			return m, err
		}
		if before, after, ok := strings.Cut(macro, "*"); ok {
			m.globs = append(m.globs, macroGlob{before, after, argument})
		} else if _, known := m.exact[macro]; !known {
			m.exact[macro] = argument
		}
	}
	return m, nil
}

// find returns which argument of a macro is the name of what it defines.
func (m *macroShapes) find(macro string) (argument int, known bool) {
	if argument, known = m.exact[macro]; known {
		return argument, true
	}
	for _, g := range m.globs {
		if len(macro) >= len(g.before)+len(g.after) && strings.HasPrefix(macro, g.before) && strings.HasSuffix(macro, g.after) {
			return g.argument, true
		}
	}
	return 0, false
}

// withMacros returns the language with more shapes of macros, which count before its own.
func withMacros(lang *language.Language, shapes []string) *language.Language {
	if lang.Options.Macros == nil || len(shapes) == 0 {
		return lang
	}
	macros := *lang.Options.Macros
	macros.Definitions = slices.Concat(shapes, macros.Definitions)
	more := *lang
	more.Options.Macros = &macros
	return &more
}
