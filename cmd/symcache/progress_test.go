package main

import (
	"strings"
	"testing"
	"time"

	"github.com/symcache/symcache/lsp/workspace/scan"
)

func TestBarLine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		now     scan.Progress
		columns int
		want    string
	}{
		{scan.Progress{Done: 2179, Files: 4959, Listed: true}, 44, "warm [#######         ] 2,179 of 4,959 files"},
		{scan.Progress{Done: 0, Files: 10, Listed: true}, 30, "warm [         ] 0 of 10 files"},
		{scan.Progress{Done: 10, Files: 10, Listed: true}, 30, "warm [########] 10 of 10 files"},
		{scan.Progress{Done: 20, Files: 10, Listed: true}, 30, "warm [########] 20 of 10 files"},
		{scan.Progress{Done: 5, Files: 10}, 80, "warm 5 of 10 files"},
		{scan.Progress{Listed: true}, 80, "warm 0 of 0 files"},
		{scan.Progress{Done: 5, Files: 10, Listed: true}, 18, "warm 5 of 10 files"},
		{scan.Progress{Done: 5, Files: 10, Listed: true}, 9, "warm 5 of"},
		{scan.Progress{Done: 5, Files: 10, Listed: true}, -1, ""},
	} {
		if got := barLine("warm", test.now, test.columns); got != test.want {
			t.Errorf("%+v in %d columns: %q, want %q", test.now, test.columns, got, test.want)
		}
	}
}

// A bar is shown once a scan has taken some time, is drawn over, and leaves nothing behind.
func TestBarComesLateAndGoes(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	now := time.Now()
	p := &progress{err: &out, name: "warm", columns: 40, clock: func() time.Time { return now }, next: now.Add(barAfter)}
	p.show(scan.Progress{Done: 1, Files: 10, Listed: true})
	p.clear()
	if out.Len() > 0 {
		t.Errorf("a short scan shows %q", out.String())
	}
	now = now.Add(barAfter)
	p.show(scan.Progress{Done: 2, Files: 10, Listed: true})
	p.show(scan.Progress{Done: 3, Files: 10, Listed: true}) // too soon
	now = now.Add(barEvery)
	p.show(scan.Progress{Done: 10, Files: 10})
	p.clear()
	p.clear()
	lines := strings.Split(out.String(), "\r")
	if len(lines) != 5 || !strings.Contains(lines[1], "] 2 of 10 files") || lines[2] != "warm 10 of 10 files"+strings.Repeat(" ", len(lines[1])-19) ||
		strings.TrimSpace(lines[3]) != "" || lines[4] != "" {
		t.Errorf("shown: %q", lines)
	}
}
