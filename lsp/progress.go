package lsp

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/workspace/scan"
)

// createWait is how long the client may take to agree to a progress: a person may be
// asked something else meanwhile. Then there is none.
const createWait = time.Minute

// progresses are the work-done progresses that the client may cancel.
type progresses struct {
	mu     sync.Mutex
	last   int // number of the token that we made last
	cancel map[protocol.ProgressToken]context.CancelFunc
}

// workDone reports a work-done progress; nil reports nothing.
type workDone struct {
	server *Server
	token  protocol.ProgressToken

	mu    sync.Mutex
	begun bool                          // the client has agreed, and knows of the beginning
	over  *protocol.WorkDoneProgressEnd // once the work has ended
}

// beginProgress begins a progress with the client's token. Without one it asks the client to
// create a progress, if the client can do that. The work does not wait for the reply, which
// may never come. Cancel, unless nil, is called when the client cancels.
func (s *Server) beginProgress(title string, token protocol.ProgressToken, cancel context.CancelFunc) *workDone {
	if s.conn == nil || token == nil && !s.client.workDoneProgress {
		return nil
	}
	w := &workDone{server: s, token: token}
	p := &s.progresses
	p.mu.Lock()
	if token == nil {
		p.last++
		w.token = protocol.String(fmt.Sprintf("symcache/%d", p.last))
	}
	if cancel != nil {
		p.cancel[w.token] = cancel
	}
	p.mu.Unlock()
	begin := protocol.WorkDoneProgressBegin{Kind: "begin", Title: title, Percentage: new(uint32(0))}
	if cancel != nil {
		begin.Cancellable = new(true)
	}
	if token != nil {
		w.begin(&begin)
		return w
	}
	go func() {
		ctx, cancel := context.WithTimeout(s.background, createWait)
		defer cancel()
		create := protocol.WorkDoneProgressCreateParams{Token: w.token}
		if _, err := s.conn.Call(ctx, protocol.MethodWindowWorkDoneProgressCreate, &create, nil); err != nil {
			s.log.Debug("client wants no progress", "err", err)
			return
		}
		w.begin(&begin)
	}()
	return w
}

// begin sends the beginning, and the end if the work has ended meanwhile.
func (w *workDone) begin(begin *protocol.WorkDoneProgressBegin) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begun = true
	w.send(begin)
	if w.over != nil {
		w.send(w.over)
	}
}

func (w *workDone) report(p scan.Progress) {
	if w == nil || !p.Listed || p.Files == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.begun {
		w.send(&protocol.WorkDoneProgressReport{
			Kind:       "report",
			Message:    new(fmt.Sprintf("%d/%d files", p.Done, p.Files)),
			Percentage: new(uint32(100 * p.Done / p.Files)),
		})
	}
}

// end sends the end, if the client knows of the beginning.
func (w *workDone) end(message string) {
	if w == nil {
		return
	}
	p := &w.server.progresses
	p.mu.Lock()
	delete(p.cancel, w.token)
	p.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = &protocol.WorkDoneProgressEnd{Kind: "end", Message: &message}
	if w.begun {
		w.send(w.over)
	}
}

func (w *workDone) send(value any) {
	encoded, err := protocol.Marshal(value)
	if err == nil {
		// The end is sent though the work was broken off.
		err = w.server.conn.Notify(context.WithoutCancel(w.server.background), protocol.MethodProgress,
			&protocol.ProgressParams{Token: w.token, Value: encoded})
	}
	if err != nil {
		w.server.log.Debug("cannot report progress", "err", err)
	}
}

// cancelProgress handles window/workDoneProgress/cancel.
func (s *Server) cancelProgress(raw jsonrpc2.RawMessage) error {
	var params protocol.WorkDoneProgressCancelParams
	if err := unmarshal(raw, &params); err != nil {
		return err
	}
	s.progresses.mu.Lock()
	defer s.progresses.mu.Unlock()
	if cancel := s.progresses.cancel[params.Token]; cancel != nil {
		cancel()
	}
	return nil
}
