package lsp

import (
	"context"
	"fmt"
	"sync"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/workspace"
)

// scanState is how the first scan goes, for status.
type scanState struct {
	mu       sync.Mutex
	progress workspace.Progress
	report   *workspace.Report // nil until the scan has ended
}

func (s *scanState) set(p workspace.Progress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.progress = p
}

func (s *scanState) ended(report *workspace.Report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report = report
}

// firstScan scans the workspace and tells the client how far it is.
func (s *Server) firstScan(ctx context.Context) {
	progress := s.beginProgress(ctx, "Indexing symbols")
	report, err := s.workspace.Scan(ctx, func(p workspace.Progress) {
		s.scan.set(p)
		progress.report(p)
	})
	s.scan.ended(&report)
	progress.end(fmt.Sprintf("%d symbols in %d files", report.Symbols, report.Parsed+report.Reused))

	if err != nil && ctx.Err() == nil {
		s.log.Error("scan failed", "err", err)
		return
	}
	s.log.Info("scan done", "files", report.Files, "parsed", report.Parsed, "reused", report.Reused,
		"skipped", report.Skipped, "failed", report.Failed, "symbols", report.Symbols, "ms", report.ElapsedMS)
	for _, f := range report.Failures {
		s.log.Warn("cannot read symbols", "path", f.Path, "err", f.Error)
	}
}

// progressToken names the one progress that a server reports.
const progressToken = protocol.String("symcache/scan")

// workDone reports a work-done progress; nil reports nothing.
type workDone struct {
	server *Server
	ctx    context.Context
	begun  bool          // the client has agreed, and knows of the beginning
	asked  chan struct{} // closed when begun is decided
}

// beginProgress asks the client for a progress, where it knows the thing. The
// work does not wait for the reply: it may never come.
func (s *Server) beginProgress(ctx context.Context, title string) *workDone {
	if s.conn == nil || !s.features.workDoneProgress {
		return nil
	}
	w := &workDone{server: s, ctx: ctx, asked: make(chan struct{})}
	go func() {
		defer close(w.asked)
		create := protocol.WorkDoneProgressCreateParams{Token: progressToken}
		if _, err := s.conn.Call(ctx, protocol.MethodWindowWorkDoneProgressCreate, &create, nil); err != nil {
			s.log.Debug("client wants no progress", "err", err)
			return
		}
		w.begun = true
		w.send(&protocol.WorkDoneProgressBegin{Kind: "begin", Title: title, Percentage: ptr(uint32(0))})
	}()
	return w
}

func (w *workDone) report(p workspace.Progress) {
	if w == nil || !p.Listed || p.Files == 0 {
		return
	}
	select {
	case <-w.asked:
	default:
		return
	}
	if w.begun {
		w.send(&protocol.WorkDoneProgressReport{
			Kind:       "report",
			Message:    ptr(fmt.Sprintf("%d/%d files", p.Done, p.Files)),
			Percentage: ptr(uint32(100 * p.Done / p.Files)),
		})
	}
}

// end waits for the reply of the client, or until the server stops: what has
// begun is ended.
func (w *workDone) end(message string) {
	if w == nil {
		return
	}
	if <-w.asked; w.begun {
		w.send(&protocol.WorkDoneProgressEnd{Kind: "end", Message: &message})
	}
}

func (w *workDone) send(value any) {
	encoded, err := protocol.Marshal(value)
	if err == nil {
		// The end is sent though the work was broken off.
		err = w.server.conn.Notify(context.WithoutCancel(w.ctx), protocol.MethodProgress,
			&protocol.ProgressParams{Token: progressToken, Value: encoded})
	}
	if err != nil {
		w.server.log.Debug("cannot report progress", "err", err)
	}
}
