package baseline

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/cmd/symbench/internal/report"
)

func metrics() []Metric {
	return []Metric{
		{Name: "warm", Question: "warm", Of: Cell{"ours", "time"}, To: Cell{"peer", "time"}},
		{Name: "again", Question: "warm", Of: Cell{"ours", "again"}, To: Cell{"peer", "time"}},
		{Name: "hover", Question: "latency", Of: Cell{"hover", "of echo"}},
		{Name: "ctags", Question: "warm", Of: Cell{"ours", "time"}, To: Cell{"ctags", "time"}},
	}
}

// tables has rounds of which the second was slow for everybody.
func tables() []*report.Table {
	warm := &report.Table{Question: "warm"}
	ours, peer := warm.AddRow("ours", ""), warm.AddRow("peer", "")
	ours.Samples["time"] = []float64{2, 40, 3}
	ours.Samples["again"] = []float64{1, 10, 1}
	peer.Samples["time"] = []float64{1, 20, 1}
	latency := &report.Table{Question: "latency"}
	latency.AddRow("hover", "").Samples["of echo"] = []float64{3, 1, 2}
	return []*report.Table{warm, latency}
}

// Ratios are taken round by round; one to a peer that is not there is left out.
func TestMeasure(t *testing.T) {
	t.Parallel()
	want := map[string]float64{"warm": 2, "again": 1, "hover": 2}
	if diff := cmp.Diff(want, Measure(metrics(), tables())); diff != "" {
		t.Errorf("ratios (-want +got):\n%s", diff)
	}
}

// A metric is slower from a fifth on. Faster is never slower, nor is what is new or was not measured.
func TestSlowerByAFifth(t *testing.T) {
	t.Parallel()
	b := Baseline{Ratios: map[string]float64{"warm": 1, "again": 1, "hover": 1, "gone": 1}}
	for name, test := range map[string]struct {
		now  map[string]float64
		want []string
	}{
		"the same":         {map[string]float64{"warm": 1, "again": 1, "hover": 1}, nil},
		"within tolerance": {map[string]float64{"warm": 1.19, "again": 1.2, "hover": 0.1}, nil},
		"two are slower":   {map[string]float64{"hover": 1.21, "warm": 2, "again": 1}, []string{"warm", "hover"}},
		"new":              {map[string]float64{"ctags": 100}, nil},
		"nothing measured": {nil, nil},
	} {
		if diff := cmp.Diff(test.want, b.Slower(metrics(), test.now)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What is slow in one of two measurements only was disturbed.
func TestBestOfTwo(t *testing.T) {
	t.Parallel()
	got := Best(map[string]float64{"warm": 3, "hover": 1, "again": 5}, map[string]float64{"warm": 1, "hover": 2})
	if diff := cmp.Diff(map[string]float64{"warm": 1, "hover": 1, "again": 5}, got); diff != "" {
		t.Errorf("best (-want +got):\n%s", diff)
	}
}

func TestPrintNamesWhatIsSlower(t *testing.T) {
	t.Parallel()
	b := Baseline{Machine: "a machine", Ratios: map[string]float64{"warm": 1, "hover": 1, "ctags": 2}}
	var text bytes.Buffer
	if err := b.Print(&text, metrics(), map[string]float64{"warm": 1.5, "hover": 0.5, "again": 1}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a machine", "SLOWER by 50 %", "faster by 100 %", "not in the baseline", "not measured"} {
		if strings.Count(text.String(), want) != 1 {
			t.Errorf("%q is not there once:\n%s", want, text.String())
		}
	}
}

// A baseline is read as it was written, and a file that is none is an error.
func TestReadWhatWasWritten(t *testing.T) {
	t.Parallel()
	want := Baseline{Machine: "m", Ratios: map[string]float64{"warm": 1.235}}
	var text bytes.Buffer
	if err := (Baseline{Machine: "m", Ratios: map[string]float64{"warm": 1.23456}}).Write(&text); err != nil {
		t.Fatal(err)
	}
	got, err := Read(&text)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("read (-want +got):\n%s%v", diff, err)
	}
	for _, text := range []string{"", "[]", `{"tables":[]}`} {
		if _, err := Read(strings.NewReader(text)); err == nil {
			t.Errorf("no error for %q", text)
		}
	}
}
