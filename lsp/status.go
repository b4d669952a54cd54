package lsp

import "github.com/symcache/symcache/lsp/workspace"

// methodStatus is a request of ours without params; its answer is a Status.
const methodStatus = "symcache/status"

// Status is how a server stands.
type Status struct {
	Version string `json:"version"`
	// State is "scanning" until all files have been looked at once, then "ready".
	State string   `json:"state"`
	Roots []string `json:"roots"` // canonical paths
	Cache string   `json:"cache"` // directory; empty: none

	Files   int `json:"files"`   // with symbols, open documents aside
	Symbols int `json:"symbols"` // in them
	Open    int `json:"open"`    // documents

	Scan ScanStatus `json:"scan"`
}

// ScanStatus is how far the first scan is, and what it did when it has ended.
type ScanStatus struct {
	Files  int               `json:"files"`
	Done   int               `json:"done"`
	Report *workspace.Report `json:"report,omitempty"`
}

// Status answers symcache/status.
func (s *Server) Status() Status {
	stats := s.workspace.Stats()
	status := Status{
		Version: s.options.Version,
		State:   "scanning",
		Roots:   append([]string{}, s.workspace.Roots()...),
		Files:   stats.Files,
		Symbols: stats.Symbols,
		Open:    len(s.documents.snapshot().byURI),
	}
	if store := s.options.Engine.Store; store != nil {
		status.Cache = store.Dir()
	}
	s.scan.mu.Lock()
	defer s.scan.mu.Unlock()
	status.Scan = ScanStatus{Files: s.scan.progress.Files, Done: s.scan.progress.Done, Report: s.scan.report}
	if s.scan.report != nil {
		status.State = "ready"
	}
	return status
}
