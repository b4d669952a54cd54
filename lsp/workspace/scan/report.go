package scan

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/symcache/symcache/lsp/workspace/files"
	"github.com/symcache/symcache/lsp/workspace/links"
)

// MaxFailures is how many failures a Report names. It counts them all.
const MaxFailures = 1000

// Report is what a scan did. Files = Parsed + Reused + Skipped + Failed, also where the
// scan was cut short.
type Report struct {
	Files   int `json:"files"`   // sources found, by name or first line, and dealt with
	Parsed  int `json:"parsed"`  // contents that were parsed, each once
	Reused  int `json:"reused"`  // files whose summary was known, or came with a file of the same content
	Skipped int `json:"skipped"` // files that are no sources on a closer look
	Failed  int `json:"failed"`  // files that could not be read or parsed

	Symbols   int   `json:"symbols"` // in the parsed and the reused files
	Bytes     int64 `json:"bytes"`   // of the parsed and the reused files
	ElapsedMS int64 `json:"elapsed_ms"`

	SkippedReasons map[string]int `json:"skipped_reasons"`
	// Ignored counts what is left out, which Files does not count: files that may be sources,
	// and directories, each as one. Default excludes such as .git are among them. IgnoredBy
	// has the reasons, the most frequent first, at most 100.
	Ignored   int       `json:"ignored"`
	IgnoredBy []LeftOut `json:"ignored_by,omitempty"`
	// Links are those that lead out of the folders, if they are to be followed.
	Links []links.Status `json:"links,omitempty"`
	// Failures are sorted by path, at most 1,000.
	Failures []Failure `json:"failures"`
	// NotStored counts summaries that could not be written to the cache. NotStoredError says
	// why the last of them could not.
	NotStored      int    `json:"not_stored,omitzero"`
	NotStoredError string `json:"not_stored_error,omitzero"`
}

// Failure is a file or directory that could not be worked on.
type Failure struct {
	Path  string `json:"path"`
	Error string `json:"error"`
}

// Progress is how far a scan is.
type Progress struct {
	Files int // found until now
	Done  int // of those, bound to a summary, skipped or failed
	// Listed: all files have been found.
	Listed bool
}

// Tally counts what a scan does. It is safe for concurrent use.
type Tally struct {
	mu     sync.Mutex
	report Report // without Files and IgnoredBy
	files  int    // found until now
	listed bool
	unsure bool // something could not be read for a reason that passes
	start  time.Time

	leftOut map[files.Reason]*LeftOut
}

// NewTally returns a tally of a scan that begins now.
func NewTally() *Tally {
	return &Tally{
		start: time.Now(), report: Report{SkippedReasons: map[string]int{}, Failures: []Failure{}},
		leftOut: make(map[files.Reason]*LeftOut),
	}
}

func (t *Tally) found() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.files++
}

// unfound takes back a file that has no known language.
func (t *Tally) unfound() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.files--
}

func (t *Tally) skip(reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report.Skipped++
	t.report.SkippedReasons[reason]++
}

// skipPathTooLong is the reason of files and directories whose path the system does not take.
const skipPathTooLong = "path too long"

// fail counts a file that was found and could not be read or parsed.
func (t *Tally) fail(path string, err error) {
	if errors.Is(err, syscall.ENAMETOOLONG) {
		t.skip(skipPathTooLong)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report.Failed++
	t.name(path, err)
}

// FailDir counts a root or directory that was not gone through, as found and failed, so that
// the sum holds.
func (t *Tally) FailDir(path string, err error) {
	if errors.Is(err, syscall.ENAMETOOLONG) {
		t.found()
		t.skip(skipPathTooLong)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.files++
	t.report.Failed++
	t.name(path, err)
}

// name adds a failure. The caller holds mu.
func (t *Tally) name(path string, err error) {
	t.unsure = t.unsure || files.IsPassing(err)
	if len(t.report.Failures) < MaxFailures {
		t.report.Failures = append(t.report.Failures, Failure{Path: path, Error: err.Error()})
	}
}

func (t *Tally) bound(parsed bool, symbols, bytes int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if parsed {
		t.report.Parsed++
	} else {
		t.report.Reused++
	}
	t.report.Symbols += symbols
	t.report.Bytes += int64(bytes)
}

func (t *Tally) notStored(n int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report.NotStored += n
	t.report.NotStoredError = err.Error()
}

// Sure reports whether a file that the scan did not come to is not there.
func (t *Tally) Sure() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.unsure
}

func (t *Tally) allListed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.listed = true
}

// Progress returns how far the scan is.
func (t *Tally) Progress() Progress {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Progress{Files: t.files, Done: t.done(), Listed: t.listed}
}

// done counts the files that were dealt with. The caller holds mu.
func (t *Tally) done() int {
	r := &t.report
	return r.Parsed + r.Reused + r.Skipped + r.Failed
}

// Report ends the tally.
func (t *Tally) Report() Report {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report.Files, t.report.IgnoredBy = t.done(), t.leftOutReport()
	t.report.ElapsedMS = time.Since(t.start).Milliseconds()
	slices.SortFunc(t.report.Failures, func(a, b Failure) int { return cmp.Compare(a.Path, b.Path) })
	return t.report
}
