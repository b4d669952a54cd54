package contents

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// A cause is warned of once an hour, and no cause hides another one.
func TestOneWarningPerCauseAndHour(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	var log syncBuffer
	e := NewEngine(Config{Now: func() time.Time { return now }, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	full := errors.New("no space left on device")
	for _, step := range []struct {
		after time.Duration
		cause Cause
		want  int // warnings until now
	}{
		{0, CauseGC, 1},
		{time.Second, CauseWrite, 2}, // a full disk is said though gc was complained about
		{time.Second, CauseWrite, 2},
		{time.Second, CauseGC, 2},
		{time.Hour - 3*time.Second, CauseWrite, 2},
		{time.Second, CauseWrite, 3},
		{0, CauseRead, 4},
		{0, CauseIndex, 5},
		{0, CauseLock, 6},
		{-2 * time.Hour, CauseWrite, 7}, // the clock was set back
		{0, CauseWrite, 7},
	} {
		now = now.Add(step.after)
		e.Complain(step.cause, "write to", full)
		if got := strings.Count(log.String(), "level=WARN"); got != step.want {
			t.Fatalf("%v later, %s: %d warnings, want %d:\n%s", step.after, step.cause, got, step.want, log.String())
		}
	}
	if !strings.Contains(log.String(), "cause=write") {
		t.Errorf("the cause is not named:\n%s", log.String())
	}
}
