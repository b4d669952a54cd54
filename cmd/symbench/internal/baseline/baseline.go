// Package baseline compares what was measured with what it was when the baseline was written: ratios to a peer that ran
// in the same rounds, since times of one machine say nothing about another. A figure is slower when its ratio has grown
// by a fifth.
package baseline

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/symcache/symcache/cmd/symbench/internal/report"
)

// Tolerance is how many times its baseline a ratio may be. Medians of seven rounds on a busy machine differ by a tenth
// from run to run.
const Tolerance = 1.2

// Cell is one quantity of one contestant.
type Cell struct{ Row, Column string }

// Metric is a ratio to watch: how many times To the figure Of is, round by round. To may be empty where Of is a ratio
// already.
type Metric struct {
	Name     string // in the file and for people
	Question string // of the table
	Of, To   Cell
}

// Baseline is the content of the file.
type Baseline struct {
	Machine string             `json:"machine"` // on which it was measured
	Ratios  map[string]float64 `json:"ratios"`  // by the name of the metric
}

// Read reads a baseline.
func Read(r io.Reader) (Baseline, error) {
	var b Baseline
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&b); err != nil {
		return b, fmt.Errorf("read the baseline: %w", err)
	}
	return b, nil
}

// Write writes a baseline.
func (b Baseline) Write(w io.Writer) error {
	for name, ratio := range b.Ratios {
		b.Ratios[name] = math.Round(ratio*1000) / 1000
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(b)
}

// Measure returns the ratios of metrics in tables. Those of which a table, a row or a sample is missing are not in it:
// a peer may not be installed.
func Measure(metrics []Metric, tables []*report.Table) map[string]float64 {
	ratios := make(map[string]float64)
	for _, m := range metrics {
		of := samples(tables, m.Question, m.Of)
		ratio := report.Median(of)
		if m.To != (Cell{}) {
			ratio = report.Ratio(of, samples(tables, m.Question, m.To))
		}
		if !math.IsNaN(ratio) {
			ratios[m.Name] = ratio
		}
	}
	return ratios
}

func samples(tables []*report.Table, question string, cell Cell) []float64 {
	for _, t := range tables {
		if t.Question != question {
			continue
		}
		for _, row := range t.Rows {
			if row.Name == cell.Row {
				return row.Samples[cell.Column]
			}
		}
	}
	return nil
}

// Best returns the smaller ratio of each metric in two measurements. What disturbs a machine makes a figure larger,
// and seldom the same one twice.
func Best(a, b map[string]float64) map[string]float64 {
	best := make(map[string]float64, len(a))
	for name, ratio := range a {
		best[name] = ratio
		if again, ok := b[name]; ok {
			best[name] = min(ratio, again)
		}
	}
	return best
}

// Slower returns the names of the metrics that are slower than the baseline, in the order of metrics.
func (b Baseline) Slower(metrics []Metric, ratios map[string]float64) (names []string) {
	for _, m := range metrics {
		before, known := b.Ratios[m.Name]
		if now, measured := ratios[m.Name]; known && measured && now > before*Tolerance {
			names = append(names, m.Name)
		}
	}
	return names
}

// Print writes each metric with its baseline and what it is now.
func (b Baseline) Print(w io.Writer, metrics []Metric, ratios map[string]float64) error {
	slower := b.Slower(metrics, ratios)
	width := 0
	for _, m := range metrics {
		width = max(width, len(m.Name))
	}
	var text strings.Builder
	fmt.Fprintf(&text, "\nratios to a peer in the same rounds; the baseline is of %s\n\n%-*s %9s %9s\n", b.Machine, width, "", "baseline", "now")
	for _, m := range metrics {
		before, known := b.Ratios[m.Name]
		now, measured := ratios[m.Name]
		verdict := ""
		switch {
		case !measured:
			verdict = "not measured"
		case !known:
			verdict = "not in the baseline"
		case slices.Contains(slower, m.Name):
			verdict = fmt.Sprintf("SLOWER by %.0f %%", 100*(now/before-1))
		case now*Tolerance < before:
			verdict = fmt.Sprintf("faster by %.0f %%", 100*(before/now-1))
		}
		fmt.Fprintf(&text, "%-*s %9s %9s  %s\n", width, m.Name, shown(before, known), shown(now, measured), verdict)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

func shown(ratio float64, known bool) string {
	if !known {
		return "-"
	}
	return fmt.Sprintf("x%.3f", ratio)
}
