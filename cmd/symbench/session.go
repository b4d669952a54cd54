package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/symcache/symcache/cmd/symbench/internal/lspclient"
	"github.com/symcache/symcache/cmd/symbench/internal/report"
	"github.com/symcache/symcache/cmd/symbench/internal/system"
	"github.com/symcache/symcache/cmd/symbench/internal/tree"
)

const (
	// askAgain is the pause before an answer that was empty is asked for again. It
	// bounds how exactly the time of the first useful answer is known.
	askAgain = 5 * time.Millisecond

	// searches is how many queries a session sends once it has answered, and edits how
	// many changes with an outline after each.
	searches, edits = 300, 100

	// steadyTime bounds how long either may take: some servers need seconds for one.
	steadyTime = 15 * time.Second
)

// errNoAnswer means a server that did not answer usefully in time.
var errNoAnswer = errors.New("no useful answer in time")

// keystrokes returns how many queries a session sends.
func (b *bench) keystrokes() int {
	if b.short {
		return searches / 10
	}
	return searches
}

// client asks: when does an editor get its first answers, and how fast are they from then on?
func (b *bench) client(ctx context.Context, t namedTree) (*report.Table, error) {
	table := &report.Table{
		Question: "as a client sees it", Tree: t.name,
		Columns: []report.Column{
			{Name: "first outline", Unit: report.Seconds, Compared: true}, {Name: "first search", Unit: report.Seconds, Compared: true},
			{Name: "search p50", Unit: report.Seconds, Compared: true}, {Name: "p99", Unit: report.Seconds},
			{Name: "queries", Unit: report.Count},
			{Name: "edit+outline p50", Unit: report.Seconds, Compared: true}, {Name: "p99 of that", Unit: report.Seconds},
			{Name: "private", Unit: report.Bytes}, {Name: "shared", Unit: report.Bytes},
		},
	}
	var sample tree.Sample
	if _, err := child(ctx, &sample, "sample", t.dir); err != nil {
		return nil, err
	}
	var totals tree.Totals
	if _, err := child(ctx, &totals, "lstat", t.dir); err != nil {
		return nil, err
	}
	var contestants []contestant
	own := b.ownServers(t)
	for i, s := range append(own, b.peerServers(t, &sample)...) {
		if s.program == "" {
			table.Note("%s is not installed, left out", s.name)
			continue
		}
		if i >= len(own) && totals.Files > int64(b.peerFiles) {
			table.Note("%s is left out: %d files are more than --peer-files", s.name, totals.Files)
			continue
		}
		row, err := b.serverRow(ctx, s, t, &sample)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil && i == 0:
			return nil, err
		case err != nil:
			table.Note("%v", err)
			continue
		}
		contestants = append(contestants, row)
		if s.note != "" {
			table.Note("%s", s.note)
		}
	}
	document, target := relative(t, sample.Document), relative(t, sample.Target.Path)
	table.Note("from process start to the outline of %s; then to a search for %s that names %s; then up to %d queries, "+
		"prefixes of declared names, and up to %d edits each followed by an outline, %s at most for either; memory after that",
		document, sample.Target.Name, target, b.keystrokes(), b.keystrokes()*edits/searches, steadyTime)
	return table, b.compare(ctx, table, contestants)
}

func relative(t namedTree, path string) string {
	below, err := filepath.Rel(t.dir, path)
	if err != nil {
		return path
	}
	return below
}

