package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/symcache/symcache/lsp/workspace/files/door"
	"github.com/symcache/symcache/lsp/workspace/files/hanging"
	"github.com/symcache/symcache/lsp/workspace/files/paths"
)

// Candidate is a file that may hold symbols, as far as its name tells.
type Candidate struct {
	Path string
	Type fs.FileMode // type bits only
	Stat door.Stat
	// HasStat reports that Stat is known, and of a regular file.
	HasStat bool
}

// Visitor is told what a walk finds. Its functions are called from several goroutines at
// once.
type Visitor struct {
	Found func(Candidate)
	// Failed gets files and directories that could not be read, or not be used as a whole.
	Failed func(path string, err error)
	// Ignored is called for each file that may hold symbols, and each directory, that is left
	// out.
	Ignored func(path string, why Reason)
	// Linked is called for each symbolic link that rules do not leave out. It may be nil unless
	// Settings.FollowLinks is set, without which links that may be sources are told to Found.
	Linked func(Symlink)
}

// Symlink is a symbolic link. A walk does not look where it leads.
type Symlink struct {
	Path          string
	AsFile, AsDir bool // rules do not leave it out if it leads to a file, to a directory
}

// Walk finds the candidates below directories, which are roots or lie below roots, in no
// order, with jobs goroutines. It follows no link and does not list what the kernel makes
// up, such as /proc. A directory that does not answer is a failure, and holds up nothing else
// for longer than hanging.Patience. Walk returns early when ctx ends.
func (r *Rules) Walk(ctx context.Context, dirs []string, jobs int, to Visitor) {
	w := &walker{rules: r, roots: r.Roots(), look: r.looks.Add(1), to: to}
	w.changed.L = &w.mu
	stop := context.AfterFunc(ctx, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.changed.Broadcast()
	})
	defer stop()
	for _, dir := range slices.Compact(slices.Sorted(slices.Values(dirs))) {
		if root, ok := paths.Deepest(slices.Values(w.roots), dir); ok {
			w.add(task{root: root, dir: dir, first: true})
		}
	}
	r.config.Hangs.Run(ctx, jobs, func(worker *hanging.Worker) {
		found := new(listed)
		for {
			t, ok := w.next(ctx)
			if !ok {
				return
			}
			w.work(ctx, worker, t, found)
			w.finish()
		}
	})
}

// walker is one walk.
type walker struct {
	rules *Rules
	roots []string
	look  int64 // see Rules.tracks
	to    Visitor

	mu      sync.Mutex
	tasks   []task    // the last one is next: a walk goes down first, so that few wait
	open    int       // tasks that are not finished
	changed sync.Cond // there is a task, or no other comes
}

// task is a directory to list.
type task struct {
	root, dir string
	first     bool      // Walk was asked for it; whether a walk comes to it is to be found out
	above     *dirRules // of the directory above; nil for a root
	way       passage   // to it
}

// add adds tasks.
func (w *walker) add(tasks ...task) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tasks = append(w.tasks, tasks...)
	w.open += len(tasks)
	w.changed.Broadcast()
}

// next waits for a task; ok is false when no other comes, or ctx has ended.
func (w *walker) next(ctx context.Context) (t task, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.tasks) == 0 && w.open > 0 && ctx.Err() == nil {
		w.changed.Wait()
	}
	last := len(w.tasks) - 1
	if last < 0 || ctx.Err() != nil {
		return task{}, false
	}
	t = w.tasks[last]
	w.tasks[last] = task{}
	w.tasks = w.tasks[:last]
	return t, true
}

// finish notes that a task is done with.
func (w *walker) finish() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open--; w.open == 0 {
		w.changed.Broadcast()
	}
}

// failed reports a directory that was not listed, unless the walk has ended.
func (w *walker) failed(dir string, err error) {
	if errors.Is(err, hanging.ErrHangs) { // the other error is the context's
		w.to.Failed(dir, w.ofRoot(dir, err))
	}
}

// ofRoot adds to the error of a root that it is one.
func (w *walker) ofRoot(dir string, err error) error {
	if slices.Contains(w.roots, dir) {
		return fmt.Errorf("%w: %w", ErrRootUnread, err)
	}
	return err
}

// work lists a directory, reports what is in it, and adds those below it.
func (w *walker) work(ctx context.Context, worker *hanging.Worker, t task, found *listed) {
	found.reset()
	lost := func(err error) {
		w.failed(t.dir, err)
		w.finish()
	}
	if err := worker.Ask(ctx, t.dir, lost, func() { w.list(t, found, worker.Step) }); err != nil {
		w.failed(t.dir, err)
		return
	}
	for _, err := range found.errs {
		w.to.Failed(t.dir, err)
	}
	for _, out := range found.ignored {
		w.to.Ignored(out.path, out.why)
	}
	for _, link := range found.links {
		w.to.Linked(link)
	}
	for _, c := range found.files {
		w.to.Found(c)
	}
	for _, dir := range found.deep {
		w.to.Failed(dir, fmt.Errorf("more than %d directories deep: not entered", maxWalkDepth))
	}
	if len(found.dirs) > 0 {
		w.add(found.dirs...)
	}
}

