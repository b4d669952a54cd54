package answers

import (
	"cmp"
	"context"
	"slices"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/symbols/syntax"
)

// MaxFoldingRanges bounds the folds of a document: editors show no more.
const MaxFoldingRanges = 5000

// FoldingRanges returns the folds of a document: regions that comments mark, comments, imports,
// conditionals of a preprocessor, what its syntax tree has in brackets and strings, symbols, and
// whatever else is indented. At most one begins on each line. Where there are more than limit,
// which is at most MaxFoldingRanges, the shortest are left out.
func (s *Session) FoldingRanges(ctx context.Context, docs Snapshot, uri string, limit int) ([]protocol.FoldingRange, error) {
	done, err := s.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	src, err := s.source(ctx, docs, uri)
	if err != nil || src == nil {
		return nil, err
	}
	return foldingRanges(src, s.tree(ctx, src), min(limit, MaxFoldingRanges)), nil
}

// foldingRanges returns whole lines, so that the unit of columns does not matter. The tree may
// be nil.
func foldingRanges(src *source, tree *syntax.Tree, limit int) []protocol.FoldingRange {
	lines := textLines(src.text)
	code := lines // without what stands in strings
	var folds syntaxFolds
	if tree != nil {
		folds = foldsOf(src.text, lines, tree)
		code = slices.Clone(lines)
		for _, b := range folds.strings {
			clear(code[b.first+1 : b.last+1])
		}
	}
	list := []protocol.FoldingRange{}
	begins := make(map[int]bool)
	add := func(kind protocol.FoldingRangeKind, blocks []block) {
		for _, b := range blocks {
			if !begins[b.first] {
				begins[b.first] = true
				list = append(list, protocol.FoldingRange{StartLine: uint32(b.first), EndLine: uint32(b.last), Kind: kind})
			}
		}
	}
	add(protocol.FoldingRangeKindRegion, regionBlocks(code, src.lang.Lexis))
	commented := commentBlocks(code, commentsOf(src.lang))
	add(protocol.FoldingRangeKindComment, commented)
	add(protocol.FoldingRangeKindImports, importBlocks(code, src.lang.Syntax.ImportWords))
	add("", conditionalBlocks(code, src.lang.Lexis.Directive))
	add("", folds.blocks)
	add("", symbolBlocks(lines, src.summary))
	for _, b := range commented { // their lines are indented as the writer liked
		for i := b.first; i <= b.last; i++ {
			begins[i] = true
		}
	}
	add("", indentedBlocks(lines, folds.tokens))
	if len(list) > limit {
		slices.SortStableFunc(list, func(a, b protocol.FoldingRange) int {
			return cmp.Compare(b.EndLine-b.StartLine, a.EndLine-a.StartLine)
		})
		list = list[:limit]
	}
	slices.SortFunc(list, func(a, b protocol.FoldingRange) int { return cmp.Compare(a.StartLine, b.StartLine) })
	return list
}
