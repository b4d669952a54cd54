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
	Parsed  int `json:"parsed"`  // contents, by this process; each new one is, once

	// Truncated are the open documents whose outlines lack symbols; absent: none.
	Truncated []TruncatedDocument `json:"truncated,omitempty"`

	// Yielded are the features that other servers answer, by language.
	Yielded map[string][]string `json:"yielded"`

	// BadFolders are those that cannot be used, and why.
	BadFolders []workspace.Failure `json:"badFolders,omitempty"`
	// Hanging are directories on disks that do not answer. Nothing below them is found.
	Hanging []string `json:"hanging,omitempty"`

	Scan ScanStatus `json:"scan"`
	// Watch tells how changes on disk are noticed, by root; empty until that has begun.
	Watch []WatchStatus `json:"watch"`
}

// WatchStatus is how changes below a root are noticed.
type WatchStatus struct {
	Root    string `json:"root"`
	State   string `json:"state"`            // starting, watching, polling or missing
	Watched int    `json:"watched"`          // directories that the system reports changes of
	Polled  int    `json:"polled"`           // directories that are looked at in turn
	Reason  string `json:"reason,omitempty"` // why not all are watched
}

// ScanStatus is how far the last scan of whole roots is, and what it did when it has ended.
type ScanStatus struct {
	Files  int               `json:"files"`
	Done   int               `json:"done"`
	Report *workspace.Report `json:"report,omitempty"`
	// Now is what is being looked at, be it because something there has changed.
	Now *ScanNow `json:"now,omitempty"`
}

// ScanNow is how far the scan that is under way is.
type ScanNow struct {
	Roots []string `json:"roots"` // below which all or some files are looked at
	Files int      `json:"files"` // found until now
	Done  int      `json:"done"`  // of those
}

// Status answers symcache/status.
func (s *Server) Status() Status {
	stats, docs := s.workspace.Stats(), s.documents.snapshot()
	status := Status{
		Version: s.options.Version,
		State:   "scanning",
		Roots:   append([]string{}, s.workspace.Roots()...),
		Files:   stats.Files,
		Symbols: stats.Symbols,
		Open:    len(docs.byURI),
		Parsed:  s.engine.Parsed(),
		Yielded: s.switches.given(),

		Truncated:  docs.truncated(),
		BadFolders: s.workspace.BadRoots(),
		Hanging:    s.workspace.Hanging(),
	}
	if store := s.options.Engine.Store; store != nil {
		status.Cache = store.Dir()
	}
	status.Watch = []WatchStatus{}
	for _, w := range s.workspace.WatchStatus() {
		root := WatchStatus{Root: w.Path, State: string(w.State), Watched: w.Watched, Polled: w.Polled}
		if w.Reason != nil {
			root.Reason = w.Reason.Error()
		}
		status.Watch = append(status.Watch, root)
	}
	s.scan.mu.Lock()
	defer s.scan.mu.Unlock()
	status.Scan = ScanStatus{Files: s.scan.progress.Files, Done: s.scan.progress.Done, Report: s.scan.report}
	if roots, now := s.workspace.Scanning(); len(roots) > 0 {
		status.Scan.Now = &ScanNow{Roots: roots, Files: now.Files, Done: now.Done}
	}
	if s.scan.pending == 0 {
		status.State = "ready"
	}
	return status
}
