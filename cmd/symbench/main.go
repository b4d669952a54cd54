// Symbench measures symcache beside its peers: on the same trees, in one run, taking turns.
// It prints one table per question, with medians and ratios. See README.md.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/symcache/symcache/cmd/symbench/internal/report"
	"github.com/symcache/symcache/cmd/symbench/internal/system"
)

// questions returns all there is to ask, in the order it is asked.
func questions() []string {
	return []string{"warm", "unchanged", "client", "beside", "latency", "fidelity", "halftyped", "selection", "growth", "store"}
}

// namedTree is a source tree to measure on.
type namedTree struct {
	name string
	dir  string // absolute, without symbolic links
}

// config is what the flags say.
type config struct {
	symcache  string
	before    string            // another symcache to compare with; "" for none
	peers     map[string]string // programs by name; "" when not installed
	trees     []namedTree
	synthetic []int // numbers of files
	sizes     []int // of the growth question
	questions []string
	rounds    int
	short     bool
	timeout   time.Duration // of a first answer
	peerFiles int           // trees with more files are too much for language servers
	jsonFile  string
	plotFile  string
	files     int // of fidelity, halftyped and selection
	edits     int // of each file of halftyped

	baseline       string // a file to compare with; "" for none
	updateBaseline bool   // write that file
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "symbench:", err)
		}
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && args[0] == childCommand {
		return runChild(ctx, args[1:], stdout)
	}
	if len(args) == 1 && args[0] == echoCommand {
		return runEcho(ctx, os.Stdin, os.Stdout)
	}
	c, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "symbench-*")
	if err != nil {
		return err
	}
	b := &bench{config: c, temp: temp, out: stdout, log: stderr}
	b.report.Command = append([]string{"symbench"}, args...)
	err = b.run(ctx)
	if removeErr := os.RemoveAll(temp); removeErr != nil {
		err = errors.Join(err, fmt.Errorf("clean up: %w", removeErr))
	}
	return err
}

// peerPrograms returns the peers' names and their programs' usual ones.
func peerPrograms() map[string]string {
	return map[string]string{
		"ctags": "ctags", "git": "git", "gopls": "gopls", "clangd": "clangd",
		"pyright": "pyright-langserver", "tsserver": "typescript-language-server",
	}
}

