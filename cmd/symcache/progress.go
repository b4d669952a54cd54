package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/symcache/symcache/lsp/workspace/scan"
)

const (
	// lineEvery is how often a line of progress is printed where there is no terminal: a log shows that the
	// program is at work, and is not filled.
	lineEvery = 5 * time.Second

	// barAfter is how long a scan takes at least for which a bar is shown: a shorter one would flash.
	barAfter = 200 * time.Millisecond

	// barEvery is how often the bar is drawn anew: what the eye sees as steady.
	barEvery = 100 * time.Millisecond
)

// progress shows how far a scan is: as a bar on a terminal, elsewhere as a line now and then.
type progress struct {
	err      io.Writer
	name     string
	columns  int // of the terminal; 0: there is none
	clock    func() time.Time
	next     time.Time // when something is printed again
	now      scan.Progress
	occupied int // columns of the bar that is shown
}

func (a *app) progress(name string) *progress {
	p := &progress{err: a.err, name: name, clock: time.Now}
	wait := lineEvery
	if isTerminal(a.err) {
		wait, p.columns = barAfter, helpWidth
		if columns, _, err := term.GetSize(int(a.err.(*os.File).Fd())); err == nil && columns > 0 {
			p.columns = min(columns, helpWidth)
		}
	}
	p.next = p.clock().Add(wait)
	return p
}

// show is called by one goroutine at a time.
func (p *progress) show(now scan.Progress) {
	p.now = now
	at := p.clock()
	if at.Before(p.next) {
		return
	}
	if p.columns == 0 {
		p.next = at.Add(lineEvery)
		fmt.Fprintf(p.err, "%s: %s of %s files\n", p.name, formatCount(now.Done), formatCount(now.Files))
		return
	}
	p.next = at.Add(barEvery)
	line := barLine(p.name, now, p.columns-1) // a full line would make some terminals begin another
	fmt.Fprintf(p.err, "\r%-*s", p.occupied, line)
	p.occupied = len(line)
}

// clear removes the bar.
func (p *progress) clear() {
	if p.occupied > 0 {
		fmt.Fprintf(p.err, "\r%*s\r", p.occupied, "")
		p.occupied = 0
	}
}

// barLine is a bar in ASCII of at most so many columns: "warm [#####     ] 2,179 of 4,959 files". While files are being
// found, or where there is no room, it is the numbers alone.
func barLine(name string, now scan.Progress, columns int) string {
	left, right := name+" [", fmt.Sprintf("] %s of %s files", formatCount(now.Done), formatCount(now.Files))
	room := columns - len(left) - len(right)
	line := name + strings.TrimPrefix(right, "]")
	if now.Listed && now.Files > 0 && room > 0 {
		filled := min(room*now.Done/now.Files, room)
		line = left + strings.Repeat("#", filled) + strings.Repeat(" ", room-filled) + right
	}
	return line[:max(0, min(len(line), columns))]
}

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
