// Package plot draws lines over two logarithmic axes as SVG: one file, no scripts, readable on
// light and dark backgrounds.
package plot

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Point is one measurement; both parts are above 0.
type Point struct{ X, Y float64 }

// Series is a line with its name.
type Series struct {
	Name   string
	Points []Point // in ascending order of X
}

// Plot is a drawing.
type Plot struct {
	Title, Note string
	X, Y        string // names of the axes
	Series      []Series
}

// Lengths in SVG's user units, pixels at its natural size.
const (
	width, height = 760, 460
	left, right   = 70, 190 // margins; names of lines stand in the right one
	top, bottom   = 56, 60
	lineHeight    = 16 // of the names, which must not overlap
)

// style follows the reader's colour scheme: dark text on nothing, or light text. The colours
// of lines (after Okabe and Ito, for colour-blind readers) are told apart on both, and each line
// has a dash pattern of its own as well.
const style = `
text { font: 12px system-ui, sans-serif; fill: #222 }
.title { font-size: 15px; font-weight: 600 }
.grid { stroke: #8888; stroke-width: 0.5 }
.axis { stroke: #888; stroke-width: 1 }
.line { fill: none; stroke-width: 2 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } }
`

func colours() []string {
	return []string{"#0072b2", "#d55e00", "#009e73", "#888888", "#cc79a7", "#b8a000"}
}

func dashes() []string { return []string{"none", "8 3", "2 3", "12 3 2 3", "5 5", "1 5"} }

// ErrNoPoints is returned for a plot without points, or with one that has no place on
// a logarithmic axis.
var ErrNoPoints = errors.New("plot: no points, or not above zero")

// axis maps values between whole powers of ten to places between from and to.
type axis struct {
	low, high int // exponents
	from, to  float64
}

func newAxis(values []float64, from, to float64) axis {
	low := int(math.Floor(math.Log10(slices.Min(values))))
	high := int(math.Ceil(math.Log10(slices.Max(values))))
	return axis{low: low, high: max(high, low+1), from: from, to: to}
}

func (a axis) place(value float64) float64 {
	return a.from + (a.to-a.from)*(math.Log10(value)-float64(a.low))/float64(a.high-a.low)
}

// WriteSVG draws the plot.
func (p *Plot) WriteSVG(w io.Writer) error {
	var xs, ys []float64
	for _, s := range p.Series {
		for _, point := range s.Points {
			if !(point.X > 0 && point.Y > 0) || math.IsInf(point.X, 0) || math.IsInf(point.Y, 0) {
				return ErrNoPoints
			}
			xs, ys = append(xs, point.X), append(ys, point.Y)
		}
	}
	if len(xs) == 0 {
		return ErrNoPoints
	}
	x, y := newAxis(xs, left, width-right), newAxis(ys, height-bottom, top)

	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img">`+"\n",
		width, height, width, height)
	fmt.Fprintf(&b, "<title>%s</title>\n<style>%s</style>\n", escape(p.Title), style)
	text(&b, left, 24, "start", "title", p.Title)
	text(&b, left, 42, "start", "note", p.Note)
	p.grid(&b, x, y)
	for i, s := range p.Series {
		drawSeries(&b, s, i, x, y)
	}
	p.names(&b, y)
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// grid draws a line and a label at each power of ten.
func (p *Plot) grid(b *strings.Builder, x, y axis) {
	for e := x.low; e <= x.high; e++ {
		at := x.place(math.Pow10(e))
		line(b, "grid", at, y.from, at, y.to)
		text(b, at, y.from+18, "middle", "label", tick(e, ""))
	}
	for e := y.low; e <= y.high; e++ {
		at := y.place(math.Pow10(e))
		line(b, "grid", x.from, at, x.to, at)
		text(b, x.from-8, at+4, "end", "label", tick(e, p.Y))
	}
	line(b, "axis", x.from, y.from, x.to, y.from)
	line(b, "axis", x.from, y.from, x.from, y.to)
	text(b, (x.from+x.to)/2, y.from+40, "middle", "label", p.X)
}

// tick labels a power of ten: as a time when the axis counts seconds.
func tick(exponent int, unit string) string {
	value := math.Pow10(exponent)
	switch {
	case unit != "seconds":
		return strconv.FormatFloat(value, 'f', max(0, -exponent), 64)
	case exponent < -3:
		return strconv.FormatFloat(value*1e6, 'f', max(0, -exponent-6), 64) + " us"
	case exponent < 0:
		return strconv.FormatFloat(value*1e3, 'f', 0, 64) + " ms"
	default:
		return strconv.FormatFloat(value, 'f', 0, 64) + " s"
	}
}

func drawSeries(b *strings.Builder, s Series, number int, x, y axis) {
	colour := colours()[number%len(colours())]
	var points []string
	for _, p := range s.Points {
		points = append(points, fmt.Sprintf("%.1f,%.1f", x.place(p.X), y.place(p.Y)))
	}
	fmt.Fprintf(b, `<polyline class="line" stroke="%s" stroke-dasharray="%s" points="%s"/>`+"\n",
		colour, dashes()[number%len(dashes())], strings.Join(points, " "))
	for _, p := range s.Points {
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"><title>%s: %s at %g</title></circle>`+"\n",
			x.place(p.X), y.place(p.Y), colour, escape(s.Name), strconv.FormatFloat(p.Y, 'g', 3, 64), p.X)
	}
}

// names writes each line's name beside its end, moved down where two would overlap.
func (p *Plot) names(b *strings.Builder, y axis) {
	type label struct {
		name, colour string
		at           float64
	}
	var labels []label
	for i, s := range p.Series {
		if len(s.Points) > 0 {
			end := s.Points[len(s.Points)-1]
			labels = append(labels, label{s.Name, colours()[i%len(colours())], y.place(end.Y)})
		}
	}
	slices.SortStableFunc(labels, func(a, b label) int { return cmp.Compare(a.at, b.at) })
	lowest := math.Inf(-1)
	for _, l := range labels {
		lowest = max(l.at, lowest+lineHeight)
		fmt.Fprintf(b, `<circle cx="%d" cy="%.1f" r="4" fill="%s"/>`+"\n", width-right+14, lowest, l.colour)
		text(b, width-right+24, lowest+4, "start", "label", l.name)
	}
}

func line(b *strings.Builder, class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(b, `<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`+"\n", class, x1, y1, x2, y2)
}

func text(b *strings.Builder, x, y float64, anchor, class, s string) {
	fmt.Fprintf(b, `<text class="%s" x="%.1f" y="%.1f" text-anchor="%s">%s</text>`+"\n", class, x, y, anchor, escape(s))
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // ignore error: a Builder takes everything
	return b.String()
}
