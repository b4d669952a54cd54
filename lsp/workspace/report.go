package workspace

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/symcache/symcache/lsp/workspace/files"
)

// maxFailures bounds how many failures a Report names; it counts them all.
const maxFailures = 1000

// Report is what a scan did. Files = Parsed + Reused + Skipped + Failed, also
// when it was cut short.
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
	// Ignored counts what ignore rules leave out and Files does not have: files that may be
	// sources, and directories, each as one. Default excludes such as .git are among them.
	Ignored int `json:"ignored"`
	// Failures are sorted by path, at most 1,000.
	Failures []Failure `json:"failures"`
	// NotStored counts summaries that could not be written to the cache, and NotStoredError
	// says why the last of them could not.
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
	// Listed tells that all files have been found.
	Listed bool
}

// tally gathers a Report from many goroutines.
type tally struct {
	mu     sync.Mutex
	report Report // but for Files
	files  int    // found until now
	listed bool
	unsure bool // something could not be read for a reason that passes
	start  time.Time
}

func newTally() *tally {
	return &tally{start: time.Now(), report: Report{SkippedReasons: map[string]int{}, Failures: []Failure{}}}
}

func (t *tally) found() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.files++
}

// unfound takes a file back that turned out to have no known language.
func (t *tally) unfound() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.files--
}

func (t *tally) skipped(reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report.Skipped++
	t.report.SkippedReasons[reason]++
}

func (t *tally) ignored() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report.Ignored++
}

// failed counts a found file.
func (t *tally) failed(path string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report.Failed++
	t.name(path, err)
}

// failedDir counts what is no file but was not gone through: it is both found
// and failed, so that the sum holds.
func (t *tally) failedDir(path string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.files++
	t.report.Failed++
	t.name(path, err)
}

func (t *tally) name(path string, err error) {
	t.unsure = t.unsure || files.IsPassing(err)
	if len(t.report.Failures) < maxFailures {
		t.report.Failures = append(t.report.Failures, Failure{Path: path, Error: err.Error()})
	}
}

func (t *tally) bound(parsed bool, symbols int, bytes int) {
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

func (t *tally) notStored(n int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report.NotStored += n
	t.report.NotStoredError = err.Error()
}

// sure tells whether what was not come across is not there.
func (t *tally) sure() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.unsure
}

func (t *tally) allListed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.listed = true
}

func (t *tally) progress() Progress {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Progress{Files: t.files, Done: t.done(), Listed: t.listed}
}

// done counts the files dealt with. The caller holds mu.
func (t *tally) done() int {
	r := &t.report
	return r.Parsed + r.Reused + r.Skipped + r.Failed
}

// result closes the tally.
func (t *tally) result() Report {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report.Files = t.done()
	t.report.ElapsedMS = time.Since(t.start).Milliseconds()
	slices.SortFunc(t.report.Failures, func(a, b Failure) int { return cmp.Compare(a.Path, b.Path) })
	return t.report
}
