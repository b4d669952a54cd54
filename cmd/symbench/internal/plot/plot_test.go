package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The drawing is valid XML, whatever is in a name, with a line and its points for each series.
func TestWriteSVG(t *testing.T) {
	t.Parallel()
	p := Plot{
		Title: `a <b> & "c"`, X: "files", Y: "seconds",
		Series: []Series{
			{Name: "one & <two>", Points: []Point{{1000, 0.01}, {1e6, 0.02}}},
			{Name: "three", Points: []Point{{1000, 2}}},
		},
	}
	var b bytes.Buffer
	if err := p.WriteSVG(&b); err != nil {
		t.Fatal(err)
	}
	elements, titles := map[string]int{}, []string{}
	for d := xml.NewDecoder(&b); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not XML: %v", err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		elements[start.Name.Local]++
		if start.Name.Local == "title" {
			token, err := d.Token()
			if err != nil {
				t.Fatal(err)
			}
			titles = append(titles, string(token.(xml.CharData)))
		}
	}
	if elements["svg"] != 1 || elements["polyline"] != 2 || elements["circle"] != 3+2 {
		t.Errorf("elements: %v", elements)
	}
	want := []string{`a <b> & "c"`, "one & <two>: 0.01 at 1000", "one & <two>: 0.02 at 1e+06", "three: 2 at 1000"}
	if diff := cmp.Diff(want, titles); diff != "" {
		t.Errorf("titles (-want +got):\n%s", diff)
	}
}

func TestNoPoints(t *testing.T) {
	t.Parallel()
	for _, points := range [][]Point{nil, {{0, 1}}, {{1, -1}}, {{1, math.NaN()}}, {{math.Inf(1), 1}}} {
		p := Plot{Series: []Series{{Points: points}}}
		if err := p.WriteSVG(io.Discard); !errors.Is(err, ErrNoPoints) {
			t.Errorf("%v: %v", points, err)
		}
	}
}

func TestAxis(t *testing.T) {
	t.Parallel()
	a := newAxis([]float64{20, 3000}, 0, 300)
	for value, want := range map[float64]float64{10: 0, 100: 100, 10_000: 300} {
		if got := a.place(value); math.Abs(got-want) > 1e-9 {
			t.Errorf("place(%v) = %v, want %v", value, got, want)
		}
	}
	if same := newAxis([]float64{100, 100}, 0, 1); same.high != same.low+1 {
		t.Errorf("an axis of one value spans %d to %d", same.low, same.high)
	}
}

func TestTick(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		exponent int
		unit     string
		want     string
	}{
		{3, "files", "1000"}, {-1, "files", "0.1"}, {1, "seconds", "10 s"}, {0, "seconds", "1 s"},
		{-1, "seconds", "100 ms"}, {-3, "seconds", "1 ms"}, {-5, "seconds", "10 us"}, {-7, "seconds", "0.1 us"},
	} {
		if got := tick(test.exponent, test.unit); got != test.want {
			t.Errorf("tick(%d, %q) = %q, want %q", test.exponent, test.unit, got, test.want)
		}
	}
}
