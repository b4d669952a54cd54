package workspace

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

const (
	// longEnv has tests run that take a minute.
	longEnv = "SYMCACHE_TEST_LONG"
	// forEnv is how long TestFresh runs, as a Go duration. "make soak FOR=1h" sets it.
	forEnv = "SYMCACHE_TEST_FOR"
	// freshEnv is the seed of TestFresh in a process of its own.
	freshEnv = "WORKSPACE_TEST_FRESH"

	// freshPatience is how long a workspace may take for what has changed. Half a minute was not enough where
	// others kept the disk so busy that a scan of 127 files took 35 s.
	freshPatience = 3 * time.Minute
)

// Several processes change a tree at random, by hand and with git, while two workspaces watch it as two servers would.
// Documents are edited, events get lost, and there are too few watches. At no time is a place in an answer wrong, or a
// file missing that nobody touches. When all stand still, every answer soon is that of a workspace that sees the tree
// for the first time.
//
// It runs in processes of its own, which may be suspended, and in user namespaces, whose numbers of watches may be
// limited.
func TestFresh(t *testing.T) {
	if seed := os.Getenv(freshEnv); seed != "" {
		n, err := strconv.ParseUint(seed, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		newFresh(t, n).run(freshDuration(t))
		return
	}
	t.Parallel()
	seeds := uint64(time.Now().UnixNano()) &^ 1
	for i := range uint64(2) {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			runApart(t, "^TestFresh$", freshEnv+"="+fmt.Sprint(seeds+i))
		})
	}
}

func freshDuration(t *testing.T) time.Duration {
	t.Helper()
	if text := os.Getenv(forEnv); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if os.Getenv(longEnv) != "" {
		return time.Minute
	}
	return 5 * time.Second
}

