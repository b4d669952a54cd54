package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/symcache/symcache/cmd/symbench/internal/plot"
	"github.com/symcache/symcache/cmd/symbench/internal/report"
	"github.com/symcache/symcache/cmd/symbench/internal/system"
	"github.com/symcache/symcache/cmd/symbench/internal/tree"
)

// growthColumns are what is measured at each size, and drawn as a line each.
func growthColumns() []report.Column {
	return []report.Column{
		{Name: "first outline, warm", Unit: report.Seconds}, {Name: "first search, warm", Unit: report.Seconds},
		{Name: "unchanged tree", Unit: report.Seconds}, {Name: "bare lstat walk", Unit: report.Seconds},
		{Name: "cold warm-up", Unit: report.Seconds},
	}
}

// growth asks: how do costs grow with the number of files? Its table has a row for each size.
func (b *bench) growth(ctx context.Context) (*report.Table, error) {
	table := &report.Table{
		Question: "growth", Tree: "synthetic", Rounds: b.rounds,
		Columns: append(growthColumns(), report.Column{Name: "disk", Unit: report.Bytes}),
	}
	table.Note("medians; the cold warm-up, which fills the cache for all others, runs once; all figures are symcache's but the bare walk's")
	for _, n := range b.sizes {
		err := b.withSynthetic(ctx, n, func(t namedTree) error {
			return b.growthAt(ctx, t, table.AddRow(fmt.Sprintf("%d files", n), ""))
		})
		if err != nil {
			return nil, err
		}
	}
	if b.plotFile == "" {
		return table, nil
	}
	return table, b.drawGrowth(table)
}

// growthAt measures one size.
func (b *bench) growthAt(ctx context.Context, t namedTree, row *report.Row) error {
	cache, err := b.dir("cache-*")
	if err != nil {
		return err
	}
	defer b.remove(cache)
	usage, _, err := symcacheWarm(ctx, b.symcache, cache, t.dir)
	if err != nil {
		return err
	}
	disk, err := system.DiskUsage(cache)
	if err != nil {
		return err
	}
	var sample tree.Sample
	if _, err := child(ctx, &sample, "sample", t.dir); err != nil {
		return err
	}
	row.Samples["cold warm-up"] = []float64{usage.Wall.Seconds()}
	row.Samples["disk"] = []float64{float64(disk)}
	add := func(column string, sample float64) { row.Samples[column] = append(row.Samples[column], sample) }
	server := warmServer(b.programs()[0], t)
	for round := range b.rounds {
		b.logf("%s, growth, round %d", t.name, round+1)
		f, err := b.session(ctx, server, cache, t, &sample, 0)
		if err != nil {
			return err
		}
		add("first outline, warm", f["first outline"])
		add("first search, warm", f["first search"])
		again, _, err := symcacheWarm(ctx, b.symcache, cache, t.dir)
		if err != nil {
			return err
		}
		add("unchanged tree", again.Wall.Seconds())
		var totals tree.Totals
		walk, err := child(ctx, &totals, "lstat", t.dir)
		if err != nil {
			return err
		}
		add("bare lstat walk", walk.Wall.Seconds())
	}
	return nil
}

// drawGrowth writes the plot.
func (b *bench) drawGrowth(t *report.Table) error {
	p := plot.Plot{
		Title: "symcache: cost against size of the workspace", X: "files", Y: "seconds",
		Note: b.report.Machine.CPU,
	}
	for _, column := range growthColumns() {
		series := plot.Series{Name: column.Name}
		for i, row := range t.Rows {
			series.Points = append(series.Points, plot.Point{X: float64(b.sizes[i]), Y: report.Median(row.Samples[column.Name])})
		}
		p.Series = append(p.Series, series)
	}
	f, err := os.Create(b.plotFile)
	if err != nil {
		return err
	}
	return errors.Join(p.WriteSVG(f), f.Close())
}
