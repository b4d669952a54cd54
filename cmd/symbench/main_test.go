package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/cmd/symbench/internal/baseline"
	"github.com/symcache/symcache/cmd/symbench/internal/report"
	"github.com/symcache/symcache/cmd/symbench/internal/tree"
)

// TestMain lets the test binary stand in for symbench where that runs itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == childCommand || os.Args[1] == echoCommand) {
		if err := run(context.Background(), os.Args[1:], os.Stdout, os.Stderr); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func TestParseFlags(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	parse := func(args ...string) (*config, error) {
		return parseFlags(append([]string{"--symcache", self}, args...), io.Discard)
	}
	c, err := parse("--before", self, "--tree", "x="+dir, "--rounds", "5", "--questions", "warm,store", "--gopls", self, "--plot-sizes", "10,1_000")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.trees) != 1 || c.trees[0].name != "x" || len(c.synthetic) != 0 || c.rounds != 5 || c.before != self || c.peers["gopls"] != self {
		t.Errorf("config %+v", c)
	}
	if diff := cmp.Diff([]int{10, 1000}, c.sizes); diff != "" {
		t.Errorf("sizes (-want +got):\n%s", diff)
	}
	if c, err = parse(); err != nil || len(c.synthetic) != 1 || slices.Contains(c.questions, "growth") {
		t.Errorf("defaults: %+v, %v", c, err)
	}
	if c, err = parse("--plot", "x.svg"); err != nil || !slices.Equal(c.questions, questions()) {
		t.Errorf("with a plot: %+v, %v", c, err)
	}
	if c, err = parse("--short", "--tree", "x="+dir); err != nil || c.rounds != 1 || len(c.trees) != 0 {
		t.Errorf("short: %+v, %v", c, err)
	}
	if c, err = parse("--check", "x.json"); err != nil || c.rounds != checkRounds || !slices.Equal(c.questions, checkQuestions()) {
		t.Errorf("check: %+v, %v", c, err)
	}
	if c, err = parse("--check", "x.json", "--rounds", "9", "--questions", "latency"); err != nil || c.rounds != 9 || len(c.questions) != 1 {
		t.Errorf("check of one question: %+v, %v", c, err)
	}
	for _, args := range [][]string{
		{"--update-baseline"}, {"--tree", dir}, {"--tree", "x=" + filepath.Join(dir, "none")}, {"--synthetic", "1"}, {"--synthetic", "many"},
		{"--questions", "why"}, {"--rounds", "0"}, {"word"}, {"--files", "0"}, {"--edits", "0"}, {"--before", filepath.Join(dir, "none")}, {"--symcache", filepath.Join(dir, "none")},
	} {
		if _, err := parse(args...); err == nil {
			t.Errorf("no error for %v", args)
		}
	}
}

func TestCtagsTotals(t *testing.T) {
	t.Parallel()
	got, err := ctagsTotals([]byte("1794 files, 861294 lines (30922 kB) scanned in 0.7 seconds (41608 kB/s)\n87257 tags added\n"))
	if want := (tree.Totals{Files: 1794, Bytes: 30922 << 10}); err != nil || got != want {
		t.Errorf("ctagsTotals = %+v, %v, want %+v", got, err, want)
	}
	if _, err := ctagsTotals([]byte("no such option")); err == nil {
		t.Error("no error for other output")
	}
}

