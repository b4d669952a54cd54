package report

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		samples []float64
		want    float64
	}{
		{nil, math.NaN()},
		{[]float64{3}, 3},
		{[]float64{9, 1}, 5},
		{[]float64{9, 1, 2}, 2},
		{[]float64{4, 100, 1, 2}, 3},
	} {
		if got := Median(test.samples); !cmp.Equal(got, test.want, cmpopts.EquateNaNs()) {
			t.Errorf("Median(%v) = %v, want %v", test.samples, got, test.want)
		}
	}
	samples := []float64{3, 1, 2}
	Median(samples)
	if diff := cmp.Diff([]float64{3, 1, 2}, samples); diff != "" {
		t.Errorf("Median changed the order of rounds:\n%s", diff)
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	var hundred []float64
	for i := 100; i >= 1; i-- {
		hundred = append(hundred, float64(i))
	}
	for _, test := range []struct {
		samples []float64
		p       float64
		want    float64
	}{
		{nil, 50, math.NaN()},
		{[]float64{7}, 0, 7},
		{[]float64{7}, 99, 7},
		{[]float64{1, 2}, 50, 1},
		{[]float64{1, 2}, 51, 2},
		{hundred, 50, 50},
		{hundred, 99, 99},
		{hundred, 99.5, 100},
		{hundred, 100, 100},
	} {
		if got := Percentile(test.samples, test.p); !cmp.Equal(got, test.want, cmpopts.EquateNaNs()) {
			t.Errorf("Percentile(%v, %v) = %v, want %v", test.samples, test.p, got, test.want)
		}
	}
}

// Rounds are compared with each other: here the machine was ten times slower in the second one.
func TestRatio(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name          string
		samples, base []float64
		want          float64
	}{
		{"paired", []float64{2, 20, 3}, []float64{1, 10, 1}, 2},
		{"not paired", []float64{4}, []float64{1, 2, 3}, 2},
		{"nothing", nil, nil, math.NaN()},
		{"to zero", []float64{4}, []float64{0}, math.NaN()},
	} {
		if got := Ratio(test.samples, test.base); !cmp.Equal(got, test.want, cmpopts.EquateNaNs()) {
			t.Errorf("%s: Ratio(%v, %v) = %v, want %v", test.name, test.samples, test.base, got, test.want)
		}
	}
}

func TestUnits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		unit  Unit
		value float64
		want  string
	}{
		{Seconds, 0, "0 s"},
		{Seconds, 12e-6, "12.0 us"},
		{Seconds, 0.0301, "30.1 ms"},
		{Seconds, 12.345, "12.3 s"},
		{Seconds, 99.96, "100 s"},
		{Bytes, 999, "999 B"},
		{Bytes, 2048, "2048 B"},
		{Bytes, 12_100, "12.1 kB"},
		{Bytes, 354e6, "354 MB"},
		{Bytes, 1.5e9, "1.50 GB"},
		{ByteRate, 40e6, "40.0 MB/s"},
		{PerSecond, 53_000, "53,000/s"},
		{Count, 1_000_000, "1,000,000"},
		{Count, 100, "100"},
	} {
		if got := test.unit.format(test.value); got != test.want {
			t.Errorf("%s.format(%v) = %q, want %q", test.unit, test.value, got, test.want)
		}
	}
}

func exampleTable() *Table {
	t := &Table{
		Question: "cold warm-up", Tree: "tiny", Rounds: 2,
		Columns: []Column{{Name: "time", Unit: Seconds, Compared: true}, {Name: "disk", Unit: Bytes}},
	}
	a := t.AddRow("symcache", "symcache warm")
	a.Samples["time"] = []float64{1, 3}
	a.Samples["disk"] = []float64{20_000, 20_000}
	b := t.AddRow("ctags", "ctags -R")
	b.Samples["time"] = []float64{2, 3}
	t.AddRow("none", "")
	t.Note("none failed")
	t.Note("none failed")
	return t
}

func TestPrint(t *testing.T) {
	t.Parallel()
	const want = `
### cold warm-up: tiny (2 rounds)

|          |   time | ratio |    disk |
|----------|-------:|------:|--------:|
| symcache | 2.00 s | x1.00 | 20.0 kB |
| ctags    | 2.50 s | x1.50 |       - |
| none     |      - |     - |       - |

- symcache: ` + "`symcache warm`" + `
- ctags: ` + "`ctags -R`" + `
- none failed
`
	var b bytes.Buffer
	if err := exampleTable().Print(&b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("Print (-want +got):\n%s", diff)
	}
}

func TestWriteJSON(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := (&Report{Tables: []*Table{exampleTable()}}).WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var got Report
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	row := got.Tables[0].Rows[1]
	if diff := cmp.Diff(map[string][]float64{"time": {2, 3}}, row.Samples); diff != "" {
		t.Errorf("samples (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]float64{"time": 1.5}, row.Ratios); diff != "" {
		t.Errorf("ratios (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]float64{"time": 2.5}, row.Medians); diff != "" {
		t.Errorf("medians (-want +got):\n%s", diff)
	}
}