// runApart runs a test in another process, in a user namespace if there are any.
func runApart(t *testing.T, test, env string) {
	t.Helper()
	start := func(flags uintptr) (*exec.Cmd, error) {
		cmd := exec.Command(os.Args[0], "-test.run="+test, "-test.v")
		cmd.Env = append(os.Environ(), env)
		cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Cloneflags: flags}
		if flags != 0 {
			cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		}
		return cmd, cmd.Start()
	}
	cmd, err := start(unix.CLONE_NEWUSER)
	if err != nil {
		t.Logf("watches cannot be limited, for want of a user namespace: %v", err)
		if cmd, err = start(0); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// fresh is one run of TestFresh.
type fresh struct {
	t       *testing.T
	rng     *rand.Rand
	root    string
	cache   string
	roots   []string
	servers []*Workspace
	log     *roundLog
	truth   *truth
	buffers *buffers
	writers []*writer

	limited           bool // the number of watches can be limited
	storms, limits    int  // how often that was done
	queue             int  // events that the kernel has room for
	answers, unproven atomic.Int64
	short             int             // answers that lacked young files in the end
	took              []time.Duration // from the last change to everything right
}

func newFresh(t *testing.T, seed uint64) *fresh {
	t.Logf("seed %d", seed)
	f := &fresh{
		t: t, rng: rand.New(rand.NewPCG(seed, 1)),
		root:  filepath.Join(makeTree(t, nil), "root"),
		cache: filepath.Join(t.TempDir(), "cache"),
		log:   new(roundLog), truth: newTruth(), buffers: newBuffers(),
	}
	makeRepository(t, f.root, f.rng)
	f.roots = []string{f.root}
	if seed%2 == 1 {
		f.roots = append(f.roots, filepath.Join(f.root, "nested"))
	}
	text, err := os.ReadFile("/proc/sys/fs/inotify/max_queued_events")
	if err == nil {
		f.queue, err = strconv.Atoi(strings.TrimSpace(string(text)))
	}
	if err != nil {
		t.Fatal(err)
	}
	f.limited = f.limitWatches(1000) == nil
	for range 2 {
		f.servers = append(f.servers, f.serve())
	}
	for range 4 {
		f.writers = append(f.writers, startWriter(t, f.root))
	}
	return f
}

// limitWatches bounds the watches of all processes in this namespace.
func (f *fresh) limitWatches(n int) error {
	return os.WriteFile("/proc/sys/user/max_inotify_watches", []byte(fmt.Sprint(n)), 0)
}

// watches returns how many the servers have.
func (f *fresh) watches() (n int) {
	for _, w := range f.servers {
		for _, root := range w.WatchStatus() {
			n += root.Watched
		}
	}
	return n
}

// engine returns one with a store of its own in a directory.
func (f *fresh) engine(cache string) *contents.Engine {
	e := contents.NewEngine(contents.Config{
		Store: openStore(f.t, cache, cachestore.Options{}), Jobs: 2, MaxFileSize: freshMaxFileSize,
		Logger: slog.New(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	return e
}

// serve returns a workspace that runs and watches.
func (f *fresh) serve() *Workspace {
	w, err := New(f.engine(f.cache), Config{AnswerBudget: patience}, f.roots)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(w.Close)
	run(f.t, w)
	watch(f.t, w)
	scanAll(f.t, w)
	return w
}

func (f *fresh) run(duration time.Duration) {
	rounds := 0
	for began := time.Now(); time.Since(began) < duration && !f.t.Failed(); rounds++ {
		f.log.reset(rounds)
		f.round()
		f.quiescence()
	}
	if f.t.Failed() {
		f.t.Logf("the last round:\n%s", f.log)
		return
	}
	slices.Sort(f.took)
	f.t.Logf("%d rounds, %d answers checked, %d places in files that changed too fast to tell; all right again after %v, at most %v; %d answers had no time for young files",
		rounds, f.answers.Load(), f.unproven.Load(), f.took[len(f.took)/2], f.took[len(f.took)-1], f.short)
	f.t.Logf("events were lost %d times, after %d storms; watches ran out %d times, after %d limits",
		f.log.lost.Load(), f.storms, f.log.exhausted.Load(), f.limits)
	if f.storms > 0 { // the last may have been just now
		eventually(f.t, func() bool { return f.log.lost.Load() > 0 })
	}
	if f.limits > 2 && f.log.exhausted.Load() == 0 {
		f.t.Error("watches did not run out")
	}
}

// round has the tree change while it is searched and documents are edited.
func (f *fresh) round() {
	if f.limited && f.rng.IntN(3) == 0 {
		n := 1000
		if f.rng.IntN(2) == 0 {
			n = f.rng.IntN(max(1, f.watches()))
			f.limits++
		}
		if err := f.limitWatches(n); err != nil {
			f.t.Error(err)
		}
		fmt.Fprintf(f.log, "the system has %d watches\n", n)
	}
	var writing, searching sync.WaitGroup
	do := func(w *writer, verb string, seed uint64, n int) {
		fmt.Fprintln(f.log, verb, seed, n)
		writing.Go(func() {
			if err := w.do(verb, seed, n); err != nil {
				f.t.Error(err)
			}
		})
	}
	for _, w := range f.writers[1:] {
		do(w, []string{"change", "edit"}[f.rng.IntN(2)], f.rng.Uint64(), f.rng.IntN(60))
	}
	switch f.rng.IntN(6) {
	case 0:
		f.storms++
		do(f.writers[0], "storm", uint64(os.Getpid()), 2*f.queue)
	case 1, 2, 3:
		do(f.writers[0], "git", f.rng.Uint64(), 1+f.rng.IntN(4))
	}
	done := make(chan struct{})
	for _, w := range f.servers {
		rng := rand.New(rand.NewPCG(f.rng.Uint64(), 2))
		searching.Go(func() {
			for {
				f.checkSome(w, rng)
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for range f.rng.IntN(10) {
		f.edit()
	}
	writing.Wait()
	close(done)
	searching.Wait()
}

// edit opens, changes or closes a document.
func (f *fresh) edit() {
	c := changer{f.root, f.rng}
	path := c.file()
	if f.rng.IntN(2) == 0 {
		path = filepath.Join(filepath.Dir(path), "../stable", fmt.Sprintf("s%d.go", f.rng.IntN(5)))
	}
	texts, _ := f.buffers.now()
	text, open := texts[path]
	switch onDisk, ok := stateOf(path); {
	case open && f.rng.IntN(2) == 0, len(texts) > 20:
		f.buffers.close(path)
		return
	case !open && ok:
		text = onDisk.text
	case f.rng.IntN(2) == 0:
		text = c.text(path)
	default:
		text += fmt.Sprintf("\nfunc Typed%d() {}\n", f.rng.IntN(100))
	}
	if len(text) < freshMaxFileSize && !strings.Contains(text, "\x00") {
		f.buffers.set(f.t, f.servers[0].Engine(), path, text)
	}
}

// checkSome checks one answer: each place is right for something that the file held
// between the request and now, which can be told of those that did not change
// meanwhile; and what nobody touches is not missing.
func (f *fresh) checkSome(w *Workspace, rng *rand.Rand) {
	q := index.Query{Limit: 1 << 20}
	if rng.IntN(2) == 0 {
		q = index.Query{Text: []string{"f", "G1", "12", "H", "Appended", "Typed"}[rng.IntN(6)], Limit: 1 + rng.IntN(300)}
	}
	before := statesBelow(f.root)
	texts, view := f.buffers.now()
	matches, err := w.Search(f.t.Context(), q, view)
	if err != nil {
		f.t.Error(err)
		return
	}
	after := statesBelow(f.root)
	f.answers.Add(1)
	stable := 0
	for _, m := range matches {
		if text, open := texts[m.Path]; open {
			if !f.truth.has(f.t, text, m) {
				f.t.Errorf("%s is not at %v in the open document %s", m.Name, m.Selection, m.Path)
			}
			continue
		}
		if strings.HasPrefix(m.Name, "Stable") {
			stable++
		}
		was, is := before[m.Path], after[m.Path]
		switch {
		case was.info != nil && f.truth.has(f.t, was.text, m), is.info != nil && f.truth.has(f.t, is.text, m):
		case f.atOtherName(m):
		case before.same(m.Path, after):
			f.t.Errorf("%s is not at %v in %s; found by %+v; there is %+v %q, known is %v",
				m.Name, m.Selection, m.Path, q, is.info, is.text, knownNow(w, m.Path))
		default:
			f.unproven.Add(1)
		}
	}
	closed := 0
	for path, s := range after {
		if _, open := texts[path]; !open && strings.HasPrefix(path, f.root+"/stable/s") && strings.Contains(s.text, "Stable") {
			closed++
		}
	}
	if q.Text == "" && stable != closed {
		f.t.Errorf("%d symbols in files that nobody touches are found, want %d", stable, closed)
	}
}

// atOtherName tells whether a directory above has moved and a link of its old name leads
// there: then the place is right, and nobody follows links but he who opens the file.
func (f *fresh) atOtherName(m index.Match) bool {
	dir, err := filepath.EvalSymlinks(filepath.Dir(m.Path))
	if err != nil || dir == filepath.Dir(m.Path) {
		return false
	}
	s, ok := stateOf(m.Path)
	return ok && f.truth.has(f.t, s.text, m)
}

// quiescence waits until every answer is that of a workspace from scratch, and looks
// whether it stays so.
func (f *fresh) quiescence() {
	began := time.Now()
	cache := filepath.Join(filepath.Dir(f.cache), "scratch")
	defer remove(f.t, cache)
	scratch, err := New(f.engine(cache), Config{AnswerBudget: patience}, f.roots)
	if err != nil {
		f.t.Fatal(err)
	}
	defer scratch.Close()
	scanAll(f.t, scratch)
	overlay := newBuffers()
	texts, _ := f.buffers.now()
	for path, text := range texts {
		overlay.set(f.t, scratch.Engine(), path, text)
	}
	want := f.everything(scratch, overlay)
	for _, w := range f.servers {
		f.becomes(w, want)
	}
	f.took = append(f.took, time.Since(began))
	f.outlines()
	for _, w := range f.servers {
		ctx, cancel := context.WithTimeout(f.t.Context(), freshPatience)
		w.Settle(ctx)
		cancel()
		young := anyYoung(w, want)
		switch diff := cmp.Diff(want, f.everything(w, f.buffers)); {
		case diff == "", f.t.Failed():
		case young: // an answer lacks those that it had no time to read again
			f.short++
			f.becomes(w, want)
		default:
			f.t.Errorf("was right, and then not any more (-want +got):\n%s", diff)
		}
	}
}

// anyYoung tells whether a file is read again for each answer, as its last change is too
// recent for its stat data to tell of the next.
func anyYoung(w *Workspace, all everything) bool {
	for _, matches := range all.Found {
		if slices.ContainsFunc(matches, func(m index.Match) bool {
			known, ok := w.tree(m.Path).Known(m.Path)
			return ok && known.Racy
		}) {
			return true
		}
	}
	return false
}

// everything is what a workspace answers, and the files that it knows.
type everything struct {
	Found map[string][]index.Match
	Stats bindings.Totals
	Known map[string]knownFile
}

// knownFile is what is known of one.
type knownFile struct {
	Class index.Class
	Hash  [index.HashSize]byte
}

func (f *fresh) everything(w *Workspace, b *buffers) everything {
	all := everything{Found: make(map[string][]index.Match), Stats: w.Stats(), Known: allKnown(w)}
	_, view := b.now()
	for _, q := range []index.Query{
		{Limit: 1 << 20}, {Text: "F1"}, {Text: "g2", Limit: 10}, {Text: "H7", Exact: true}, {Text: "stable"},
	} {
		matches, err := w.Search(f.t.Context(), q, view)
		if err != nil {
			f.t.Error(err)
		}
		all.Found[fmt.Sprintf("%+v", q)] = matches
	}
	return all
}

// allKnown returns the files that a workspace knows, those of which nothing is found too.
func allKnown(w *Workspace) map[string]knownFile {
	known := make(map[string]knownFile)
	for _, tree := range w.now().Trees() {
		for path, b := range tree.Files(tree.Root()) {
			known[path] = knownFile{b.Class, b.Hash}
		}
	}
	return known
}

func (f *fresh) becomes(w *Workspace, want everything) {
	deadline := time.After(freshPatience)
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	for {
		f.checkSome(w, f.rng) // no place is wrong meanwhile
		diff := cmp.Diff(want, f.everything(w, f.buffers))
		if diff == "" {
			return
		}
		select {
		case <-retry.C:
		case <-deadline:
			f.t.Errorf("(-want +got):\n%s\nwatched: %+v", diff, w.WatchStatus())
			f.explain(w, want)
			return
		}
	}
}

// explain tells of each file that is not as it should be what is known of it, and whether
// it only was not looked at.
func (f *fresh) explain(w *Workspace, want everything) {
	differ := make(map[string]bool)
	got := f.everything(w, f.buffers)
	for _, all := range []everything{want, got} {
		for path := range all.Known {
			was, known := want.Known[path]
			is, isKnown := got.Known[path]
			differ[path] = was != is || known != isKnown
		}
	}
	for path, differs := range differ {
		if !differs {
			continue
		}
		before, included := knownNow(w, path), w.rules.Includes(path)
		w.Touch(path)
		w.Settle(f.t.Context())
		f.t.Logf("%s: known was %s, a walk comes to it: %v, on disk %v; after a look: %s",
			path, before, included, statesBelow(f.root)[path].info, knownNow(w, path))
	}
}

// outlines compares the outlines of all files with what parsing gives.
func (f *fresh) outlines() {
	for path, s := range statesBelow(f.root) {
		if s.info.IsDir() {
			continue
		}
		got, err := f.servers[0].Engine().Source(f.t.Context(), path)
		if err != nil && !errors.Is(err, contents.ErrSkipped) {
			f.t.Error(err)
		}
		if diff := cmp.Diff(f.truth.summary(f.t, path, s.text), got.Summary); diff != "" {
			f.t.Errorf("outline of %s (-want +got):\n%s", path, diff)
		}
	}
}
