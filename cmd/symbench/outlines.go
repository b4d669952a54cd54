package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/symcache/symcache/cmd/symbench/internal/lspclient"
	"github.com/symcache/symcache/cmd/symbench/internal/outline"
	"github.com/symcache/symcache/cmd/symbench/internal/pyrandom"
	"github.com/symcache/symcache/cmd/symbench/internal/report"
	"github.com/symcache/symcache/cmd/symbench/internal/system"
	"github.com/symcache/symcache/cmd/symbench/internal/tree"
)

const (
	// fidelityMost is the size of files whose outlines are compared, in bytes: generated tables of more say one
	// thing many times.
	fidelityMost = 300_000

	// halfTypedLeast and halfTypedMost are the sizes of files that are edited: those that people edit.
	halfTypedLeast, halfTypedMost = 800, 100_000

	// fidelitySeed and halfTypedSeed draw the files, always the same from the same tree.
	fidelitySeed, halfTypedSeed = 11, 5

	// outlineWait is how long a server may take for one outline; the first one of gopls waits for its load.
	outlineWait = 2 * time.Minute

	// shownDifferences is how many differences, and edits that lose something, a table names.
	shownDifferences = 6
)

// drawn returns the language of most files of a tree, and some of its files, sorted.
func (b *bench) drawn(ctx context.Context, t namedTree, seed uint32, least, limit int64) (tree.Language, []string, error) {
	language, files, err := tree.Files(ctx, t.dir, least, limit)
	if err != nil {
		return "", nil, err
	}
	files = pyrandom.Sample(pyrandom.New(seed), files, min(b.files, len(files)))
	slices.Sort(files)
	return language, files, nil
}

// oncePerProgram leaves out servers that differ in their cache alone, and notes those that are not installed.
func oncePerProgram(table *report.Table, servers []*server) (list []*server) {
	for _, s := range servers {
		name, _, _ := strings.Cut(s.name, ",")
		switch {
		case s.program == "":
			table.Note("%s is not installed, left out", name)
		case len(list) == 0 || list[len(list)-1].program != s.program:
			only := *s
			only.name = name
			list = append(list, &only)
		}
	}
	return list
}

// outliner asks one server for the outlines of texts.
type outliner struct {
	client   *lspclient.Client
	language tree.Language
}

// startOutliner starts a server in a directory; its cache is another one.
func startOutliner(ctx context.Context, s *server, dir, cache string, language tree.Language) (*outliner, error) {
	var env []string
	if s.env != nil {
		env = s.env(cache)
	}
	client, err := lspclient.Start(system.Command(ctx, dir, env, s.program, s.args(cache)...))
	if err != nil {
		return nil, err
	}
	o := &outliner{client, language}
	starting, cancel := context.WithTimeout(ctx, outlineWait)
	defer cancel()
	if err := client.Initialize(starting, dir, s.options); err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return o, nil
}

// outline returns the outline of a text, as that of a document which is open for this only.
func (o *outliner) outline(ctx context.Context, path, text string) (symbols []outline.Symbol, err error) {
	ctx, cancel := context.WithTimeout(ctx, outlineWait)
	defer cancel()
	document, err := o.client.Open(path, o.language.ID(path), text)
	if err != nil {
		return nil, err
	}
	var refused *lspclient.ResponseError
	if err = document.Outline(ctx, &symbols); errors.As(err, &refused) {
		err = nil // of a text with errors, say: there is no outline
	}
	return symbols, errors.Join(err, document.Close())
}

// fidelity asks: how do outlines agree with those of the language's own server?
func (b *bench) fidelity(ctx context.Context, t namedTree) (*report.Table, error) {
	table := &report.Table{
		Question: "outlines beside other servers", Tree: t.name, Rounds: 1,
		Columns: []report.Column{
			{Name: "files", Unit: report.Count}, {Name: "symbols", Unit: report.Count}, {Name: "precision", Unit: report.Share},
			{Name: "recall", Unit: report.Share}, {Name: "selection", Unit: report.Share},
			{Name: "decided", Unit: report.Share}, {Name: "agreement", Unit: report.Share},
		},
	}
	language, files, err := b.drawn(ctx, t, fidelitySeed, -1, fidelityMost)
	if err != nil || len(files) == 0 {
		table.Note("there are no such files of a known language")
		return table, err
	}
	ours, err := b.ownOutlines(ctx, files)
	if err != nil {
		return nil, err
	}
	add := func(name, command string, f *outline.Fidelity) {
		row := table.AddRow(name, command)
		for column, value := range map[string]float64{
			"files": float64(f.Files), "symbols": float64(f.Symbols()), "precision": f.Precision(), "recall": f.Recall(),
			"selection": f.Selection(), "decided": f.Decided(), "agreement": f.Agreement(),
		} {
			row.Samples[column] = []float64{value}
		}
		for _, line := range f.Differences(shownDifferences) {
			table.Note("%s: %s", name, line)
		}
	}
	for _, s := range oncePerProgram(table, b.peerServers(t, &tree.Sample{Language: language})) {
		b.logf("%s, %s: %s", t.name, table.Question, s.name)
		f, err := b.fidelityTo(ctx, s, t, language, files, ours)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			table.Note("%s failed: %v", s.name, err)
		default:
			add(s.name, b.shown(append([]string{s.program}, s.args("CACHE")...)...), f)
		}
	}
	if b.peers["ctags"] == "" {
		table.Note("ctags is not installed, left out")
	} else {
		f, err := b.fidelityToCtags(ctx, t, language, files, ours)
		if err != nil {
			return nil, err
		}
		row := table.AddRow("ctags", b.shown(append([]string{b.peers["ctags"]}, ctagsArgs(language)...)...))
		row.Samples = map[string][]float64{"files": {float64(f.files)}, "symbols": {float64(f.symbols)}, "recall": {f.recall()}}
		for _, line := range f.missing {
			table.Note("ctags: %s", line)
		}
	}
	table.Note("files with most of the tree's files' language, %s; recall is the share of that server's symbols that symcache has, "+
		"precision the share of symcache's that the server has", language)
	return table, nil
}

