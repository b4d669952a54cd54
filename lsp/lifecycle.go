package lsp

import (
	"context"
	"sync"

	"go.lsp.dev/jsonrpc2"
)

// initialized starts the work in the background.
func (s *Server) initialized(jsonrpc2.RawMessage) error {
	s.startOnce.Do(func() { close(s.started) })
	return nil
}

// inBackground does the work that no request asks for: the session's scans and watches, and
// the server's own messages to the client. It opens the folders when initialize has named
// them, begins the rest when the client is initialized, and returns when all of it has
// ended.
func (s *Server) inBackground() {
	select {
	case <-s.opened:
	case <-s.background.Done():
		return
	}
	defer s.session.Close()
	s.session.OpenFolders(s.background)
	select {
	case <-s.started:
	case <-s.background.Done():
		return
	}
	var tasks sync.WaitGroup
	tasks.Go(func() { s.session.Run(s.background) })
	tasks.Go(func() { s.sendNotes(s.background) })
	tasks.Go(func() { s.keepRegistered(s.background) })
	tasks.Go(func() { s.keepConfigured(s.background) })
	tasks.Go(func() { s.watchParent(s.background) })
	tasks.Wait()
}

// shutdown ends the work; only exit may follow. There is nothing to flush: all summaries that
// are worth keeping have been written.
func (s *Server) shutdown(jsonrpc2.RawMessage) error {
	s.state.Store(shutDown)
	s.stop()
	return nil
}

// exit ends Serve.
func (s *Server) exit(jsonrpc2.RawMessage) error {
	if s.state.Load() == shutDown {
		s.end(0)
	} else {
		s.end(1)
	}
	return nil
}

// end ends Serve with an exit code, unless another one was said before.
func (s *Server) end(code int) {
	select {
	case s.exited <- code:
	default:
	}
}

// watchParent ends the server when the process of its client has ended, also while another
// process holds our input open.
func (s *Server) watchParent(ctx context.Context) {
	if s.parent != nil && awaitEnd(ctx, s.parent) {
		s.log.Info("the client's process has ended", "pid", s.parent.Pid)
		s.end(1)
	}
}
