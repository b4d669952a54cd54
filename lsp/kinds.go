package lsp

import (
	"context"

	"github.com/symcache/symcache/lsp/answers"
)

// methodKinds is a request that only we have, for a client that offers to filter a search by
// kind. Its answer is an object with the number of symbols of each kind, a SymbolKind, that
// occurs.
const methodKinds = "symcache/kinds"

// kindsParams are the params of symcache/kinds.
type kindsParams struct {
	Query string `json:"query"` // as that of workspace/symbol
}

// kinds answers symcache/kinds.
func (s *Server) kinds(ctx context.Context, docs answers.Snapshot, _ string, params *kindsParams) (map[int]int, error) {
	counts, err := s.session.CountKinds(ctx, docs, params.Query)
	if err != nil {
		return nil, err
	}
	byKind := make(map[int]int)
	for kind, n := range counts {
		if n > 0 {
			byKind[kind] = n
		}
	}
	return byKind, nil
}
