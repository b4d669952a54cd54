package lsp

import (
	"cmp"
	"context"
	"slices"

	"go.lsp.dev/protocol"
)

// FoldingRange answers textDocument/foldingRange: comments, imports, symbols, and
// whatever else is indented. At most one begins on each line. When there are more than
// the client takes, it is the blocks inside of symbols that are left out.
func (s *Server) FoldingRange(ctx context.Context, docs snapshot, rawURI string,
	_ *protocol.FoldingRangeParams) ([]protocol.FoldingRange, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	src, err := s.source(ctx, docs, rawURI)
	if err != nil || src == nil {
		return nil, err
	}
	return foldingRanges(src, s.features.foldingLimit), nil
}

// foldingRanges returns whole lines, so that it does not matter to the client which
// unit columns have.
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
	commented := commentBlocks(lines, comments{src.lang.Syntax})
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