func parseFlags(args []string, stderr io.Writer) (*config, error) {
	c := &config{peers: map[string]string{}, sizes: []int{1_000, 10_000, 100_000}}
	flags := flag.NewFlagSet("symbench", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main prints errors, in one line
	flags.StringVar(&c.symcache, "symcache", "symcache", "the symcache `program`")
	flags.StringVar(&c.before, "before", "", "another symcache `program` that takes part, such as the last release's")
	flags.Func("tree", "a source tree, `NAME=DIR` (repeatable)", c.addTree)
	flags.Func("synthetic", "a made-up workspace of `N` files (repeatable)", func(text string) error {
		sizes, err := parseSizes(text)
		c.synthetic = append(c.synthetic, sizes...)
		return err
	})
	flags.Func("plot-sizes", "numbers of files that growth is measured with, `N,N,...` (default 1000,10000,100000)",
		func(text string) (err error) {
			c.sizes, err = parseSizes(text)
			return err
		})
	flags.Func("questions", "what to measure, a `LIST` of "+strings.Join(questions(), ",")+
		" (default all; growth with --plot only)", func(text string) error {
		c.questions = strings.Split(text, ",")
		for _, q := range c.questions {
			if !slices.Contains(questions(), q) {
				return fmt.Errorf("no question %q", q)
			}
		}
		return nil
	})
	flags.IntVar(&c.rounds, "rounds", 3, "how often each contestant runs")
	flags.StringVar(&c.baseline, "check", "", "compare ratios with those of a baseline `FILE`, and fail if one is slower by a fifth: "+
		"a short form on a made-up workspace, under 5 minutes")
	flags.BoolVar(&c.updateBaseline, "update-baseline", false, "with --check: write the file instead")
	flags.BoolVar(&c.short, "short", false, "under 20 seconds: one round on a tiny made-up workspace")
	flags.DurationVar(&c.timeout, "timeout", 0, "how long a server may take to its first answer (default 2m0s, with --short 10s)")
	flags.IntVar(&c.peerFiles, "peer-files", 100_000, "leave language servers out on trees of more files")
	flags.IntVar(&c.files, "files", 60, "how many files fidelity, halftyped and selection draw from a tree")
	flags.IntVar(&c.edits, "edits", 6, "how many edits halftyped makes in each of them")
	flags.StringVar(&c.jsonFile, "json", "", "write all figures to a `FILE` too")
	flags.StringVar(&c.plotFile, "plot", "", "draw cost against size into an SVG `FILE`")
	programs := peerPrograms()
	for name, program := range programs {
		flags.Func(name, fmt.Sprintf("the %s `program` (default %s from $PATH)", name, program), func(path string) error {
			programs[name] = path
			return nil
		})
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(stderr)
			flags.Usage()
		}
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if c.updateBaseline && c.baseline == "" {
		return nil, errors.New("--update-baseline needs --check FILE")
	}
	if c.rounds < 1 {
		return nil, errors.New("--rounds must be at least 1")
	}
	if c.files < 1 || c.edits < 1 {
		return nil, errors.New("--files and --edits must be at least 1")
	}
	if rounds := flags.Lookup("rounds"); c.baseline != "" && rounds.Value.String() == rounds.DefValue {
		c.rounds = checkRounds
	}
	c.setDefaults()
	var err error
	if c.symcache, err = lookPath(c.symcache); err != nil {
		return nil, fmt.Errorf("find symcache (build it, and say where with --symcache): %w", err)
	}
	if c.before != "" {
		if c.before, err = lookPath(c.before); err != nil {
			return nil, fmt.Errorf("find the symcache to compare with: %w", err)
		}
	}
	for name, program := range programs {
		c.peers[name], _ = lookPath(program) // ignore error: a missing peer is left out, and said to be
	}
	return c, nil
}

// setDefaults fills in what was not asked for, and applies --short.
func (c *config) setDefaults() {
	if c.short {
		c.timeout = cmp.Or(c.timeout, 10*time.Second)
		c.rounds, c.sizes = 1, []int{100, 400}
		c.files, c.edits = min(c.files, 10), min(c.edits, 2)
		c.trees, c.synthetic = nil, []int{200}
	}
	if c.baseline != "" {
		c.trees, c.synthetic, c.sizes = nil, []int{checkFiles}, []int{checkFiles}
		if c.questions == nil {
			c.questions = checkQuestions()
		}
	}
	c.timeout = cmp.Or(c.timeout, 2*time.Minute)
	if len(c.trees) == 0 && len(c.synthetic) == 0 {
		c.synthetic = []int{10_000}
	}
	if c.questions == nil {
		c.questions = slices.DeleteFunc(questions(), func(q string) bool {
			return q == "growth" && c.plotFile == "" && !c.short
		})
	}
}

func (c *config) addTree(text string) error {
	name, dir, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return errors.New("want NAME=DIR")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return err
	}
	c.trees = append(c.trees, namedTree{name, dir})
	return nil
}

func parseSizes(text string) ([]int, error) {
	var sizes []int
	for _, field := range strings.Split(text, ",") {
		n, err := strconv.Atoi(strings.ReplaceAll(field, "_", ""))
		if err != nil || n < 2 {
			return nil, fmt.Errorf("%q is not a number of files (at least 2)", field)
		}
		sizes = append(sizes, n)
	}
	return sizes, nil
}

