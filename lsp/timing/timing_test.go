package timing

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// clock is a time that a test sets.
type clock struct{ time time.Time }

func (c *clock) now() time.Time          { return c.time }
func (c *clock) pass(d time.Duration)    { c.time = c.time.Add(d) }
func newClock() *clock                   { return &clock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }
func jsonLog(out io.Writer) *slog.Logger { return slog.New(slog.NewJSONHandler(out, nil)) }

// lines returns the lines of a log, without what no test can know.
func lines(t *testing.T, text []byte) (all []map[string]any) {
	t.Helper()
	for line := range bytes.Lines(text) {
		var fields map[string]any
		if err := json.Unmarshal(line, &fields); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		delete(fields, "time")
		delete(fields, "level")
		all = append(all, fields)
	}
	return all
}

// A slow request is logged with its phases, those shorter than a millisecond aside; a fast one is only counted.
func TestSlowRequestIsLoggedByPhase(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	c := newClock()
	r := newRecorder(0, jsonLog(&text), c.now)

	ctx, end := r.Begin(t.Context(), "workspace/symbol")
	queued := In(ctx, Queue)
	c.pass(10 * time.Microsecond)
	queued()
	for range 2 { // a phase may come twice
		searched := In(ctx, Search)
		c.pass(120 * time.Millisecond)
		searched()
	}
	c.pass(5 * time.Millisecond)
	end(nil)

	_, end = r.Begin(t.Context(), "workspace/symbol")
	c.pass(DefaultSlow - 1)
	end(nil)

	want := []map[string]any{{
		"msg": "slow request", "method": "workspace/symbol", "ended": "2026-01-02T03:04:05Z", "ms": 245., "search_ms": 240.,
		"other_ms": 5., "failed": false,
	}}
	if diff := cmp.Diff(want, lines(t, text.Bytes())); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	text.Reset()
	r.Flush()
	want = []map[string]any{{"msg": "requests", "method": "workspace/symbol", "count": 2., "slow": 1., "longest_ms": 245.}}
	if diff := cmp.Diff(want, lines(t, text.Bytes())); diff != "" {
		t.Errorf("log at the end (-want +got):\n%s", diff)
	}
}

// A request that is given up while its answer waits for a disk is told with the phase that has not ended.
func TestPhaseThatHasNotEnded(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	c := newClock()
	r := newRecorder(time.Second, jsonLog(&text), c.now)
	ctx, end := r.Begin(t.Context(), "textDocument/hover")
	leave := In(ctx, Read)
	c.pass(3 * time.Second)
	end(context.Canceled)
	leave()
	got := lines(t, text.Bytes())
	if len(got) != 1 || got[0]["read_ms"] != 3000. || got[0]["other_ms"] != 0. || got[0]["failed"] != true {
		t.Errorf("log: %v", got)
	}
}

// A storm of slow requests is logged at one line a second. The ring keeps the last of the rest, which Flush logs.
func TestStormIsBounded(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	c := newClock()
	r := newRecorder(time.Second, jsonLog(&text), c.now)
	const storm = 2 * ringSize
	var ends []func(error)
	for range storm {
		_, end := r.Begin(t.Context(), "m")
		ends = append(ends, end)
	}
	c.pass(time.Minute)
	for _, end := range ends {
		end(errors.New("failed"))
	}
	if got := lines(t, text.Bytes()); len(got) != 1 {
		t.Errorf("%d lines during the storm, want 1", len(got))
	}
	text.Reset()
	r.Flush()
	got := lines(t, text.Bytes())
	if want := ringSize + 2; len(got) != want {
		t.Fatalf("%d lines at the end, want %d", len(got), want)
	}
	if lost := got[len(got)-1]; lost["msg"] != "some slow requests were not logged" || lost["count"] != float64(storm-1-ringSize) {
		t.Errorf("last line: %v", lost)
	}
}

// Work that belongs to no request, such as a scan, is in no phase.
func TestPhaseWithoutRequest(t *testing.T) {
	t.Parallel()
	In(t.Context(), Search)()
}
