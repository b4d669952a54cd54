package workspace

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/files"
)

// holderEnv makes the test binary another process that holds the locks of all
// shards of the store it names, from its first line of output until its input ends.
const holderEnv = "WORKSPACE_TEST_HOLD"

func TestMain(m *testing.M) {
	if root := os.Getenv(holderEnv); root != "" {
		if err := holdLocks(root); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
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

// startHolder returns once another process holds all locks of a store; let go
// ends it.
func startHolder(t *testing.T, root string) (process *os.Process, letGo func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), holderEnv+"="+root)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
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
	return cmd.Process, func() { _ = stdin.Close() }
}

// makeTree writes files below a new directory and returns its canonical path. A name
// that ends in "/" is a directory.
func makeTree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if path := filepath.Join(dir, name); strings.HasSuffix(name, "/") {
			mkdir(t, path)
		} else {
			write(t, path, text)
		}
	}
	return dir
}

func mkdir(t testing.TB, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	mkdir(t, filepath.Dir(path))
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func remove(t testing.TB, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

func symlink(t testing.TB, to, path string) {
	t.Helper()
	err := os.Symlink(to, path)
	if err == nil {
		_, err = os.Lstat(path) // Wine 10 makes none and reports success
	}
	if err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
}

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

type boundFile struct {
	Key     cachestore.Key
	Summary *symbols.Summary
}

// boundFiles gathers what a scan binds.
type boundFiles struct {
	mu    sync.Mutex
	files map[string]boundFile
}

func (b *boundFiles) add(f reading) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.files == nil {
		b.files = make(map[string]boundFile)
	}
	b.files[f.Path] = boundFile{f.Key, f.Summary}
}

// below returns the paths bound, relative to dir.
func (b *boundFiles) below(dir string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	paths := []string{}
	for path := range b.files {
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			rel = path
		}
		paths = append(paths, filepath.ToSlash(rel))
	}
	slices.Sort(paths)
	return paths
}

// recorder is a sink that knows nothing and passes on what is bound to sources.
type recorder func(reading)

func (recorder) ticket() uint64 { return 0 }

func (recorder) confirm(string, index.Stat) (b index.Binding, ok bool) { return b, false }

func (recorder) flush() {}

func (r recorder) bind(b reading) (index.Binding, bool) {
	if b.Same {
		return index.Binding{}, false
	}
	if b.Summary != nil && r != nil {
		r(b)
	}
	return b.Binding, true
}

// defaultRules are those of roots where nothing is configured.
func defaultRules(t testing.TB, roots ...string) *files.Rules {
	t.Helper()
	return newRules(newEngine(t, contents.Config{}), Config{}, roots, nil)
}

// scanWith scans roots, which are canonical, without a workspace.
func scanWith(ctx context.Context, e *contents.Engine, roots []string, bound func(reading), progress func(Progress)) (Report, error) {
	return scanInParts(ctx, e, 0, roots, bound, progress)
}

// scanInParts is scanWith that gathers most missing contents before it parses them.
func scanInParts(ctx context.Context, e *contents.Engine, most int, roots []string, bound func(reading), progress func(Progress)) (Report, error) {
	t := newTally()
	s := &scan{engine: e, rules: newRules(e, Config{}, roots, nil), maxMissing: most, tally: t, sink: recorder(bound)}
	err := s.run(ctx, roots, progress)
	return t.result(), err
}

// scanned scans roots and checks what holds for every scan that ends well.
func scanned(t *testing.T, e *contents.Engine, roots ...string) (Report, *boundFiles) {
	t.Helper()
	return scannedInParts(t, e, 0, roots...)
}

func scannedInParts(t *testing.T, e *contents.Engine, most int, roots ...string) (Report, *boundFiles) {
	t.Helper()
	var bound boundFiles
	var last Progress
	report, err := scanInParts(t.Context(), e, most, roots, bound.add, func(p Progress) { last = p })
	if err != nil {
		t.Fatal(err)
	}
	checkSum(t, report)
	if want := (Progress{Files: report.Files, Done: report.Files, Listed: true}); last != want {
		t.Errorf("the last progress is %+v, want %+v", last, want)
	}
	if len(bound.files) != report.Parsed+report.Reused {
		t.Errorf("%d files are bound, but %d parsed and %d reused", len(bound.files), report.Parsed, report.Reused)
	}
	return report, &bound
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
	if skipped != r.Skipped || len(r.Failures) != min(r.Failed, maxFailures) {
		t.Errorf("reasons and failures do not add up: %+v", r)
	}
}

// counts is what a test says of a report.
type counts struct{ Files, Parsed, Reused, Skipped, Failed int }

func countsOf(r Report) counts { return counts{r.Files, r.Parsed, r.Reused, r.Skipped, r.Failed} }

func wantCounts(t *testing.T, r Report, want counts) {
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

// settle waits until everything touched has been looked at.
func knownNow(w *Workspace, path string) string {
	known, ok := w.tree(path).known(path)
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

func settle(t *testing.T, w *Workspace) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	w.Settle(ctx)
	if ctx.Err() != nil {
		t.Fatal("the workspace does not settle")
	}
}
