package answers

import (
	"context"
	"slices"

	"github.com/symcache/symcache/lsp/index"
)

// WorkspaceSymbols returns the symbols that match a query, best first: those of open
// documents and, for all other files, those of the workspace. Their languages are served,
// and their kinds are in the set; an empty set means all kinds. URI names their files.
//
// A person has typed the query: while the answer waits for scans, they go on as fast as
// they can.
func (s *Session) WorkspaceSymbols(ctx context.Context, docs Snapshot, query string, kinds index.KindSet) ([]index.Match, error) {
	limit := s.services.now().Limit
	served := s.Served(FeatureWorkspaceSymbol)
	find := s.findInHurry
	// Symbols of languages that are not served make room for more.
	for ask := limit; ; ask *= 4 {
		matches, err := find(ctx, docs, index.Query{Text: query, Limit: min(ask, MaxLimit), Kinds: kinds})
		if err != nil {
			return nil, err
		}
		all := len(matches) < ask || ask >= MaxLimit
		matches = slices.DeleteFunc(matches, func(m index.Match) bool { return !slices.Contains(served, m.Language) })
		if len(matches) >= limit || all {
			return matches[:min(len(matches), limit)], nil
		}
		find = s.search // it has been waited for
	}
}

// URI returns the URI of a canonical path as the client would spell it.
func (s *Session) URI(path string) string {
	if spelled, ok := s.buffers.uri(path); ok {
		return spelled
	}
	return string(FileURI(s.folders.now().toClient(path)))
}
