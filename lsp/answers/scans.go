package answers

import (
	"sync"

	"github.com/symcache/symcache/lsp/workspace/scan"
)

// scans are the scans of all folders: the first one, and one after each change of the
// folders. The workspace knows the scan that runs; only the session knows those that are
// to come.
type scans struct {
	mu       sync.Mutex
	expected int           // run or are to come
	settled  chan struct{} // closed while none is expected
	progress scan.Progress
	report   *scan.Report // of the last one; nil until the first has ended
}

// newScans expects the first scan.
func newScans() scans { return scans{expected: 1, settled: make(chan struct{})} }

// expect notes that a scan is to come.
func (s *scans) expect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.expected++; s.expected == 1 {
		s.settled = make(chan struct{})
	}
}

// arrived takes an expect back.
func (s *scans) arrived() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.expected--; s.expected == 0 {
		close(s.settled)
	}
}

// idle is closed when no scan runs or is to come.
func (s *scans) idle() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settled
}

func (s *scans) setProgress(p scan.Progress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.progress = p
}

func (s *scans) setReport(report *scan.Report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report = report
}

// state returns the state of the last scan: whether none is expected, how far it is, and
// what it did if it has ended.
func (s *scans) state() (ready bool, progress scan.Progress, report *scan.Report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.expected == 0, s.progress, s.report
}
