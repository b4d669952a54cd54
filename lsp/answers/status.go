package answers

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/symcache/symcache/lsp/workspace/links"
	"github.com/symcache/symcache/lsp/workspace/scan"
)

// Status is what a session knows and does.
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

	// LeftOut are the open documents whose files a scan leaves out, and why; absent: none.
	LeftOut []LeftOutDocument `json:"leftOut,omitempty"`

	// Links are the symbolic links that lead out of the folders, if they are to be followed.
	Links []links.Status `json:"links,omitempty"`

	// Yielded are the features that other servers answer, by language.
	Yielded map[string][]string `json:"yielded"`

	// BadFolders are those that cannot be used, and why.
	BadFolders []scan.Failure `json:"badFolders,omitempty"`
	// Hanging are directories on disks that do not answer. Nothing below them is found.
	Hanging []string `json:"hanging,omitempty"`

	Scan ScanStatus `json:"scan"`
	// Watch has how changes on disk are noticed, by root; empty until that has begun.
	Watch []WatchStatus `json:"watch"`
}

// LeftOutDocument is an open document whose file a scan leaves out. It is served while it is open.
type LeftOutDocument struct {
	URI string `json:"uri"`
	scan.LeftOut
}

// WatchStatus is how changes below a root are noticed.
type WatchStatus struct {
	Root    string `json:"root"`
	State   string `json:"state"`            // starting, watching, polling or missing
	Watched int    `json:"watched"`          // directories that the system reports changes of
	Polled  int    `json:"polled"`           // directories that are looked at in turn
	Reason  string `json:"reason,omitempty"` // why not all are watched, or why it is missing
}

// ScanStatus is how far the last scan of all roots is, and what it did when it has ended.
type ScanStatus struct {
	Files  int          `json:"files"`
	Done   int          `json:"done"`
	Report *scan.Report `json:"report,omitempty"`
	// Now is the scan that is under way, of all files or of those that may have changed.
	Now *ScanNow `json:"now,omitempty"`
}

// ScanNow is how far the scan that is under way is.
type ScanNow struct {
	Roots []string `json:"roots"` // below which all or some files are looked at
	Files int      `json:"files"` // found until now
	Done  int      `json:"done"`  // of those
}

// Status returns what the session knows and does now.
func (s *Session) Status() Status {
	stats, docs := s.workspace.Stats(), s.Snapshot()
	status := Status{
		Version: s.options.Version,
		State:   "scanning",
		Roots:   append([]string{}, s.workspace.Roots()...),
		Files:   stats.Files,
		Symbols: stats.Symbols,
		Open:    len(docs.byURI),
		Parsed:  s.engine.Parsed(),
		Yielded: s.services.given(),
		Watch:   []WatchStatus{},

		Truncated:  docs.truncated(),
		Links:      s.workspace.Links(),
		BadFolders: s.workspace.BadRoots(),
		Hanging:    s.workspace.Hanging(),
	}
	if store := s.options.Engine.Store; store != nil {
		status.Cache = store.Dir()
	}
	status.LeftOut = s.leftOut(docs)
	for _, w := range s.workspace.WatchStatus() {
		root := WatchStatus{Root: w.Path, State: string(w.State), Watched: w.Watched, Polled: w.Polled}
		if w.Reason != nil {
			root.Reason = w.Reason.Error()
		}
		status.Watch = append(status.Watch, root)
	}
	ready, progress, report := s.scans.state()
	status.Scan = ScanStatus{Files: progress.Files, Done: progress.Done, Report: report}
	if roots, now := s.workspace.Scanning(); len(roots) > 0 {
		status.Scan.Now = &ScanNow{Roots: roots, Files: now.Files, Done: now.Done}
	}
	if ready {
		status.State = "ready"
	}
	return status
}

const (
	// leftOutWait is how long a status waits for disks to say which open documents a scan
	// leaves out. An answer takes some 50 us for each.
	leftOutWait = time.Second / 2

	// maxLeftOut bounds the open documents that are asked about. People have some ten open.
	maxLeftOut = 500
)

// leftOut returns the open documents whose files a scan leaves out, as far as the disk says so
// in time. Those that were changed last come first.
func (s *Session) leftOut(docs Snapshot) (list []LeftOutDocument) {
	ctx, cancel := context.WithTimeout(context.Background(), leftOutWait)
	defer cancel()
	files := slices.DeleteFunc(slices.Collect(maps.Values(docs.byURI)), func(doc *document) bool { return doc.canonical == nil })
	slices.SortFunc(files, func(a, b *document) int { return cmp.Compare(b.version, a.version) })
	for _, doc := range files[:min(len(files), maxLeftOut)] {
		if ctx.Err() != nil {
			break
		}
		if out, ok := s.workspace.LeftOut(ctx, doc.canonical(), false); ok {
			list = append(list, LeftOutDocument{URI: doc.uri, LeftOut: out})
		}
	}
	slices.SortFunc(list, func(a, b LeftOutDocument) int { return cmp.Compare(a.URI, b.URI) })
	return list
}

// Readiness reports whether all files have been looked at once, and what the last scan of
// all of them did; the report is nil until one has ended.
func (s *Session) Readiness() (ready bool, report *scan.Report) {
	ready, _, report = s.scans.state()
	return ready, report
}
