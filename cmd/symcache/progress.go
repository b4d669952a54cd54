package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/symcache/symcache/lsp/workspace/scan"
)

// lineEvery is how often a line of progress is printed where there is no terminal: a log shows that the
// program is at work, and is not filled.
const lineEvery = 5 * time.Second

// progress shows how far a scan is: as a bar on a terminal, elsewhere as a line now and then.
type progress struct {
	err  io.Writer
	name string
	bar  *progressbar.ProgressBar // nil where there is no terminal
	last time.Time
	now  scan.Progress
}

func (a *app) progress(name string) *progress {
	p := &progress{err: a.err, name: name, last: time.Now()}
	if isTerminal(a.err) {
		p.bar = progressbar.NewOptions(-1,
			progressbar.OptionSetWriter(a.err),
			progressbar.OptionSetDescription(name),
			progressbar.OptionShowCount(),
			progressbar.OptionSetItsString("files"),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionSetPredictTime(false),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionFullWidth(),
		)
	}
	return p
}

// show is called by one goroutine at a time.
func (p *progress) show(now scan.Progress) {
	p.now = now
	if p.bar != nil {
		if now.Listed && now.Files > 0 {
			p.bar.ChangeMax(now.Files)
		}
		_ = p.bar.Set(now.Done) // a terminal that cannot be written to is no reason to stop
		return
	}
	if time.Since(p.last) < lineEvery {
		return
	}
	p.last = time.Now()
	fmt.Fprintf(p.err, "%s: %s of %s files\n", p.name, formatCount(now.Done), formatCount(now.Files))
}

func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish() // as above
	}
}

// clear removes the bar of a scan that did not come to its end.
func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear() // as above
	}
}

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
