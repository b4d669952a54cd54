package lsp

import (
	"context"
	"sync"

	"go.lsp.dev/jsonrpc2"
)

// initialized lets begin what runs in the background.
func (s *Server) initialized(jsonrpc2.RawMessage) error {
	s.startOnce.Do(func() { close(s.started) })
	return nil
}

// inBackground runs what does not wait for requests: scans, the watch, the reading of
// files that change, and what the client is told and asked. It opens the folders when
// initialize has named them, begins the rest when the client is initialized, and returns
// when all of it has ended.
func (s *Server) inBackground() {
	select {
	case <-s.named:
	case <-s.background.Done():
		return
	}
	defer s.workspace.Close()
	s.openRoots(s.background)
	close(s.roots.known)
	select {
	case <-s.started:
	case <-s.background.Done():
		return
	}
	var tasks sync.WaitGroup
	tasks.Go(func() { s.workspace.Run(s.background) })
	tasks.Go(func() { s.scanAll(s.background) })
	tasks.Go(func() {
		if err := s.workspace.Watch(s.background); err != nil {
			s.log.Warn("cannot watch the workspace", "err", err)
		}
	})
	tasks.Go(func() { s.keepRoots(s.background) })
	tasks.Go(func() { s.keepHinted(s.background) })
	tasks.Go(func() { s.sendNotes(s.background) })
	tasks.Go(func() { s.keepRegistered(s.background) })
	tasks.Go(func() { s.keepConfigured(s.background) })
	tasks.Go(func() { s.watchParent(s.background) })
	tasks.Wait()
}

// shutdown ends the work; only exit may follow. There is nothing to flush:
// what is worth keeping has been written.
func (s *Server) shutdown() {
	s.state.Store(shutDown)
	s.stop()
}

// watchParent ends the server when the process of its client has ended, also while
// something else holds our input open.
func (s *Server) watchParent(ctx context.Context) {
	if s.parent != nil && awaitEnd(ctx, s.parent) {
		s.log.Info("the client's process has ended", "pid", s.parent.Pid)
		s.exit(1)
	}
}
