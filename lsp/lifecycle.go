package lsp

import (
	"sync"

	"go.lsp.dev/jsonrpc2"
)

// initialized lets begin what runs in the background.
func (s *Server) initialized(jsonrpc2.RawMessage) error {
	s.startOnce.Do(func() { close(s.started) })
	return nil
}

// inBackground runs what does not wait for requests: the first scan, the watch, and
// the reading of files that change. It begins when the client is initialized, and
// returns when all of it has ended.
func (s *Server) inBackground() {
	select {
	case <-s.started:
	case <-s.background.Done():
		return
	}
	defer s.workspace.Close()
	var tasks sync.WaitGroup
	tasks.Go(func() { s.workspace.Run(s.background) })
	tasks.Go(func() { s.firstScan(s.background) })
	tasks.Go(func() {
		if err := s.workspace.Watch(s.background); err != nil {
			s.log.Warn("cannot watch the workspace", "err", err)
		}
	})
	tasks.Go(func() { s.watchFiles(s.background) })
	tasks.Wait()
}

// shutdown ends the work; only exit may follow. There is nothing to flush:
// what is worth keeping has been written.
func (s *Server) shutdown() {
	s.state.Store(shutDown)
	s.stop()
}
