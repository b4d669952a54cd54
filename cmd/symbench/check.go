package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/symcache/symcache/cmd/symbench/internal/baseline"
)

const (
	// checkFiles is the size of the made-up workspace of --check: its cold warm-up takes about a second, so that
	// starting a process does not decide.
	checkFiles = 3000

	// checkRounds makes the median of ratios steady within some percent, in about two minutes.
	checkRounds = 7
)

// checkQuestions are those of --check.
func checkQuestions() []string { return []string{"warm", "unchanged", "latency", "growth"} }

// metrics are the figures that --check compares, by the names of questions.
func metrics() map[string][]baseline.Metric {
	cell := func(row, column string) baseline.Cell { return baseline.Cell{Row: row, Column: column} }
	size := fmt.Sprintf("%d files", checkFiles)
	all := map[string][]baseline.Metric{
		"warm": {
			{Name: "cold warm-up, to ctags", Question: "cold warm-up", Of: cell("symcache warm", "time"), To: cell("ctags", "time")},
			{Name: "cold warm-up, to reading and hashing", Question: "cold warm-up", Of: cell("symcache warm", "time"), To: cell("bare walk, read, BLAKE3", "time")},
		},
		"unchanged": {
			{Name: "unchanged tree, to git status", Question: "unchanged tree", Of: cell("symcache warm, again", "time"), To: cell("git status", "time")},
			{Name: "unchanged tree, to a bare walk", Question: "unchanged tree", Of: cell("symcache warm, again", "time"), To: cell("bare lstat walk", "time")},
		},
		"growth": {
			{Name: "first outline, to a bare walk", Question: "growth", Of: cell(size, "first outline, warm"), To: cell(size, "bare lstat walk")},
			{Name: "first search, to a bare walk", Question: "growth", Of: cell(size, "first search, warm"), To: cell(size, "bare lstat walk")},
		},
	}
	for _, m := range new(places).methods() {
		all["latency"] = append(all["latency"], baseline.Metric{
			Name: m.name + ", to an echo", Question: "latency of each method", Of: cell(m.name, "of echo"),
		})
	}
	return all
}

// metricsOf returns the metrics of questions, in their order.
func metricsOf(questions []string) (list []baseline.Metric) {
	all := metrics()
	for _, q := range questions {
		list = append(list, all[q]...)
	}
	return list
}

// check compares what was measured with the baseline, or makes it the baseline. What is slower is measured once more.
func (b *bench) check(ctx context.Context) error {
	list := metricsOf(b.questions)
	ratios := baseline.Measure(list, b.report.Tables)
	if b.updateBaseline {
		return b.writeBaseline(ratios)
	}
	base, err := readBaseline(b.baseline)
	if err != nil {
		return err
	}
	if slower := base.Slower(list, ratios); len(slower) > 0 {
		b.logf("slower than the baseline, measured again: %s", strings.Join(slower, "; "))
		again := questionsOf(slower, b.questions)
		b.questions, b.report.Tables = again, nil
		if err := b.ask(ctx); err != nil {
			return err
		}
		ratios = baseline.Best(ratios, baseline.Measure(metricsOf(again), b.report.Tables))
	}
	if err := base.Print(b.out, list, ratios); err != nil {
		return err
	}
	if slower := base.Slower(list, ratios); len(slower) > 0 {
		return fmt.Errorf("slower than the baseline by a fifth or more: %s", strings.Join(slower, "; "))
	}
	return nil
}

// questionsOf returns those questions that have one of some metrics.
func questionsOf(names, questions []string) (list []string) {
	all := metrics()
	for _, q := range questions {
		if slices.ContainsFunc(all[q], func(m baseline.Metric) bool { return slices.Contains(names, m.Name) }) {
			list = append(list, q)
		}
	}
	return list
}

func readBaseline(path string) (baseline.Baseline, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return baseline.Baseline{}, fmt.Errorf("there is no baseline %s: --update-baseline writes one", path)
	}
	if err != nil {
		return baseline.Baseline{}, err
	}
	defer f.Close()
	return baseline.Read(f)
}

func (b *bench) writeBaseline(ratios map[string]float64) error {
	f, err := os.Create(b.baseline)
	if err != nil {
		return err
	}
	base := baseline.Baseline{Machine: fmt.Sprint(b.report.Machine), Ratios: ratios}
	return errors.Join(base.Write(f), f.Close())
}
