package lsp

import (
	"context"
	"slices"
	"time"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/timing"
)

// lookAgain is how often an answer that waits for scans looks for what has been read
// by then: often enough for who types, and rarely beside the milliseconds that a search
// takes.
const lookAgain = 100 * time.Millisecond

// WorkspaceSymbolParams are those of workspace/symbol that we look at, and one of ours.
type WorkspaceSymbolParams struct {
	Query string `json:"query"`
	// Kinds, which is ours, are those to answer with, as the client knows them. Empty: all.
	Kinds []protocol.SymbolKind `json:"kinds"`
}

// WorkspaceSymbol answers workspace/symbol from the open documents and, for all
// other files, from the workspace. Each symbol has its range.
func (s *Server) WorkspaceSymbol(ctx context.Context, docs snapshot, _ string,
	params *WorkspaceSymbolParams) (protocol.WorkspaceSymbolResult, error) {
	kinds := s.features.workspaceSymbols.kindSet(params.Kinds)
	if kinds == 0 && len(params.Kinds) > 0 {
		return protocol.WorkspaceSymbolSlice{}, nil
	}
	limit := s.switches.now().Limit
	served := s.switches.served(featureWorkspaceSymbol)
	find := s.findInHurry
	// What is found of languages that are not served makes room for more.
	for ask := limit; ; ask *= 4 {
		matches, err := find(ctx, docs, index.Query{Text: params.Query, Limit: min(ask, maxLimit), Kinds: kinds})
		if err != nil {
			return nil, err
		}
		all := len(matches) < ask || ask >= maxLimit
		matches = slices.DeleteFunc(matches, func(m index.Match) bool { return !slices.Contains(served, m.Language) })
		if len(matches) >= limit || all {
			return WorkspaceSymbols(matches[:min(len(matches), limit)], s.encoding, s.features.workspaceSymbols, s.uriOf), nil
		}
		find = s.search // it has been waited for
	}
}

// find is a search whose result the client takes for final. It waits for a short time
// for files that were just saved, and with an empty result for scans to come across
// something or to end.
func (s *Server) find(ctx context.Context, docs snapshot, query index.Query) ([]index.Match, error) {
	return s.findWaiting(ctx, docs, query, func() func() { return func() {} })
}

// findInHurry is find for a person who has typed a query: while it waits, scans go on as
// fast as they can. A hover, which an editor asks for at every word, does not hurry them.
func (s *Server) findInHurry(ctx context.Context, docs snapshot, query index.Query) ([]index.Match, error) {
	return s.findWaiting(ctx, docs, query, s.workspace.Hurry)
}

func (s *Server) findWaiting(ctx context.Context, docs snapshot, query index.Query, hurry func() (done func())) (
	[]index.Match, error) {
	s.awaitRoots(ctx)
	settle, cancel := context.WithTimeout(ctx, s.waits.Settle)
	s.settle(settle)
	cancel()
	idle := s.scan.idle()
	wasIdle := isClosed(idle)
	matches, err := s.search(ctx, docs, query)
	if err != nil || len(matches) > 0 || wasIdle {
		return matches, err
	}
	defer hurry()()
	timeout, again := time.After(s.waits.Empty), time.NewTicker(lookAgain)
	defer again.Stop()
	for waiting := true; waiting && err == nil && len(matches) == 0; {
		waited := timing.In(ctx, timing.Scan)
		select {
		case <-idle:
			waiting = false
		case <-timeout:
			waiting = false
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-again.C:
		}
		waited()
		matches, err = s.search(ctx, docs, query)
	}
	return matches, err
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// search looks in the open documents and, for all other files, in the workspace.
func (s *Server) search(ctx context.Context, docs snapshot, query index.Query) ([]index.Match, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	updated := timing.In(ctx, timing.Documents)
	err = s.overlay.update(ctx, docs, s.workspace)
	updated()
	if err != nil {
		return nil, err
	}
	defer timing.In(ctx, timing.Search)()
	return s.workspace.Search(ctx, query, s.overlay.index.View())
}

// uriOf returns the URI of a canonical path as the client would spell it.
func (s *Server) uriOf(path string) uri.URI {
	if spelled, ok := s.overlay.uri(path); ok {
		return uri.URI(spelled)
	}
	return FileURI(s.roots.now().client(path))
}

// WorkspaceSymbols returns matches in LSP's form.
func WorkspaceSymbols(matches []index.Match, enc encoding, f SymbolFeatures,
	uriOf func(path string) uri.URI) protocol.WorkspaceSymbolSlice {
	list := make(protocol.WorkspaceSymbolSlice, 0, len(matches))
	for i := range matches {
		m := &matches[i]
		sym := protocol.WorkspaceSymbol{
			BaseSymbolInformation: protocol.BaseSymbolInformation{Name: m.Name, Kind: f.kind(m.Kind)},
			Location:              &protocol.Location{URI: uriOf(m.Path), Range: textRange(m.Selection, enc)},
		}
		if m.Container != "" {
			sym.ContainerName = &m.Container
		}
		// WorkspaceSymbol has no member for clients without tags.
		sym.Tags, _ = f.deprecated(m.Flags)
		list = append(list, sym)
	}
	return list
}
