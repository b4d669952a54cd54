package scan

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/files"
	"github.com/symcache/symcache/lsp/workspace/files/ignore"
	"github.com/symcache/symcache/lsp/workspace/internal/testtree"
)

// holderEnv makes the test binary another process that holds the locks of all shards of
// the store it names, from its first line of output until its input ends.
const holderEnv = "SCAN_TEST_HOLD"

func TestMain(m *testing.M) {
	if root := os.Getenv(holderEnv); root != "" {
		if err := holdLocks(root); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func holdLocks(root string) error {
	store, err := cachestore.Open(root, cachestore.Options{})
	if err != nil {
		return err
	}
	unlock, ok, err := store.TryLockShards(allShards())
	if !ok || err != nil {
		return fmt.Errorf("lock: %v, %w", ok, err)
	}
	fmt.Println("held")
	_, _ = io.Copy(io.Discard, os.Stdin)
	unlock()
	return store.Close()
}

func allShards() []byte {
	shards := make([]byte, 256)
	for i := range shards {
		shards[i] = byte(i)
	}
	return shards
}

// startHolder returns once another process holds all locks of a store. The process ends
// with the test.
func startHolder(t *testing.T, root string) *os.Process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), holderEnv+"="+root)
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "held\n" {
		t.Fatalf("the holder says %q, %v", line, err)
	}
	return cmd.Process
}

// newEngine returns an engine with a new store, unless the config has one.
func newEngine(t testing.TB, config contents.Config) *contents.Engine {
	t.Helper()
	if config.Store == nil {
		config.Store = testtree.NewStore(t)
	}
	if config.Jobs == 0 {
		config.Jobs = 4
	}
	return contents.NewEngine(config)
}

func keyOf(t testing.TB, e *contents.Engine, text string) cachestore.Key {
	t.Helper()
	key, err := e.Key(testtree.Go(t), cachestore.Sum([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func recordOf(t testing.TB, e *contents.Engine, text string) cachestore.Record {
	t.Helper()
	summary, err := e.Summarize(t.Context(), testtree.Go(t), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return cachestore.Record{Key: keyOf(t, e, text), Value: symbols.Encode(summary)}
}

// rulesOf returns the rules of roots where nothing is configured.
func rulesOf(t testing.TB, roots ...string) *files.Rules {
	t.Helper()
	defaults, err := ignore.Defaults(files.DefaultExcludes())
	if err != nil {
		t.Fatal(err)
	}
	rules := files.NewRules(files.Config{
		Settings: files.Settings{Defaults: defaults},
		MayHold:  func(name string) bool { return symbols.Detect(name, nil) != nil || filepath.Ext(name) == "" },
	})
	rules.SetRoots(roots)
	return rules
}

// optionsOf are those of a scan of roots of which nothing is known.
func optionsOf(t testing.TB, e *contents.Engine, roots ...string) Options {
	t.Helper()
	o := Options{Engine: e, Rules: rulesOf(t, roots...), Clock: new(bindings.Clock), Again: func(string) {}}
	var trees []*bindings.Tree
	for _, root := range roots {
		tree, err := bindings.Open(root, cachestore.WorkspaceID{}, bindings.Options{Uses: e.Uses, Clock: o.Clock})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(tree.Close)
		trees = append(trees, tree)
	}
	o.Set = bindings.NewSet(trees)
	return o
}

// run scans the roots.
func run(ctx context.Context, o Options, progress func(Progress)) (Report, error) {
	tally := NewTally()
	err := Run(ctx, o, o.Set.Roots(), tally, progress)
	return tally.Report(), err
}

// scanned scans roots of which nothing is known, and checks what holds for every scan that
// ends well.
func scanned(t *testing.T, e *contents.Engine, roots ...string) (Report, *bindings.Set) {
	t.Helper()
	o := optionsOf(t, e, roots...)
	return scannedWith(t, o), o.Set
}

func scannedWith(t *testing.T, o Options) Report {
	t.Helper()
	var last Progress
	report, err := run(t.Context(), o, func(p Progress) { last = p })
	if err != nil {
		t.Fatal(err)
	}
	checkSum(t, report)
	if want := (Progress{Files: report.Files, Done: report.Files, Listed: true}); last != want {
		t.Errorf("the last progress is %+v, want %+v", last, want)
	}
	if n := len(sources(o.Set)); n != report.Parsed+report.Reused {
		t.Errorf("%d files are bound, but %d parsed and %d reused", n, report.Parsed, report.Reused)
	}
	return report
}

// sources returns the bindings of the sources of a set, by path.
func sources(set *bindings.Set) map[string]index.Binding {
	bound := make(map[string]index.Binding)
	for _, tree := range set.Trees() {
		for path, b := range tree.Files(tree.Root()) {
			if b.Class == index.ClassSource {
				bound[path] = b
			}
		}
	}
	return bound
}

// below returns the sources of a set, relative to dir.
func below(set *bindings.Set, dir string) []string {
	paths := []string{}
	for path := range sources(set) {
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			rel = path
		}
		paths = append(paths, filepath.ToSlash(rel))
	}
	slices.Sort(paths)
	return paths
}

// symbolsOf returns all that a search finds in a set.
func symbolsOf(t *testing.T, set *bindings.Set) []index.Match {
	t.Helper()
	var layers []index.Layer
	for _, tree := range set.Trees() {
		layers = append(layers, tree.Layers()...)
	}
	matches, err := index.Search(t.Context(), index.Query{Limit: 1 << 20}, layers...)
	if err != nil {
		t.Fatal(err)
	}
	return matches
}

// afterReads is the time of an engine. It calls f before the content of file n is read,
// counted from 1.
func afterReads(n int, f func()) func() time.Time {
	var reads atomic.Int64
	return func() time.Time {
		if reads.Add(1) == int64(n) {
			f()
		}
		return time.Now()
	}
}

func checkSum(t *testing.T, r Report) {
	t.Helper()
	if r.Files != r.Parsed+r.Reused+r.Skipped+r.Failed {
		t.Errorf("files are not the sum of parsed, reused, skipped and failed: %+v", r)
	}
	skipped := 0
	for _, n := range r.SkippedReasons {
		skipped += n
	}
	if skipped != r.Skipped || len(r.Failures) != min(r.Failed, MaxFailures) {
		t.Errorf("reasons and failures do not add up: %+v", r)
	}
}

// counts is what a test says of a report.
type counts struct{ Files, Parsed, Reused, Skipped, Failed int }

func wantCounts(t *testing.T, r Report, want counts) {
	t.Helper()
	if got := (counts{r.Files, r.Parsed, r.Reused, r.Skipped, r.Failed}); got != want {
		t.Errorf("got %+v, want %+v; skipped %v, failures %v", got, want, r.SkippedReasons, r.Failures)
	}
}
