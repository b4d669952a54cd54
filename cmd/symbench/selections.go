package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/symcache/symcache/cmd/symbench/internal/lspclient"
	"github.com/symcache/symcache/cmd/symbench/internal/pyrandom"
	"github.com/symcache/symcache/cmd/symbench/internal/report"
	"github.com/symcache/symcache/cmd/symbench/internal/selection"
	"github.com/symcache/symcache/cmd/symbench/internal/tree"
)

const (
	// selectionSeed draws the files, and selectionPlaces is how many places are asked about in each.
	selectionSeed, selectionPlaces = 17, 20

	// shownSelections is how many classes of differences a table names, of either kind.
	shownSelections = 12
)

// selection asks: how does expanding a selection agree with the language's own server?
func (b *bench) selection(ctx context.Context, t namedTree) (*report.Table, error) {
	table := &report.Table{
		Question: "expanding a selection", Tree: t.name, Rounds: 1,
		Columns: []report.Column{
			{Name: "files", Unit: report.Count}, {Name: "places", Unit: report.Count}, {Name: "equal", Unit: report.Share},
			{Name: "has all", Unit: report.Share}, {Name: "recall", Unit: report.Share}, {Name: "precision", Unit: report.Share},
		},
	}
	language, files, err := b.drawn(ctx, t, selectionSeed, halfTypedLeast, halfTypedMost)
	if err != nil || len(files) == 0 {
		table.Note("there are no such files of a known language")
		return table, err
	}
	own := &server{name: "symcache", program: b.symcache, args: serveArgs}
	var documents []*chainsOf
	for _, path := range files {
		d, err := drawPlaces(path)
		if err != nil {
			return nil, err
		}
		documents = append(documents, d)
	}
	ours, err := b.chains(ctx, own, t, language, documents)
	if err != nil {
		return nil, err
	}
	for _, s := range oncePerProgram(table, b.peerServers(t, &tree.Sample{Language: language})) {
		b.logf("%s, %s: %s", t.name, table.Question, s.name)
		theirs, err := b.chains(ctx, s, t, language, documents)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			table.Note("%s failed: %v", s.name, err)
			continue
		}
		sum := selection.New()
		for i, d := range documents {
			for j := range theirs[i] {
				sum.Add(relative(t, d.path), d.text, theirs[i][j], ours[i][j])
			}
		}
		row := table.AddRow(s.name, b.shown(append([]string{s.program}, s.args("CACHE")...)...))
		row.Samples = map[string][]float64{
			"files": {float64(len(files))}, "places": {float64(sum.Places)}, "equal": {sum.Equal()}, "has all": {sum.Having()},
			"recall": {sum.Recall()}, "precision": {sum.Precision()},
		}
		if sum.Silent > 0 {
			table.Note("%s says nothing about %d places more", s.name, sum.Silent)
		}
		for _, line := range sum.Differences(shownSelections) {
			table.Note("%s: %s", s.name, line)
		}
	}
	return table, nil
}

// chainsOf is a file and the places in it that are asked about.
type chainsOf struct {
	path, text string
	places     []selection.Position
}

// drawPlaces draws places in a file that are neither blanks nor on lines of comments, always the same.
func drawPlaces(path string) (*chainsOf, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d := &chainsOf{path: path, text: string([]rune(string(content)))} // valid UTF-8
	var places []selection.Position
	lines := strings.Split(d.text, "\n")
	code := selection.Code(lines)
	for i, line := range lines {
		if !code[i] {
			continue
		}
		column := 0
		for _, r := range line {
			if !unicode.IsSpace(r) {
				places = append(places, selection.Position{Line: i, Character: column})
			}
			column += utf16.RuneLen(r)
		}
	}
	d.places = pyrandom.Sample(pyrandom.New(selectionSeed), places, min(selectionPlaces, len(places)))
	return d, nil
}

// chains asks a server about all places: by document, and by place.
func (b *bench) chains(ctx context.Context, s *server, t namedTree, language tree.Language, documents []*chainsOf) (
	chains [][]*selection.Chain, err error) {
	cache, err := b.dir("selections-*")
	if err != nil {
		return nil, err
	}
	defer b.remove(cache)
	o, err := startOutliner(ctx, s, t.dir, cache, language)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.client.Close()) }()
	for _, d := range documents {
		list, err := chainsIn(ctx, o, d)
		if err != nil {
			return nil, err
		}
		chains = append(chains, list)
	}
	return chains, nil
}

// chainsIn asks a server about the places of one document, which is open for this only.
func chainsIn(ctx context.Context, o *outliner, d *chainsOf) ([]*selection.Chain, error) {
	ctx, cancel := context.WithTimeout(ctx, outlineWait)
	defer cancel()
	document, err := o.client.Open(d.path, o.language.ID(d.path), d.text)
	if err != nil {
		return nil, err
	}
	list := make([]*selection.Chain, len(d.places))
	for i, place := range d.places {
		var answer []*selection.Chain
		var refused *lspclient.ResponseError
		if err := document.Selections(ctx, []selection.Position{place}, &answer); err != nil && !errors.As(err, &refused) {
			return nil, err
		}
		if len(answer) > 0 {
			list[i] = answer[0]
		}
	}
	return list, document.Close()
}
