// Package report keeps what was measured: tables of contestants by quantities, with
// all samples, printed as text with medians and ratios, and written as JSON.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/symcache/symcache/cmd/symbench/internal/system"
)

// Column is one measured quantity.
type Column struct {
	Name string `json:"name"`
	Unit Unit   `json:"unit"`
	// Compared adds to each row how many times the first row's value it is.
	Compared bool `json:"-"`
}

// Row is one contestant. A column without samples was not measured.
type Row struct {
	Name    string               `json:"name"`
	Command string               `json:"command"` // what was run, as one would type it; empty: in this process
	Samples map[string][]float64 `json:"samples"` // by column, one a round
	Medians map[string]float64   `json:"medians"`
	Ratios  map[string]float64   `json:"ratios"` // to the first row, of compared columns
}

// Table answers one question on one tree. The first row is what others are compared to.
type Table struct {
	Question string   `json:"question"`
	Tree     string   `json:"tree"`
	Rounds   int      `json:"rounds"`
	Columns  []Column `json:"columns"`
	Rows     []*Row   `json:"rows"`
	Notes    []string `json:"notes"` // what was left out or failed, and how to read the table
}

// AddRow appends a contestant.
func (t *Table) AddRow(name, command string) *Row {
	row := &Row{Name: name, Command: command, Samples: map[string][]float64{}}
	t.Rows = append(t.Rows, row)
	return row
}

// Note appends a remark, once.
func (t *Table) Note(format string, args ...any) {
	note := fmt.Sprintf(format, args...)
	for _, n := range t.Notes {
		if n == note {
			return
		}
	}
	t.Notes = append(t.Notes, note)
}

// finish computes medians and ratios from the samples.
func (t *Table) finish() {
	for _, row := range t.Rows {
		row.Medians, row.Ratios = map[string]float64{}, map[string]float64{}
		for _, c := range t.Columns {
			samples := row.Samples[c.Name]
			if len(samples) == 0 {
				continue
			}
			row.Medians[c.Name] = Median(samples)
			// JSON has no NaN, and a ratio to nothing says nothing.
			if r := Ratio(samples, t.Rows[0].Samples[c.Name]); c.Compared && !math.IsNaN(r) {
				row.Ratios[c.Name] = r
			}
		}
	}
}

// Print writes the table as text, in a form that is also a Markdown table.
func (t *Table) Print(w io.Writer) error {
	t.finish()
	lines := [][]string{{""}}
	for _, c := range t.Columns {
		lines[0] = append(lines[0], c.Name)
		if c.Compared {
			lines[0] = append(lines[0], "ratio")
		}
	}
	for _, row := range t.Rows {
		lines = append(lines, t.cells(row))
	}
	var b strings.Builder
	rounds := "rounds"
	if t.Rounds == 1 {
		rounds = "round"
	}
	fmt.Fprintf(&b, "\n### %s: %s (%d %s)\n\n", t.Question, t.Tree, t.Rounds, rounds)
	writeAligned(&b, lines)
	b.WriteByte('\n')
	for _, row := range t.Rows {
		if row.Command != "" {
			fmt.Fprintf(&b, "- %s: `%s`\n", row.Name, row.Command)
		}
	}
	for _, n := range t.Notes {
		fmt.Fprintf(&b, "- %s\n", n)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cells returns a row's texts: its name, then each column's median and, when compared, its ratio.
func (t *Table) cells(row *Row) []string {
	texts := []string{row.Name}
	for _, c := range t.Columns {
		median, ok := row.Medians[c.Name]
		text := "-"
		if ok {
			text = c.Unit.format(median)
		}
		texts = append(texts, text)
		if !c.Compared {
			continue
		}
		text = "-"
		if r, ok := row.Ratios[c.Name]; ok {
			text = formatRatio(r)
		}
		texts = append(texts, text)
	}
	return texts
}

// writeAligned writes lines of cells as a Markdown table, the first line being its head:
// the first column to the left, the others to the right.
func writeAligned(b *strings.Builder, lines [][]string) {
	widths := make([]int, len(lines[0]))
	for _, cells := range lines {
		for i, cell := range cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell), 2)
		}
	}
	for n, cells := range lines {
		for i, cell := range cells {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				b.WriteString("| " + cell + pad + " |")
			} else {
				b.WriteString(" " + pad + cell + " |")
			}
		}
		b.WriteByte('\n')
		if n > 0 {
			continue
		}
		for i, width := range widths {
			if i == 0 {
				b.WriteString("|" + strings.Repeat("-", width+2) + "|")
			} else {
				b.WriteString(strings.Repeat("-", width+1) + ":|")
			}
		}
		b.WriteByte('\n')
	}
}

// Report is all of one run.
type Report struct {
	Machine   system.Machine `json:"machine"`
	LoadStart string         `json:"load_start"` // load averages of 1, 5 and 15 minutes
	LoadEnd   string         `json:"load_end"`
	Command   []string       `json:"command"` // how the tool was called
	Versions  []string       `json:"versions"`
	Tables    []*Table       `json:"tables"`
}

// WriteJSON writes the report as one indented object.
func (r *Report) WriteJSON(w io.Writer) error {
	for _, t := range r.Tables {
		t.finish()
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}
