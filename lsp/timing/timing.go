// Package timing measures what the requests of a server spend their time on, and keeps the slow ones.
//
// A Recorder is told of each request when it begins and when it has ended. In between, code that a request runs
// through says which phase it is in:
//
//	defer timing.In(ctx, timing.Search)()
//
// Slow requests are logged, at most one a second, and kept in a ring of fixed size until they are. No text of a
// request is kept: a method, durations, and whether it was answered.
package timing

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Phase is a part of what happens to a request.
type Phase string

// The phases. The time of a request that is in none of them is called "other".
const (
	Queue     Phase = "queue"     // it waits for its turn among the requests at work
	Folders   Phase = "folders"   // it waits until the file systems of the folders have answered
	Saved     Phase = "saved"     // it waits for files that were just saved to be read
	Scan      Phase = "scan"      // it has found nothing, and waits for a scan
	Documents Phase = "documents" // symbols of open documents are brought up to date
	Search    Phase = "search"    // the workspace is searched, and the files found are checked
	Read      Phase = "read"      // a file that is not open is read
	Parse     Phase = "parse"     // symbols of one text are looked up, or parsed
)

// Phases lists all, in the order in which they are logged.
func Phases() []Phase {
	return []Phase{Queue, Folders, Saved, Scan, Documents, Search, Read, Parse}
}

// Request is one request under way. It is safe for concurrent use: an answer may outlive its request.
type Request struct {
	method string
	begun  time.Time
	now    func() time.Time

	mu    sync.Mutex
	spent map[Phase]time.Duration
	open  map[Phase]time.Time // phases that have begun and not ended
}

// requestKey is the key of the request in a context.
type requestKey struct{}

// In says that the request of ctx is in a phase until end is called. Phases do not nest. It does nothing where ctx
// belongs to no request.
func In(ctx context.Context, phase Phase) (end func()) {
	r, ok := ctx.Value(requestKey{}).(*Request)
	if !ok {
		return func() {}
	}
	begun := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open[phase] = begun
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.spent[phase] += r.now().Sub(begun)
		delete(r.open, phase)
	}
}

// measure returns how long the request has taken, in all and by phase. A phase that has not ended counts until now:
// the answer to a cancelled request may still wait for a disk.
func (r *Request) measure() (total time.Duration, spent map[Phase]time.Duration) {
	now := r.now()
	total = now.Sub(r.begun)
	r.mu.Lock()
	defer r.mu.Unlock()
	spent = make(map[Phase]time.Duration, len(r.spent)+len(r.open))
	for phase, took := range r.spent {
		spent[phase] = took
	}
	for phase, begun := range r.open {
		spent[phase] += now.Sub(begun)
	}
	return total, spent
}

const (
	// DefaultSlow is how long a request may take before it counts as slow: from a fifth of a second on, a person
	// who waits for an answer notices.
	DefaultSlow = 200 * time.Millisecond

	// ringSize is how many slow requests are kept until they are logged, some 200 bytes each.
	ringSize = 64

	// logEvery is how often a slow request is logged at most. A disk that hangs makes all requests slow, and one a
	// second says that as well as hundreds.
	logEvery = time.Second
)

// Slow is a request that took long.
type Slow struct {
	Method string
	End    time.Time // when it had ended
	Total  time.Duration
	Spent  map[Phase]time.Duration
	Failed bool // its answer was an error, such as that it was cancelled
}

// Recorder keeps the slow requests of one server. It is safe for concurrent use.
type Recorder struct {
	slow time.Duration
	log  *slog.Logger
	now  func() time.Time

	mu      sync.Mutex
	methods map[string]*count
	ring    []Slow // not logged yet, oldest first
	lost    int    // that the ring had no room for
	logged  time.Time
}

// count is what is known of all requests of one method.
type count struct {
	requests, slow int
	longest        time.Duration
}

// NewRecorder returns a recorder of requests that take longer than slow, or DefaultSlow if that is 0. It logs at the
// level Info.
func NewRecorder(slow time.Duration, log *slog.Logger) *Recorder {
	return newRecorder(slow, log, time.Now)
}

func newRecorder(slow time.Duration, log *slog.Logger, now func() time.Time) *Recorder {
	if slow <= 0 {
		slow = DefaultSlow
	}
	return &Recorder{slow: slow, log: log, now: now, methods: make(map[string]*count)}
}

// Begin notes that a request begins. The context is for what answers it; end is called once, with the error of its
// answer.
func (r *Recorder) Begin(ctx context.Context, method string) (_ context.Context, end func(error)) {
	request := &Request{
		method: method, begun: r.now(), now: r.now, spent: make(map[Phase]time.Duration), open: make(map[Phase]time.Time),
	}
	return context.WithValue(ctx, requestKey{}, request), func(err error) { r.ended(request, err) }
}

func (r *Recorder) ended(request *Request, err error) {
	total, spent := request.measure()
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.methods[request.method]
	if c == nil {
		c = new(count)
		r.methods[request.method] = c
	}
	c.requests++
	c.longest = max(c.longest, total)
	if total < r.slow {
		return
	}
	c.slow++
	if len(r.ring) == ringSize {
		r.ring = append(r.ring[:0], r.ring[1:]...)
		r.lost++
	}
	now := r.now()
	r.ring = append(r.ring, Slow{Method: request.method, End: now, Total: total, Spent: spent, Failed: err != nil})
	if now.Sub(r.logged) >= logEvery {
		r.logged = now
		last := len(r.ring) - 1
		r.ring[last].log(r.log)
		r.ring = r.ring[:last]
	}
}

// Flush logs the slow requests that were not logged when they ended, and how many requests of each method there were.
func (r *Recorder) Flush() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.ring {
		r.ring[i].log(r.log)
	}
	r.ring = nil
	for method, c := range r.methods {
		r.log.Info("requests", "method", method, "count", c.requests, "slow", c.slow, "longest_ms", c.longest.Milliseconds())
	}
	if r.lost > 0 {
		r.log.Info("some slow requests were not logged", "count", r.lost)
	}
	r.methods, r.lost = make(map[string]*count), 0
}

// log writes one line: the total, the phases that took a millisecond or more, and the rest.
func (s *Slow) log(log *slog.Logger) {
	attrs := []any{"method", s.Method, "ended", s.End.UTC().Format(time.RFC3339), "ms", s.Total.Milliseconds()}
	other := s.Total
	for _, phase := range Phases() {
		took := s.Spent[phase]
		other -= took
		if took >= time.Millisecond {
			attrs = append(attrs, string(phase)+"_ms", took.Milliseconds())
		}
	}
	attrs = append(attrs, "other_ms", max(0, other).Milliseconds(), "failed", s.Failed)
	log.Info("slow request", attrs...)
}
