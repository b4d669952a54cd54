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
)

// Candidate is a file that may hold symbols, as far as its name tells.
type Candidate struct {
	Path string
	Type fs.FileMode // type bits only
	Stat Stat
	// HasStat reports that Stat is known, and of a regular file.
	HasStat bool
}

// Visitor is told what a walk finds. Its functions are called from several goroutines at
// once.
type Visitor struct {
	Found func(Candidate)
	// Failed gets files and directories that could not be read, or not be used as a whole.
	Failed func(path string, err error)
	// Ignored is called for each file that may hold symbols, and each directory, that a rule
	// leaves out.
	Ignored func()
}

// Walk finds the candidates below directories, which are roots or lie below roots, in no
// order, with jobs goroutines at most. It follows no link and does not list what the kernel
// makes up, such as /proc. A directory that does not answer is a failure, and holds up
// nothing else for longer than scanPatience. Walk returns early when ctx ends.
func (r *Rules) Walk(ctx context.Context, dirs []string, jobs int, to Visitor) {
	w := &walker{rules: r, roots: r.Roots(), to: to, callers: make(chan *Caller, jobs)}
	for range jobs {
		w.callers <- r.config.Hangs.Caller()
	}
	for _, dir := range slices.Compact(slices.Sorted(slices.Values(dirs))) {
		w.group.Go(func() { w.start(ctx, dir) })
	}
	w.group.Wait()
	for range jobs {
		(<-w.callers).Close()
	}
}

// walker is one walk.
type walker struct {
	rules   *Rules
	roots   []string
	to      Visitor
	callers chan *Caller // a goroutine that lists directories takes one
	group   sync.WaitGroup
}

// start lists one directory and those below it.
func (w *walker) start(ctx context.Context, dir string) {
	root, ok := Deepest(slices.Values(w.roots), dir)
	if !ok {
		return
	}
	caller := <-w.callers
	defer func() { w.callers <- caller }()
	var above *dirRules
	if dir != root {
		asked := new(struct {
			above *dirRules
			comes bool
			err   error
		})
		if err := caller.Do(ctx, dir, func(func()) {
			up := filepath.Dir(dir)
			asked.above = w.rules.below(root, up, false)
			asked.comes = w.rules.enters(asked.above, dir, isBuildOutput(filepath.Base(dir), unread(up)))
			asked.err = w.rules.errors(root, up)
		}); err != nil {
			w.failed(dir, err)
			return
		}
		if asked.err != nil {
			w.to.Failed(dir, asked.err)
		}
		if !asked.comes {
			return
		}
		above = asked.above
	}
	w.dir(ctx, caller, root, dir, above)
}

// failed reports a directory that was not listed, unless the walk has ended.
func (w *walker) failed(dir string, err error) {
	if !errors.Is(err, ErrHangs) {
		return // of the context
	}
	w.to.Failed(dir, w.ofRoot(dir, err))
}

// ofRoot adds to the error of a root that it is one.
func (w *walker) ofRoot(dir string, err error) error {
	if slices.Contains(w.roots, dir) {
		return fmt.Errorf("%w: %w", ErrRootUnread, err)
	}
	return err
}

// dir lists one directory and those below it: in goroutines of their own while there are
// free callers, else in this one. Above is nil for a root.
func (w *walker) dir(ctx context.Context, caller *Caller, root, path string, above *dirRules) {
	found := new(listed)
	if err := caller.Do(ctx, path, func(step func()) { w.list(root, path, above, found, step) }); err != nil {
		w.failed(path, err) // found may still be written to
		return
	}
	for _, err := range found.errs {
		w.to.Failed(path, err)
	}
	for range found.ignored {
		w.to.Ignored()
	}
	for _, c := range found.files {
		w.to.Found(c)
	}
	for _, below := range found.dirs {
		if found.rules.depth == maxWalkDepth {
			w.to.Failed(below, fmt.Errorf("more than %d directories deep: not entered", maxWalkDepth))
			continue
		}
		select {
		case other := <-w.callers:
			w.group.Go(func() {
				defer func() { w.callers <- other }()
				w.dir(ctx, other, root, below, found.rules)
			})
		default:
			w.dir(ctx, caller, root, below, found.rules)
		}
	}
}

// listed is what a walk finds in one directory.
type listed struct {
	rules   *dirRules
	files   []Candidate
	dirs    []string
	ignored int
	errs    []error
}

// list lists one directory, to which the walk comes. All that it asks the disk is asked
// here.
func (w *walker) list(root, path string, above *dirRules, to *listed, step func()) {
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
	now, young := w.rules.lookOpen(dir, entries, above)
	to.rules = w.rules.update(root, path, above, held, now, young, true)
	if to.rules.err != nil {
		to.errs = append(to.errs, to.rules.err)
	}
	rules := to.rules.rules
	if rules == nil {
		return
	}
	within := path // filepath.Join would clean what is clean, for each entry
	if !os.IsPathSeparator(path[len(path)-1]) {
		within += string(filepath.Separator)
	}
	var tooMuch error
	for _, e := range entries {
		name := e.Name()
		if !e.IsDir() && !w.rules.config.MayHold(name) || e.IsDir() && slices.Contains(w.roots, within+name) {
			continue
		}
		ignored, err := rules.Match(name, e.IsDir())
		if err != nil && tooMuch == nil {
			tooMuch = fmt.Errorf("ignore files do not count for %q and perhaps others: %w", name, err)
			to.errs = append(to.errs, tooMuch)
		}
		switch {
		case ignored, e.IsDir() && (isBuildOutput(name, entries) || w.rules.isOwn(within+name)):
			to.ignored++
		case e.IsDir():
			to.dirs = append(to.dirs, within+name)
		default:
			step()
			c := Candidate{Path: within + name, Type: e.Type()}
			if stat, regular, err := StatAt(dir, c.Path); err == nil && regular {
				c.Stat, c.HasStat = stat, true
			}
			to.files = append(to.files, c)
		}
	}
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