// listed is what a walk finds in one directory.
type listed struct {
	files   []Candidate
	dirs    []task
	deep    []string // directories below maxWalkDepth
	ignored []leftOut
	links   []Symlink
	errs    []error
}

// leftOut is a file or directory that a walk does not come to.
type leftOut struct {
	path string
	why  Reason
}

// reset empties it. The memory is used again.
func (l *listed) reset() {
	clear(l.files)
	clear(l.dirs)
	clear(l.ignored)
	clear(l.links)
	*l = listed{files: l.files[:0], dirs: l.dirs[:0], ignored: l.ignored[:0], links: l.links[:0]}
}

// comes reports whether a walk comes to a directory for which Walk was asked, and adds to
// the task what it finds out.
func (w *walker) comes(t *task, to *listed) bool {
	if t.way = (passage{entered: true}); t.dir == t.root {
		return true
	}
	up := filepath.Dir(t.dir)
	t.above = w.rules.below(t.root, up, false)
	if w.rules.settings.Load().FollowLinks {
		if kind, err := door.TypeOf(t.dir); err == nil && kind&fs.ModeSymlink != 0 {
			w.link(t.above, up, filepath.Base(t.dir), t.dir, to)
			return false
		}
	}
	if err := w.rules.errors(t.root, up); err != nil {
		to.errs = append(to.errs, err)
	}
	t.way = w.rules.enters(t.above, t.dir, isBuildOutput(filepath.Base(t.dir), unread(up)), w.look)
	return t.way.entered
}

// list lists a directory. All that a walk asks the disk about it is asked here; step is
// called in between, for each answer of the disk. What is known of the directory's rules is
// taken before the disk is asked (hold), and used if what decides looks the same (update).
func (w *walker) list(t task, to *listed, step func()) {
	if t.first && !w.comes(&t, to) {
		return
	}
	root, path := t.root, t.dir
	held := w.rules.hold(path)
	dir, entries, err := readDir(root, path)
	if err != nil {
		to.errs = append(to.errs, w.ofRoot(path, err)) // what was listed until then counts
	}
	if dir == nil {
		return
	}
	defer dir.Close()
	step()
	now, young := w.rules.lookOpen(dir, entries, t.above)
	here := w.rules.update(root, path, t.above, held, now, young, t.way)
	if here.err != nil {
		to.errs = append(to.errs, here.err)
	}
	if here.rules == nil {
		if here.left != "" {
			to.ignored = append(to.ignored, leftOut{path, Reason{Why: here.left}})
		}
		return
	}
	within := path // filepath.Join would clean what is clean, for each entry
	if !os.IsPathSeparator(path[len(path)-1]) {
		within += string(filepath.Separator)
	}
	var tooMuch error
	for _, e := range entries {
		name := e.Name()
		if e.Type()&fs.ModeSymlink != 0 && w.rules.settings.Load().FollowLinks {
			w.link(here, path, name, within+name, to)
			continue
		}
		if !e.IsDir() && !w.rules.config.MayHold(name) || e.IsDir() && slices.Contains(w.roots, within+name) {
			continue
		}
		v, err := w.rules.judge(here, path, name, e.IsDir(), w.look)
		if err != nil && tooMuch == nil {
			tooMuch = fmt.Errorf("ignore files do not count for %q and perhaps others: %w", name, err)
			to.errs = append(to.errs, tooMuch)
		}
		leave := func(why Reason) { to.ignored = append(to.ignored, leftOut{within + name, why}) }
		switch {
		case v.out:
			leave(v.reason())
		case e.IsDir() && isBuildOutput(name, entries):
			leave(Reason{Why: whyBuilt})
		case e.IsDir() && w.rules.isOwn(within+name):
			leave(Reason{Why: whyOwn})
		case e.IsDir() && here.depth == maxWalkDepth:
			to.deep = append(to.deep, within+name)
		case e.IsDir():
			to.dirs = append(to.dirs, task{root: root, dir: within + name, above: here, way: v.passage()})
		default:
			step()
			c := Candidate{Path: within + name, Type: e.Type()}
			if stat, regular, err := door.StatAt(dir, c.Path); err == nil && regular {
				c.Stat, c.HasStat = stat, true
			}
			to.files = append(to.files, c)
		}
	}
}

// link adds a symbolic link in a directory, unless it is left out.
func (w *walker) link(here *dirRules, dir, name, path string, to *listed) {
	if here.rules == nil {
		return
	}
	asFile, _ := w.rules.judge(here, dir, name, false, w.look) // ignore errors: ignore files do not count
	asDir, _ := w.rules.judge(here, dir, name, true, w.look)
	if asFile.out && asDir.out {
		to.ignored = append(to.ignored, leftOut{path, asFile.reason()})
		return
	}
	to.links = append(to.links, Symlink{path, !asFile.out, !asDir.out})
}

// errors returns the errors of the ignore files from a root down to a directory.
func (r *Rules) errors(root, dir string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for dir := range downTo(root, dir) {
		if known := r.dirs[dir]; known != nil {
			errs = append(errs, known.err)
		}
	}
	return errors.Join(errs...)
}
