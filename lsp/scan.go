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

// firstScan scans the workspace and tells the client how far it is.
func (s *Server) firstScan(ctx context.Context) {
	progress := s.beginProgress(ctx, "Indexing symbols")
	report, err := s.workspace.Scan(ctx, func(p workspace.Progress) {
		s.scan.set(p)
		progress.report(p)
	})
	progress.end(fmt.Sprintf("%d symbols in %d files", report.Symbols, report.Parsed+report.Reused))

	s.scan.mu.Lock()
	defer s.scan.mu.Unlock()
	s.scan.report = &report
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
}

// beginProgress asks the client for a progress, where it knows the thing.
func (s *Server) beginProgress(ctx context.Context, title string) *workDone {
	if s.conn == nil || !s.features.workDoneProgress {
		return nil
	}
	create := protocol.WorkDoneProgressCreateParams{Token: progressToken}
	if _, err := s.conn.Call(ctx, protocol.MethodWindowWorkDoneProgressCreate, &create, nil); err != nil {
		s.log.Debug("client wants no progress", "err", err)
		return nil
	}
	w := &workDone{server: s, ctx: ctx}
	w.send(&protocol.WorkDoneProgressBegin{Kind: "begin", Title: title, Percentage: ptr(uint32(0))})
	return w
}

func (w *workDone) report(p workspace.Progress) {
	if w == nil || !p.Listed || p.Files == 0 {
		return
	}
	w.send(&protocol.WorkDoneProgressReport{
		Kind:       "report",
		Message:    ptr(fmt.Sprintf("%d/%d files", p.Done, p.Files)),
		Percentage: ptr(uint32(100 * p.Done / p.Files)),
	})
}

func (w *workDone) end(message string) {
	if w != nil {
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
