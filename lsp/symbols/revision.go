package symbols

import (
	"fmt"
	"runtime/debug"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/symcache/symcache/lsp/symbols/internal/treesitter"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/zeebo/blake3"
)

// Part is one kind of value that this package makes of a content. Parts have revisions
// of their own, so that a change for one leaves the others valid.
type Part string

// PartSymbols is the part of summaries: what Extract returns and Encode writes.
const PartSymbols Part = "symbols"

const (
	// parseVersion is the version of our code that every part of a language goes
	// through: the C code in internal/treesitter, the packages query and lexer, skeleton.go, macros*.go,
	// gaps.go, types*.go and pieces.go. It goes up with every change that changes what they capture of
	// any text.
	parseVersion = 9

	// extractorVersion is the version of the code in this package that turns captures
	// into symbols. It goes up with every change that changes a summary.
	extractorVersion = 1

	// parserModule is the parser library: a version may recover from errors in another
	// way, and memory.c, flat.c and run.c rely on its insides.
	parserModule = "github.com/tree-sitter/go-tree-sitter"
)

// ingredients are all that a value of a part follows from besides its content. The JSON
// of an ingredient with its zero value is nothing: a new one, or a new option of a
// language, leaves the revisions of those that do not use it as they are. The names of
// the fields, and those of all structs within, are part of every revision.
type ingredients struct {
	Part          Part
	Encoding      byte
	Extractor     int
	Parse         int
	Query         string
	Options       language.Options
	Lexis         language.Lexis
	Grammar       []byte // treesitter.Fingerprint
	GrammarModule string // version and checksum, as far as the build knows them
	ParserModule  string // the same of the library
	Limits        limits
	Marks         []string     // of the dialect
	Dialect       *ingredients // those of the same part in the dialect
}

// limits are the bounds that shape a summary.
type limits struct {
	Run                                              workLimits
	Content, Symbols, Nesting, Name, SignatureLength int
}

// ingredientsOf returns the ingredients of a part of a language. The code, the query,
// the options and the limits are those of PartSymbols, the only part so far.
func ingredientsOf(lang *language.Language, part Part) (ingredients, error) {
	grammar, err := treesitter.Fingerprint(lang.Grammar())
	if err != nil {
		return ingredients{}, err
	}
	_, grammarModule := moduleVersion(lang.GrammarModule)
	_, parser := moduleVersion(parserModule)
	in := ingredients{
		Part:          part,
		Encoding:      encodingVersion,
		Extractor:     extractorVersion,
		Parse:         parseVersion,
		Query:         lang.Query,
		Options:       lang.Options,
		Lexis:         lang.Lexis,
		Grammar:       grammar,
		GrammarModule: grammarModule,
		ParserModule:  parser,
		Limits:        limits{runLimits, MaxContent, MaxSymbols, MaxNesting, MaxName, MaxSignature},
	}
	if lang.Dialect != nil {
		dialect, err := ingredientsOf(inDialect(lang), part)
		if err != nil {
			return ingredients{}, err
		}
		in.Marks, in.Dialect = lang.Dialect.Marks, &dialect
	}
	return in, nil
}

func revision(lang *language.Language, part Part) ([8]byte, error) {
	in, err := ingredientsOf(lang, part)
	if err != nil {
		return [8]byte{}, err
	}
	return hashOf(in)
}

// hashOf returns the first 8 bytes of the BLAKE3 hash of the JSON of some ingredients.
// Fields with their zero value are left out at every level, so that a struct that has
// one more hashes the same until it is set. The order of fields does not count.
func hashOf(ingredients any) ([8]byte, error) {
	text, err := json.Marshal(ingredients, json.OmitZeroStructFields(true))
	if err == nil {
		err = (*jsontext.Value)(&text).Canonicalize()
	}
	if err != nil {
		return [8]byte{}, fmt.Errorf("ingredients of a revision: %w", err)
	}
	sum := blake3.Sum256(text)
	return [8]byte(sum[:]), nil
}

// moduleVersion returns the version of a module that is linked into the program, and the
// same with its checksum. Test binaries do not know their modules: there the version is
// "unknown" and full is empty, so that a test's revisions are not those of a program.
func moduleVersion(path string) (version, full string) {
	info, ok := debug.ReadBuildInfo()
	if ok {
		for _, m := range info.Deps {
			if m.Path != path {
				continue
			}
			if m.Replace != nil {
				m = m.Replace
			}
			return m.Version, m.Path + "@" + m.Version + " " + m.Sum
		}
	}
	return "unknown", ""
}
