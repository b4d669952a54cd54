package lsp

import (
	"context"

	"go.lsp.dev/jsonrpc2"
)

// initialized starts what runs in the background: the first scan, and the
// reading of files that change.
func (s *Server) initialized(jsonrpc2.RawMessage) error {
	s.start.Do(func() {
		s.tasks.Go(func() { s.workspace.Run(s.background) })
		s.tasks.Go(func() { s.firstScan(s.background) })
	})
	return nil
}

// shutdown ends the work; only exit may follow. There is nothing to flush:
// what is worth keeping has been written.
func (s *Server) shutdown(context.Context, snapshot, jsonrpc2.RawMessage) (any, error) {
	s.state.Store(shutDown)
	s.stop()
	return nil, nil
}
