package answers

import (
	"cmp"
	"context"
	"slices"

	"go.lsp.dev/protocol"
)

// MaxFoldingRanges bounds the folds of a document: editors show no more.
const MaxFoldingRanges = 5000

// FoldingRanges returns the folds of a document: regions that comments mark, comments, imports,
// symbols, and whatever else is indented. At most one begins on each line. Where there are more than limit, which
// is at most MaxFoldingRanges, the blocks inside of symbols are left out.
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
	return foldingRanges(src, min(limit, MaxFoldingRanges)), nil
}

// foldingRanges returns whole lines, so that the unit of columns does not matter.
func foldingRanges(src *source, limit int) []protocol.FoldingRange {
	lines := textLines(src.text)
	list := []protocol.FoldingRange{}
	begins := make(map[int]bool)
	add := func(kind protocol.FoldingRangeKind, blocks []block) {
		for _, b := range blocks {
			if !begins[b.first] && len(list) < limit {
				begins[b.first] = true
				list = append(list, protocol.FoldingRange{StartLine: uint32(b.first), EndLine: uint32(b.last), Kind: kind})
			}
		}
	}
	add(protocol.FoldingRangeKindRegion, regionBlocks(lines, src.lang.Lexis))
	commented := commentBlocks(lines, commentsOf(src.lang))
	add(protocol.FoldingRangeKindComment, commented)
	add(protocol.FoldingRangeKindImports, importBlocks(lines, src.lang.Syntax.ImportWords))
	add("", symbolBlocks(lines, src.summary))
	for _, b := range commented { // their lines are indented as the writer liked
		for i := b.first; i <= b.last; i++ {
			begins[i] = true
		}
	}
	add("", indentedBlocks(lines))
	slices.SortFunc(list, func(a, b protocol.FoldingRange) int { return cmp.Compare(a.StartLine, b.StartLine) })
	return list
}
