package symbols

import (
	"github.com/symcache/symcache/lsp/symbols/internal/treesitter"
	"github.com/symcache/symcache/lsp/symbols/query"
)

// The bounds of an extraction. All of them count bytes or work, never time, so
// that a summary stays a pure function of its content. Beyond one of them the
// symbols seen until then are kept and the summary is marked as truncated.
const (
	// MaxContent is the longest text that is parsed, in bytes: 32 MiB. Offsets
	// have 32 bits; what is longer than a few MiB is generated data, and callers
	// have a smaller limit of their own.
	MaxContent = 32 << 20

	// MaxTreeText is the longest text that has a syntax tree (Extractor.Tree), in bytes: 2 MiB.
	// It takes some 400 ms to parse, 0.2 ms a KB. The longest file of people in Linux or Kubernetes has half
	// of that; longer ones are generated.
	MaxTreeText = 2 << 20

	// MaxTree is the largest syntax tree, in bytes: 10 MiB. The trees of sources are 3.5 to
	// 5 times as large as their texts, so that is the tree of most texts of MaxTreeText.
	MaxTree = 10 << 20

	// MaxSymbols is the most symbols of one summary. The longest outline in
	// Kubernetes has 8,000, in Linux 40,000 (generated register tables); an
	// editor is of no use beyond.
	MaxSymbols = 100_000

	// MaxDefines is the most defines of one summary. The longest register table in
	// Linux below DefaultMaxFileSize has some 40,000.
	MaxDefines = 100_000

	// MaxNesting is the longest chain of symbols within symbols. People write 5;
	// clients walk outlines recursively.
	MaxNesting = 64

	// MaxName is the longest name and label, in bytes. Longer ones (a test named
	// by a paragraph, a minified string key) are cut.
	MaxName = 256

	// MaxSignature is the longest signature, in bytes: two or three lines of an
	// editor's hover. Longer ones are cut and end in "…".
	MaxSignature = 240
)

// workLimits bound the work of the parser and of the query on one text.
type workLimits struct {
	treesitter.Limits
	Match query.Limits
}

// runLimits are those of a whole text.
var runLimits = workLimits{
	Limits: treesitter.Limits{
		// The most that real sources (Kubernetes, Linux, the Python library, effect)
		// need, each in files of some 300 KB: 12 MiB at one time, 20 MiB in all, twice
		// their length handed out (22 times for one of 70 KB in Python, whose scanner asks
		// for columns), 4,300 ticks, 1,600 errors. What follows is enough for any of 2 MiB.
		MemoryBytes: 160 << 20,
		ParseBytes:  512 << 20, // 11,000 tokens in a row that make no sense
		LexBytes:    64 << 20,  // 6 to 12 ns each
		ParseTicks:  40_000,    // about a second
		ErrorTicks:  2,         // 20,000 errors of up to 60 us
	},
	Match: query.Limits{
		// Real sources take 2 steps for each node of the tree, of which they have at most two
		// per byte.
		Steps: 64 << 20,
		// 16 bytes each, 4 to 6 per symbol: 16 MiB at most.
		Captures: 1 << 20,
		// Ordinary files have a dozen.
		Open: 256,
		// Declarations are found at depth 40 at most (namespaces in preprocessor
		// conditionals); the tree below is expressions.
		Depth: 512,
	},
}
