package workspace

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/internal/testtree"
	"github.com/symcache/symcache/lsp/workspace/scan"
)

func TestMain(m *testing.M) {
	if root := os.Getenv(writerEnv); root != "" {
		if err := beWriter(root, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if task := os.Getenv(versionEnv); task != "" {
		if err := beOtherVersion([]byte(task)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// These are testtree's, under shorter names: most tests of the package call them.

func makeTree(t testing.TB, files map[string]string) string {
	t.Helper()
	return testtree.Make(t, files)
}

func mkdir(t testing.TB, path string) { t.Helper(); testtree.Mkdir(t, path) }

func write(t testing.TB, path, text string) { t.Helper(); testtree.Write(t, path, text) }

func remove(t testing.TB, path string) { t.Helper(); testtree.Remove(t, path) }

func symlink(t testing.TB, to, path string) { t.Helper(); testtree.Symlink(t, to, path) }

// needGit skips a test where there is no git, which a Windows may lack.
func needGit(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		if runtime.GOOS == "windows" {
			t.Skip("no git here")
		}
		t.Fatal("this test needs git: apt-get install git")
	}
}

// goFile is a Go source that declares functions.
func goFile(functions ...string) string {
	var b strings.Builder
	b.WriteString("package p\n")
	for _, f := range functions {
		fmt.Fprintf(&b, "\nfunc %s() {}\n", f)
	}
	return b.String()
}

func openStore(t testing.TB, root string, options cachestore.Options) *cachestore.Store {
	t.Helper()
	// Nobody goes ahead of who holds a lock for long only because the disk is slow.
	options.LockTimeout = cmp.Or(options.LockTimeout, time.Hour)
	store, err := cachestore.Open(root, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// newEngine returns an engine with a new store.
func newEngine(t testing.TB, config contents.Config) *contents.Engine {
	t.Helper()
	if config.Store == nil {
		config.Store = openStore(t, filepath.Join(t.TempDir(), "cache"), cachestore.Options{})
	}
	if config.Jobs == 0 {
		config.Jobs = 4
	}
	return contents.NewEngine(config)
}

func checkSum(t *testing.T, r scan.Report) {
	t.Helper()
	if r.Files != r.Parsed+r.Reused+r.Skipped+r.Failed {
		t.Errorf("files are not the sum of parsed, reused, skipped and failed: %+v", r)
	}
	skipped := 0
	for _, n := range r.SkippedReasons {
		skipped += n
	}
	if skipped != r.Skipped || len(r.Failures) != min(r.Failed, scan.MaxFailures) {
		t.Errorf("reasons and failures do not add up: %+v", r)
	}
}

// counts is what a test says of a report.
type counts struct{ Files, Parsed, Reused, Skipped, Failed int }

func countsOf(r scan.Report) counts { return counts{r.Files, r.Parsed, r.Reused, r.Skipped, r.Failed} }

func wantCounts(t *testing.T, r scan.Report, want counts) {
	t.Helper()
	if got := countsOf(r); got != want {
		t.Errorf("got %+v, want %+v; skipped %v, failures %v", got, want, r.SkippedReasons, r.Failures)
	}
}

// found returns the names that match a query, with their files relative to dir.
func found(t *testing.T, w *Workspace, dir, query string) []string {
	t.Helper()
	matches, err := w.Search(t.Context(), index.Query{Text: query})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, m := range matches {
		rel, err := filepath.Rel(dir, m.Path)
		if err != nil {
			rel = m.Path
		}
		names = append(names, filepath.ToSlash(rel)+" "+m.Name)
	}
	slices.SortFunc(names, cmp.Compare[string])
	return names
}

// patience is longer than anything here takes, for tests against hanging.
const patience = 2 * time.Minute

func knownNow(w *Workspace, path string) string {
	known, ok := w.tree(path).Known(path)
	return fmt.Sprintf("%v %+v", ok, known)
}

// eventually waits until something holds.
func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	deadline := time.After(patience)
	retry := time.NewTicker(5 * time.Millisecond)
	defer retry.Stop()
	for !holds() {
		select {
		case <-retry.C:
		case <-deadline:
			t.Fatalf("it does not hold after %v", patience)
		}
	}
}

// settle waits until everything touched has been looked at.
func settle(t *testing.T, w *Workspace) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	w.Settle(ctx)
	if ctx.Err() != nil {
		t.Fatal("the workspace does not settle")
	}
}

func goLanguage(t testing.TB) *language.Language { return testtree.Go(t) }

func summaryOf(t testing.TB, e *contents.Engine, text string) *symbols.Summary {
	t.Helper()
	summary, err := e.Summarize(t.Context(), goLanguage(t), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return summary
}

func keyOf(t testing.TB, e *contents.Engine, text string) cachestore.Key {
	t.Helper()
	key, err := e.Key(goLanguage(t), cachestore.Sum([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func recordOf(t testing.TB, e *contents.Engine, text string) cachestore.Record {
	t.Helper()
	return cachestore.Record{Key: keyOf(t, e, text), Value: symbols.Encode(summaryOf(t, e, text))}
}

func wantStored(t *testing.T, e *contents.Engine, want int) {
	t.Helper()
	stats, err := e.Store().Stats()
	if err != nil {
		t.Fatal(err)
	}
	if stats.Entries != want {
		t.Errorf("the store has %d entries, want %d", stats.Entries, want)
	}
}

// manyFiles are n files of distinct contents.
func manyFiles(n int) map[string]string {
	files := make(map[string]string)
	for i := range n {
		files[fmt.Sprintf("d%02d/f%d.go", i%20, i)] = goFile(fmt.Sprintf("F%d", i))
	}
	return files
}
