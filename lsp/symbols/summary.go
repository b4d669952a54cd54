package symbols

import "fmt"

// Summary is what is kept of one content: its symbols, in source order, each
// parent before its children. It is a pure function of the content, the
// language and the extractor's revision; nothing in it depends on a path or a
// clock.
type Summary struct {
	Symbols []Symbol
	// Defines are the macros that the content defines, in source order; nil: none.
	Defines []Define
	// Truncated says which bounds of an extraction (see limits.go) cut the symbols
	// short. 0: all symbols are here.
	Truncated Truncation
	// SyntaxErrors counts the places that the parser did not understand, in what was
	// parsed: not in the function bodies that are skipped, nor behind a bound.
	SyntaxErrors uint32
}

// Truncation is a set of reasons for which a summary lacks symbols of its content.
// Reasons that this version does not know are kept.
type Truncation uint32

// The reasons. Their values are part of the encoding.
const (
	TruncatedSymbols Truncation = 1 << iota // more than MaxSymbols
	TruncatedNesting                        // symbols deeper than MaxNesting
	TruncatedWork                           // the bounds of the parser or of the query, runLimits
	TruncatedDefines                        // more than MaxDefines
)

// Reasons says, for people, why symbols are missing: a phrase a reason.
func (t Truncation) Reasons() []string {
	var reasons []string
	if t&TruncatedSymbols != 0 {
		reasons = append(reasons, fmt.Sprintf("it has more than %d symbols", MaxSymbols))
	}
	if t&TruncatedNesting != 0 {
		reasons = append(reasons, fmt.Sprintf("it has symbols nested more than %d deep", MaxNesting))
	}
	if t&TruncatedWork != 0 {
		reasons = append(reasons, "it is too complex to be parsed whole")
	}
	if t&TruncatedDefines != 0 {
		reasons = append(reasons, fmt.Sprintf("it defines more than %d macros", MaxDefines))
	}
	if t&^(TruncatedSymbols|TruncatedNesting|TruncatedWork|TruncatedDefines) != 0 {
		reasons = append(reasons, "of a bound that this version does not know")
	}
	return reasons
}

// Symbol is one declaration.
type Symbol struct {
	// Name is the identifier as it stands in the source: what a search matches.
	Name string
	// Label is the name an outline shows where it differs from Name, as gopls
	// shows "(*Kubelet).Run" for the method Run. Empty: the same as Name.
	Label string
	// Container names what the symbol belongs to where the nesting does not tell:
	// the receiver's type of a Go method, the qualifier of an out-of-line C++
	// definition. Empty: the chain of parents is the container.
	Container string
	// Signature is the declaration on one line, up to its body, white space
	// collapsed, at most MaxSignature bytes.
	Signature string

	Kind       Kind
	Visibility Visibility
	Flags      Flags

	// Parent is the place in Summary.Symbols of the symbol that this one is
	// nested in, always smaller than its own, or -1.
	Parent int

	// Range is the whole declaration with its body; Selection the identifier,
	// always inside Range.
	Range     Range
	Selection Range
}

// Range is half open, as in LSP.
type Range struct{ Start, End Position }

// Position is a place in a content. Line counts from 0; lines end at "\n",
// "\r\n" or a lone "\r", as in LSP. Byte is the column in bytes of UTF-8, UTF16
// the same column in UTF-16 code units, so that an answer in either encoding
// needs no source text. An invalid byte counts as one unit, as U+FFFD does.
type Position struct{ Line, Byte, UTF16 uint32 }

// Kind has the values of SymbolKind in LSP 3.17.
type Kind uint8

// The kinds, in the order of the specification.
const (
	File Kind = iota + 1
	Module
	Namespace
	Package
	Class
	Method
	Property
	Field
	Constructor
	Enum
	Interface
	Function
	Variable
	Constant
	String
	Number
	Boolean
	Array
	Object
	Key
	Null
	EnumMember
	Struct
	Event
	Operator
	TypeParameter
)

// Visibility is how far a symbol can be seen from.
type Visibility uint8

// The visibilities. Unknown is for what has none, such as a parameterless
// language or a local of a module that exports by list.
const (
	Unknown Visibility = iota
	Public
	Protected
	Private
)

// Flags are properties of a declaration. Flags that this version does not know are
// kept.
type Flags uint32

// The flags. Their values are part of the encoding, where the first four take a byte
// less. Queries of today set Static, Async and Deprecated.
const (
	Static     Flags = 1 << iota
	Exported         // visible to other modules, where the language has a word for it
	Prototype        // announces what is defined elsewhere
	Macro            // a macro of the preprocessor
	Async            // returns before it is done
	Deprecated       // not to be used any more
	FromMacro        // its declaration is the use of a macro
	Overload         // one of several declarations of one function
	TypeOnly         // has no value when the program runs
	Recovered        // found beside a syntax error
)

// DisplayName is what an outline shows.
func (s *Symbol) DisplayName() string {
	if s.Label != "" {
		return s.Label
	}
	return s.Name
}

// ContainerOf returns the container of the i-th symbol: its own, else the names
// of its parents, outermost first, joined with ".". Empty at the top level.
func (s *Summary) ContainerOf(i int) string {
	sym := &s.Symbols[i]
	if sym.Container != "" || sym.Parent < 0 {
		return sym.Container
	}
	parent := s.Symbols[sym.Parent].Name
	if outer := s.ContainerOf(sym.Parent); outer != "" {
		return outer + "." + parent
	}
	return parent
}
