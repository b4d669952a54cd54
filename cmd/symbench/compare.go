package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/symcache/symcache/cmd/symbench/internal/report"
	"github.com/symcache/symcache/cmd/symbench/internal/system"
)

// figures are one round's samples by column.
type figures map[string]float64

// contestant is one row of a table.
type contestant struct {
	name    string
	command string // as shown
	// run measures one round. dir is a new empty directory, removed afterwards.
	run func(ctx context.Context, dir string) (figures, error)
}

// compare fills a table: in each round every contestant runs once, one after the other. Who fails
// in one round does not take part in the next ones.
func (b *bench) compare(ctx context.Context, t *report.Table, contestants []contestant) error {
	t.Rounds = b.rounds
	rows := make([]*report.Row, len(contestants))
	for i, c := range contestants {
		rows[i] = t.AddRow(c.name, c.command)
	}
	failed := make([]bool, len(contestants))
	for round := range b.rounds {
		for i, c := range contestants {
			if failed[i] {
				continue
			}
			b.logf("%s, %s, round %d: %s", t.Tree, t.Question, round+1, c.name)
			f, err := b.once(ctx, c)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				failed[i] = true
				t.Note("%s failed: %v", c.name, err)
			}
			for column, sample := range f {
				rows[i].Samples[column] = append(rows[i].Samples[column], sample)
			}
		}
	}
	if failed[0] {
		return fmt.Errorf("%s: %s", contestants[0].name, strings.Join(t.Notes, "; "))
	}
	return nil
}

func (b *bench) once(ctx context.Context, c contestant) (figures, error) {
	dir, err := os.MkdirTemp(b.temp, "round-*")
	if err != nil {
		return nil, err
	}
	defer b.remove(dir)
	return c.run(ctx, dir)
}

// remove removes a directory of the run. What cannot be removed now is tried again at the end.
func (b *bench) remove(dir string) {
	if err := os.RemoveAll(dir); err != nil {
		b.logf("%v", err)
	}
}

// dir makes a directory that lasts as long as the run.
func (b *bench) dir(pattern string) (string, error) { return os.MkdirTemp(b.temp, pattern) }

// base returns the figures that every run of a program has.
func base(u system.Usage) figures {
	f := figures{"time": u.Wall.Seconds()}
	if u.PeakRSS > 0 {
		f["memory"] = float64(u.PeakRSS)
	}
	return f
}

// shown is a command line for people: programs by their names, the run's directories as TMP.
func (b *bench) shown(words ...string) string {
	words[0] = filepath.Base(words[0])
	return strings.ReplaceAll(strings.Join(words, " "), b.temp, "TMP")
}
