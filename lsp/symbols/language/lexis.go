package language

// Lexis says how a language is written: its comments, strings and brackets, and where its
// top-level declarations begin. It is all that the package lexer knows of a language. The
// brackets of every language are (), [] and {}.
type Lexis struct {
	// LineComments begin a comment that ends with its line.
	LineComments []string
	// BlockComment begins and ends a comment of several lines; "" for none.
	BlockComment [2]string
	// Strings are tried in their order, so that `"""` stands before `"`.
	Strings []StringLiteral
	// WordBytes are bytes of words besides letters, digits, "_" and what is not ASCII.
	WordBytes string
	// Regexps: a "/" where no operand can end begins a regular expression, also behind
	// one of RegexpAfter.
	Regexps     bool
	RegexpAfter []string
	// Directive begins a line of the preprocessor; "" for none. No bracket in it counts.
	Directive string

	Declarations Declarations
}

// StringLiteral is one kind of string or character literal.
type StringLiteral struct {
	Delimiter string // at both ends
	Escape    byte   // takes the meaning of the byte after it away; 0 for none
	Multiline bool   // may contain line ends
	// Interpolation begins code in the string, up to the "}" that closes it; "" for none.
	Interpolation string
}

// Declarations says where a top-level declaration may begin. A text is cut there when it
// does not parse as a whole.
type Declarations struct {
	// Words begin a declaration at the start of a line, whatever is open before them.
	Words []string
	// Seconds are those of Words that may also stand on the second line of one, as the
	// type behind "static" does.
	Seconds []string
	// WordsAlone: inside of brackets, nothing but one of Words begins one.
	WordsAlone bool
	// Bytes may begin one, as any word may.
	Bytes string
	// Continuations are words at the start of a line that go on with what stands before.
	Continuations []string
	// Ends are the bytes that end a declaration: behind one of them any line outside of
	// all brackets begins another, indented or not.
	Ends string
	// EndsOnly: only Ends, empty lines and Words tell where one ends. Else every line at
	// column 0 begins one, unless the line before ends with one of Joins.
	EndsOnly bool
	Joins    string
	// Value follows the name in a declaration of one line that holds no other: what is
	// behind it need not be understood. "" for none.
	Value string
	// Labels: a word at the start of a line with a ":" behind it is no declaration.
	Labels bool
	// Groups are words that may have several declarations in a parenthesis behind them,
	// each on lines of its own.
	Groups []string
	// Lists are words that may have several names behind them, with commas between them, or
	// a pattern of names in braces.
	Lists []string
	// Blocks are words before a parenthesis behind which a brace begins a block. Behind any
	// other it begins the body of a function. Nil: bodies are not told apart.
	Blocks []string
}