// Contestants take turns; one that fails is said to and does not run again; directories are new, and gone
// at the end.
func TestCompare(t *testing.T) {
	t.Parallel()
	b := &bench{config: &config{rounds: 3}, temp: t.TempDir(), log: io.Discard}
	var order []string
	contest := func(name string, fails bool) contestant {
		return contestant{name: name, run: func(_ context.Context, dir string) (figures, error) {
			order = append(order, name)
			if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
				t.Errorf("directory: %v, %v", entries, err)
			}
			if fails {
				return nil, errors.New("broken")
			}
			return figures{"time": float64(len(order))}, os.WriteFile(filepath.Join(dir, "x"), nil, 0o600)
		}}
	}
	table := &report.Table{}
	err := b.compare(t.Context(), table, []contestant{contest("a", false), contest("b", true), contest("c", false)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "a", "c", "a", "c"}, order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{1, 4, 6}, table.Rows[0].Samples["time"]); diff != "" {
		t.Errorf("samples (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"b failed: broken"}, table.Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
	if left, err := os.ReadDir(b.temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if err := b.compare(t.Context(), &report.Table{}, []contestant{contest("b", true)}); err == nil {
		t.Error("no error when what the others are compared to fails")
	}
}

// Until asks again after an empty answer, and gives up at the end of its time.
func TestUntil(t *testing.T) {
	t.Parallel()
	asked := 0
	err := until(t.Context(), func() (bool, error) {
		asked++
		return asked == 3, nil
	})
	if err != nil || asked != 3 {
		t.Errorf("asked %d times, %v", asked, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*askAgain)
	defer cancel()
	if err := until(ctx, func() (bool, error) { return false, nil }); !errors.Is(err, errNoAnswer) {
		t.Errorf("error of a server that never answers: %v", err)
	}
	if err := until(t.Context(), func() (bool, error) { return false, io.EOF }); !errors.Is(err, io.EOF) {
		t.Errorf("error of a server that has gone: %v", err)
	}
}

func installed(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

// The whole tool, on symcache as it is built from this checkout.
func TestShort(t *testing.T) {
	if testing.Short() {
		t.Skip("builds symcache")
	}
	t.Parallel()
	dir := t.TempDir()
	symcache := filepath.Join(dir, "symcache")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // the first build compiles the grammars
	defer cancel()
	build := exec.CommandContext(ctx, "go", "build", "-o", symcache, "./cmd/symcache")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	jsonFile, plotFile := filepath.Join(dir, "out.json"), filepath.Join(dir, "out.svg")
	var out, log bytes.Buffer
	err := run(ctx, []string{"--short", "--timeout", "2m", "--symcache", symcache, "--before", symcache, "--json", jsonFile, "--plot", plotFile}, &out, &log)
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	var r report.Report
	body, err := os.ReadFile(jsonFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &r); err != nil {
		t.Fatal(err)
	}
	var asked []string
	for _, table := range r.Tables {
		asked = append(asked, table.Question)
		if !strings.Contains(out.String(), "### "+table.Question+": ") {
			t.Errorf("%s was not printed", table.Question)
		}
		if len(table.Rows) == 0 && len(table.Notes) > 0 {
			continue // the peer that it is about is not installed, which the note says
		}
		for _, column := range table.Columns {
			if table.Question == "outlines beside other servers" && !installed("gopls") && !slices.Contains([]string{"files", "symbols", "recall"}, column.Name) {
				continue // ctags gives names alone
			}
			measured := func(r *report.Row) bool { return len(r.Samples[column.Name]) > 0 }
			if !slices.ContainsFunc(table.Rows, measured) {
				t.Errorf("%s: nothing measured of %s", table.Question, column.Name)
			}
		}
	}
	want := []string{"cold warm-up", "unchanged tree", "as a client sees it", "beside a cold scan", "latency of each method",
		"outlines beside other servers", "half-typed code", "expanding a selection", "growth", "store, 2 KiB values"}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("questions (-want +got):\n%s", diff)
	}
	// What --check compares is measured, but for growth, whose rows are named by the size of the tree, and absent peers.
	ratios := baseline.Measure(metricsOf(checkQuestions()), r.Tables)
	for _, m := range metricsOf([]string{"warm", "unchanged", "latency"}) {
		absent := strings.HasSuffix(m.Name, "to ctags") && !installed("ctags") || strings.HasSuffix(m.Name, "to git status") && !installed("git")
		if ratios[m.Name] == 0 && !absent {
			t.Errorf("nothing measured of %q", m.Name)
		}
	}
	if svg, err := os.ReadFile(plotFile); err != nil || !bytes.HasPrefix(svg, []byte("<svg ")) {
		t.Errorf("plot: %.20q, %v", svg, err)
	}
}