// ownOutlines returns the outlines of files as "symcache symbols" prints them.
func (b *bench) ownOutlines(ctx context.Context, files []string) (map[string][]outline.Symbol, error) {
	outlines := make(map[string][]outline.Symbol)
	for _, path := range files {
		_, out, err := system.Run(system.Command(ctx, b.temp, nil, b.symcache, "symbols", "--json", path))
		if err != nil {
			return nil, fmt.Errorf("outline of %s: %w", path, err)
		}
		var symbols []outline.Symbol
		if err := decode(out, &symbols); err != nil {
			return nil, err
		}
		outlines[path] = symbols
	}
	return outlines, nil
}

// fidelityTo compares outlines with those of a server.
func (b *bench) fidelityTo(ctx context.Context, s *server, t namedTree, language tree.Language, files []string,
	ours map[string][]outline.Symbol) (f *outline.Fidelity, err error) {
	cache, err := b.dir("outlines-*")
	if err != nil {
		return nil, err
	}
	defer b.remove(cache)
	o, err := startOutliner(ctx, s, t.dir, cache, language)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.client.Close()) }()
	f = outline.NewFidelity(decidedDifferences()[language])
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		theirs, err := o.outline(ctx, path, string(text))
		if err != nil {
			return nil, err
		}
		f.Add(relative(t, path), theirs, ours[path], false)
	}
	return f, nil
}

// halftyped asks: how much of an outline survives half-typed code?
func (b *bench) halftyped(ctx context.Context, t namedTree) (*report.Table, error) {
	table := &report.Table{
		Question: "half-typed code", Tree: t.name, Rounds: 1,
		Columns: []report.Column{
			{Name: "files", Unit: report.Count}, {Name: "edits", Unit: report.Count}, {Name: "kept", Unit: report.Share},
			{Name: "edits that lose any", Unit: report.Share}, {Name: "invented", Unit: report.Share},
		},
	}
	language, files, err := b.drawn(ctx, t, halfTypedSeed, halfTypedLeast, halfTypedMost)
	if err != nil || len(files) == 0 {
		table.Note("there are no such files of a known language")
		return table, err
	}
	var own []*server
	for _, p := range b.programs() {
		own = append(own, &server{name: p.name, program: p.path, args: serveArgs})
	}
	for i, s := range append(own, oncePerProgram(table, b.peerServers(t, &tree.Sample{Language: language}))...) {
		b.logf("%s, %s: %s", t.name, table.Question, s.name)
		h, err := b.halfTypedOf(ctx, s, t, language, files)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil && i == 0:
			return nil, err
		case err != nil:
			table.Note("%s failed: %v", s.name, err)
			continue
		}
		row := table.AddRow(s.name, b.shown(append([]string{s.program}, s.args("CACHE")...)...))
		row.Samples = map[string][]float64{
			"files": {float64(len(files))}, "edits": {float64(h.Edits)}, "kept": {h.Kept()}, "edits that lose any": {h.Losing()}, "invented": {h.Invented()},
		}
		table.Note("%s: edits that lose any: %s", s.name, h.ByKind())
		for _, line := range h.Worst(shownDifferences) {
			table.Note("%s: %s", s.name, line)
		}
	}
	return table, nil
}

// halfTypedOf makes edits of files, and asks a server for outlines before and after each. The files lie in no tree.
func (b *bench) halfTypedOf(ctx context.Context, s *server, t namedTree, language tree.Language, files []string) (h *outline.HalfTyped, err error) {
	dir, err := b.dir("halftyped-*")
	if err != nil {
		return nil, err
	}
	defer b.remove(dir)
	place := filepath.Join(dir, "tree")
	if err := os.Mkdir(place, 0o700); err != nil {
		return nil, err
	}
	o, err := startOutliner(ctx, s, place, filepath.Join(dir, "cache"), language)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.client.Close()) }()
	h = outline.NewHalfTyped()
	opened := 0
	ask := func(path, text string) ([]outline.Symbol, error) {
		opened++
		return o.outline(ctx, filepath.Join(place, fmt.Sprintf("f%d%s", opened, filepath.Ext(path))), text)
	}
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		text := string([]rune(string(content))) // valid UTF-8
		before, err := ask(path, text)
		if err != nil {
			return nil, err
		}
		seed := "/" + filepath.ToSlash(relative(t, path))
		for _, edit := range outline.Edits(seed, text, b.edits) {
			after, err := ask(path, edit.Text)
			if err != nil {
				return nil, err
			}
			h.Add(relative(t, path), edit, before, after)
		}
	}
	return h, nil
}