// session runs a server from its start to its end and plays an editor. Without queries it ends
// after the first answers.
func (b *bench) session(ctx context.Context, s *server, cache string, t namedTree, sample *tree.Sample, queries int) (
	f figures, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var env []string
	if s.env != nil {
		env = s.env(cache)
	}
	text, err := os.ReadFile(sample.Document)
	if err != nil {
		return nil, err
	}
	c, err := lspclient.Start(system.Command(ctx, t.dir, env, s.program, s.args(cache)...))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()

	f = figures{}
	first, cancelFirst := context.WithTimeout(ctx, b.timeout)
	defer cancelFirst()
	document, err := firstAnswers(first, c, s, t, sample, string(text), f)
	if err == nil && queries > 0 {
		err = errors.Join(searchSteadily(ctx, c, sample.Keystrokes(queries), f),
			editSteadily(ctx, document, queries*edits/searches, f))
	}
	if err != nil && !errors.Is(err, errNoAnswer) {
		return f, err
	}
	// What a server takes that is not ready in time is worth knowing too.
	memory, memoryErr := c.Memory()
	if errors.Is(memoryErr, errors.ErrUnsupported) {
		return f, err
	}
	f["private"], f["shared"] = float64(memory.Private), float64(memory.Shared)
	return f, errors.Join(err, memoryErr)
}

// firstAnswers opens the document, and waits for its outline and for a search that finds the
// target.
func firstAnswers(ctx context.Context, c *lspclient.Client, s *server, t namedTree, sample *tree.Sample, text string,
	f figures) (*lspclient.Document, error) {
	if err := c.Initialize(ctx, t.dir, s.options); err != nil {
		return nil, err
	}
	document, err := c.Open(sample.Document, string(sample.Language), text)
	if err != nil {
		return nil, err
	}
	err = until(ctx, func() (bool, error) {
		n, err := document.Symbols(ctx)
		return n > 0, err
	})
	if err != nil {
		return nil, fmt.Errorf("first outline: %w", err)
	}
	f["first outline"] = c.Since().Seconds()

	err = until(ctx, func() (bool, error) {
		found, err := c.WorkspaceSymbols(ctx, sample.Target.Name)
		for _, symbol := range found {
			if symbol.Names(sample.Target.Name) && symbol.Path == sample.Target.Path {
				return true, err
			}
		}
		return false, err
	})
	if err != nil {
		return nil, fmt.Errorf("first search: %w", err)
	}
	f["first search"] = c.Since().Seconds()
	return document, nil
}

// until asks until the answer is useful. A refusal is asked again too: servers refuse while they load.
func until(ctx context.Context, ask func() (useful bool, err error)) error {
	for {
		useful, err := ask()
		var refused *lspclient.ResponseError
		switch {
		case ctx.Err() != nil:
			return errNoAnswer
		case err != nil && !errors.As(err, &refused):
			return err
		case useful && err == nil:
			return nil
		}
		select {
		case <-ctx.Done():
			return errNoAnswer
		case <-time.After(askAgain):
		}
	}
}

// searchSteadily times one query after the other.
func searchSteadily(ctx context.Context, c *lspclient.Client, queries []string, f figures) error {
	var samples []float64
	end := time.Now().Add(steadyTime)
	for _, query := range queries {
		start := time.Now()
		if start.After(end) {
			break
		}
		if _, err := c.WorkspaceSymbols(ctx, query); err != nil {
			return fmt.Errorf("search %q: %w", query, err)
		}
		samples = append(samples, time.Since(start).Seconds())
	}
	f["search p50"], f["p99"] = report.Percentile(samples, 50), report.Percentile(samples, 99)
	f["queries"] = float64(len(samples))
	return nil
}

// editSteadily times edits, each with the outline that an editor asks for after it.
func editSteadily(ctx context.Context, d *lspclient.Document, n int, f figures) error {
	var samples []float64
	end := time.Now().Add(steadyTime)
	for range n {
		start := time.Now()
		if start.After(end) {
			break
		}
		if err := d.Edit(); err != nil {
			return err
		}
		if _, err := d.Symbols(ctx); err != nil {
			return fmt.Errorf("outline after an edit: %w", err)
		}
		samples = append(samples, time.Since(start).Seconds())
	}
	f["edit+outline p50"], f["p99 of that"] = report.Percentile(samples, 50), report.Percentile(samples, 99)
	return nil
}
