package lsp

import (
	"context"
	"fmt"
	"sync"

	"github.com/symcache/symcache/lsp/workspace"
)

// scanState is how the scans go, the first and those of other roots.
type scanState struct {
	mu       sync.Mutex
	pending  int           // scans that run or are to come
	settled  chan struct{} // closed while there are none
	progress workspace.Progress
	report   *workspace.Report // of the last; nil until the first has ended
}

// newScanState is that of a server whose first scan is to come.
func newScanState() scanState { return scanState{pending: 1, settled: make(chan struct{})} }

// expect notes that a scan is to come.
func (s *scanState) expect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pending++; s.pending == 1 {
		s.settled = make(chan struct{})
	}
}

// spare takes an expect back.
func (s *scanState) spare() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pending--; s.pending == 0 {
		close(s.settled)
	}
}

// idle is closed when no scan runs or is to come.
func (s *scanState) idle() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settled
}

func (s *scanState) set(p workspace.Progress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.progress = p
}

func (s *scanState) ended(report *workspace.Report) {
	s.note(report)
	s.spare()
}

func (s *scanState) note(report *workspace.Report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report = report
}

// scanAll scans the workspace and tells the client how far it is.
func (s *Server) scanAll(ctx context.Context) {
	s.tellStatus(ctx)
	progress := s.beginProgress("Indexing symbols", nil, nil)
	report, err := s.workspace.Scan(ctx, func(p workspace.Progress) {
		s.scan.set(p)
		progress.report(p)
	})
	s.scan.ended(&report)
	progress.end(fmt.Sprintf("%d symbols in %d files", report.Symbols, report.Parsed+report.Reused))
	s.tellStatus(ctx)

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
