package answers

import (
	"context"
	"sync"

	"github.com/symcache/symcache/lsp/workspace/scan"
)

// OpenFolders makes the folders that the session began with known to the workspace. It is
// called once, before Run. It waits for their file systems, but for none longer than
// Waits.Folder.
func (s *Session) OpenFolders(ctx context.Context) {
	s.openFolders(ctx)
	close(s.opened)
}

// Run scans the folders, watches them and reads the files that change, until ctx ends. It is
// called once.
func (s *Session) Run(ctx context.Context) {
	var tasks sync.WaitGroup
	tasks.Go(func() { s.workspace.Run(ctx) })
	tasks.Go(func() { s.scanAll(ctx) })
	tasks.Go(func() {
		if err := s.workspace.Watch(ctx); err != nil {
			s.log.Warn("cannot watch the workspace", "err", err)
		}
	})
	tasks.Go(func() { s.keepFolders(ctx) })
	tasks.Go(func() { s.passHints(ctx) })
	tasks.Wait()
}

// scanAll scans all folders.
func (s *Session) scanAll(ctx context.Context) {
	progress, ended := func(scan.Progress) {}, func(scan.Report) {}
	if begins := s.options.Events.ScanBegins; begins != nil {
		progress, ended = begins(ctx)
	}
	report, err := s.workspace.Scan(ctx, func(p scan.Progress) {
		s.scans.setProgress(p)
		progress(p)
	})
	s.scans.setReport(&report)
	s.scans.arrived()
	ended(report)

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

// Refill scans all folders and stores what the cache lacks of them, see
// workspace.Workspace.Refill. It works as fast as it can: somebody waits for it.
func (s *Session) Refill(ctx context.Context, progress func(scan.Progress)) (scan.Report, error) {
	defer s.workspace.Hurry()()
	select {
	case <-s.opened:
	case <-ctx.Done():
		return scan.Report{}, ctx.Err()
	}
	report, err := s.workspace.Refill(ctx, func(p scan.Progress) {
		s.scans.setProgress(p)
		if progress != nil {
			progress(p)
		}
	})
	if err == nil {
		s.scans.setReport(&report)
	}
	return report, err
}

// Idle is closed when no scan of all folders runs or is to come.
func (s *Session) Idle() <-chan struct{} { return s.scans.idle() }
