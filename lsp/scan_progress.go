package lsp

import (
	"context"
	"fmt"

	"github.com/symcache/symcache/lsp/workspace/scan"
)

// scanBegins reports a scan of all folders to the client: as a progress, and with a status at
// its beginning and its end.
func (s *Server) scanBegins(ctx context.Context) (progress func(scan.Progress), ended func(scan.Report)) {
	s.tellStatus(ctx)
	w := s.beginProgress("Indexing symbols", nil, nil)
	return w.report, func(report scan.Report) {
		w.end(scanResult(&report))
		s.tellStatus(ctx)
	}
}

// scanResult describes what a scan did, for people.
func scanResult(report *scan.Report) string {
	return fmt.Sprintf("%d symbols in %d files", report.Symbols, report.Parsed+report.Reused)
}