// lookPath returns the absolute path of a program, as servers run in another directory.
func lookPath(program string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

// bench is one run.
type bench struct {
	*config
	temp   string // removed at the end
	out    io.Writer
	log    io.Writer
	report report.Report
}

func (b *bench) run(ctx context.Context) error {
	b.report.Machine, b.report.LoadStart = system.Describe(), system.LoadAverage()
	b.report.Versions = b.versions(ctx)
	_, err := fmt.Fprintf(b.out, "%s; load average %s\n%s\n", b.report.Machine, b.report.LoadStart,
		strings.Join(b.report.Versions, "\n"))
	if err != nil {
		return err
	}
	if err := b.ask(ctx); err != nil {
		return err
	}
	var slower error
	if b.baseline != "" {
		slower = b.check(ctx)
	}
	b.report.LoadEnd = system.LoadAverage()
	if _, err := fmt.Fprintf(b.out, "\nload average at the end: %s\n", b.report.LoadEnd); err != nil {
		return err
	}
	if b.jsonFile == "" {
		return slower
	}
	f, err := os.Create(b.jsonFile)
	if err != nil {
		return err
	}
	return errors.Join(slower, b.report.WriteJSON(f), f.Close())
}

// ask goes through the trees, and then through what needs none of them.
func (b *bench) ask(ctx context.Context) error {
	type question struct {
		name string
		ask  func(context.Context, namedTree) (*report.Table, error)
	}
	perTree := []question{{"warm", b.warm}, {"unchanged", b.unchanged}, {"client", b.client}, {"beside", b.beside}, {"latency", b.latency},
		{"fidelity", b.fidelity}, {"halftyped", b.halftyped}, {"selection", b.selection}}
	askAll := func(t namedTree) error {
		for _, q := range perTree {
			if !slices.Contains(b.questions, q.name) {
				continue
			}
			table, err := q.ask(ctx, t)
			if err := b.add(table, err); err != nil {
				return fmt.Errorf("%s of %s: %w", q.name, t.name, err)
			}
		}
		return nil
	}
	for _, t := range b.trees {
		if err := askAll(t); err != nil {
			return err
		}
	}
	for _, n := range b.synthetic {
		if err := b.withSynthetic(ctx, n, askAll); err != nil {
			return err
		}
	}
	if slices.Contains(b.questions, "growth") {
		table, err := b.growth(ctx)
		if err := b.add(table, err); err != nil {
			return fmt.Errorf("growth: %w", err)
		}
	}
	if slices.Contains(b.questions, "store") {
		table, err := b.stores(ctx)
		if err := b.add(table, err); err != nil {
			return fmt.Errorf("stores: %w", err)
		}
	}
	return nil
}

// logf says what goes on, for who waits.
func (b *bench) logf(format string, args ...any) {
	_, _ = fmt.Fprintf(b.log, format+"\n", args...) // ignore error: there is nowhere else to say it
}

// add prints a finished table and keeps it for the report.
func (b *bench) add(t *report.Table, err error) error {
	if err != nil {
		return err
	}
	b.report.Tables = append(b.report.Tables, t)
	return t.Print(b.out)
}

// versions names what is compared, as far as it is there.
func (b *bench) versions(ctx context.Context) []string {
	ask := map[string][]string{
		"ctags": {"--version"}, "git": {"--version"}, "gopls": {"version"}, "clangd": {"--version"}, "tsserver": {"--version"},
	}
	lines := []string{"symcache: " + b.symcache}
	if b.before != "" {
		lines = append(lines, "symcache before: "+b.before)
	}
	for _, name := range []string{"ctags", "git", "gopls", "pyright", "tsserver", "clangd"} {
		path := b.peers[name]
		if path == "" {
			lines = append(lines, name+": not installed, left out")
			continue
		}
		line := path
		if args := ask[name]; args != nil {
			if _, out, err := system.Run(system.Command(ctx, b.temp, nil, path, args...)); err == nil {
				first, _, _ := strings.Cut(string(out), "\n")
				line += ", " + first
			}
		}
		lines = append(lines, name+": "+line)
	}
	return lines
}

// decode reads a program's JSON output.
func decode(out []byte, into any) error {
	if err := json.Unmarshal(out, into); err != nil {
		return fmt.Errorf("decode its output: %w", err)
	}
	return nil
}
