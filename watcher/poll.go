package watcher

import (
	"cmp"
	"hash/maphash"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
)

const (
	// defaultPollShare bounds the time that polling takes: one part in 67, 1.5 %. It is wall time, so on a slow
	// file system it is less of a core. Going through 5,100 directories with 78,000 files takes 0.4 s (see
	// BenchmarkPollRound), so a round of that is half a minute.
	defaultPollShare = 67

	// pollSlice is how long polling goes on before events are looked at again.
	pollSlice = 5 * time.Millisecond

	// maxPollPause bounds the pause after a slice. One that would be longer follows a look at a huge directory, a
	// stalled server or a suspended machine, which says nothing of what polling costs.
	maxPollPause = 5 * time.Second

	// racyWindow is how long after a change its time may be that of a further change too: the coarsest clock of
	// a file system in use, FAT's, ticks every 2 s.
	racyWindow = 2 * time.Second
)

// poller spreads looking at directories in turn evenly over time.
type poller struct {
	round []*dir    // what is left of this round
	began time.Time // the round
	next  time.Time // step
}

// stamp is how a file was, see stampOf.
type stamp struct {
	name string
	sum  uint64
}

// pollStep polls for a while, and sets when to go on.
func (t *tree) pollStep() {
	p, began := &t.poller, time.Now()
	if len(p.round) == 0 {
		p.began = began
		for _, d := range t.dirs {
			if d.by != watched {
				p.round = append(p.round, d)
			}
		}
	}
	for len(p.round) > 0 && time.Since(began) < pollSlice && !t.stopped() {
		last := len(p.round) - 1
		d := p.round[last]
		p.round[last], p.round = nil, p.round[:last]
		if t.dirs[d.path] == d && d.by != watched {
			t.poll(d)
		}
	}
	end := time.Now()
	p.next = end.Add(min(time.Duration(t.options.pollShare-1)*end.Sub(began), maxPollPause))
	if len(p.round) == 0 {
		t.status.setRound(end.Sub(p.began))
		if at := p.began.Add(t.options.PollInterval); at.After(p.next) {
			p.next = at
		}
	}
}

// poll looks for changes in a directory that is not watched.
func (t *tree) poll(d *dir) {
	info, err := t.stat(d.path)
	switch {
	case err != nil && !isGone(err):
		return
	case err != nil || fileIDOf(info) != d.id:
		t.replace(d)
		return
	case info.Mode().Perm() != d.perm:
		d.perm = info.Mode().Perm()
		t.report(d.root, d.path, true)
	}
	if d.by == unreadable {
		t.rewatch(d)
		return
	}
	found, _ := t.list(d, false) // the error is noted in d
	t.take(d, found)
}

// take enters and reports new subdirectories of d.
func (t *tree) take(d *dir, found []string) {
	for _, path := range found {
		t.enter(path)
		t.report(d.root, path, true)
	}
}

// rewatch tries to watch a directory that is not watched, and reports what has
// changed in it until then.
func (t *tree) rewatch(d *dir) {
	err := errTwice
	if other := t.byID[d.id]; other == nil || other == d {
		d.cost = watchCost(d.path)
		err = t.watch(d.path, d.cost)
		if info, statErr := t.stat(d.path); statErr != nil || fileIDOf(info) != d.id {
			t.unwatch(d.path)
			t.replace(d)
			return
		}
	}
	if err != nil {
		t.set(d, err)
	}
	found, listErr := t.list(d, false) // while it counts as not watched, so that files are compared
	switch {
	case err == nil && listErr == nil:
		if d.id != (fileID{}) {
			t.byID[d.id] = d
		}
		d.self, d.files = 0, nil
		t.set(d, nil)
	case err == nil:
		t.unwatch(d.path)
	}
	t.take(d, found)
}

// retry tries to watch what is polled, until that fails.
func (t *tree) retry() {
	t.backendErr = nil
	for _, d := range t.polledDirs() {
		if t.stopped() {
			return
		}
		if t.dirs[d.path] != d || d.by != polled {
			continue
		}
		if t.rewatch(d); d.by == polled && isExhaustion(d.err) {
			return
		}
	}
}

func (t *tree) polledDirs() []*dir {
	var dirs []*dir
	for _, d := range t.dirs {
		if d.by == polled {
			dirs = append(dirs, d)
		}
	}
	// Directories near the root first: they tell most of what comes and goes.
	slices.SortFunc(dirs, func(a, b *dir) int {
		return cmp.Or(cmp.Compare(len(a.path), len(b.path)), cmp.Compare(a.path, b.path))
	})
	return dirs
}

// compare notes how a directory and its files are, given its sorted listing, and
// reports what has changed since the last time unless quiet.
//
// When the directory itself has changed it is reported as a whole, not only the
// names that have come or gone: a consumer that looked since the last time may
// know a file that came after it and has gone again, which nobody can name.
func (t *tree) compare(d *dir, self uint64, entries []fs.DirEntry, quiet bool) {
	fresh := make([]stamp, 0, len(entries))
	now := time.Now()
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		t.status.progress()
		if info, err := e.Info(); err == nil {
			fresh = append(fresh, stamp{e.Name(), t.stampOf(info, now)})
		}
	}
	old, whole := d.files, d.self != self
	d.files, d.self = fresh, self
	switch {
	case quiet:
	case whole:
		t.report(d.root, d.path, true)
	default:
		t.reportFiles(d, old, fresh)
	}
}

// reportFiles reports the files of a directory of which the stamps, sorted by
// name, differ.
func (t *tree) reportFiles(d *dir, old, fresh []stamp) {
	for len(old) > 0 || len(fresh) > 0 {
		var order int
		switch {
		case len(old) == 0:
			order = 1
		case len(fresh) == 0:
			order = -1
		default:
			order = strings.Compare(old[0].name, fresh[0].name)
		}
		switch {
		case order < 0:
			t.lookAtFile(d.root, join(d.path, old[0].name))
			old = old[1:]
		case order > 0:
			t.lookAtFile(d.root, join(d.path, fresh[0].name))
			fresh = fresh[1:]
		default:
			if old[0].sum != fresh[0].sum {
				t.lookAtFile(d.root, join(d.path, old[0].name))
			}
			old, fresh = old[1:], fresh[1:]
		}
	}
}

func (t *tree) stampOfDir(path string) (uint64, error) {
	info, err := t.stat(path)
	if err != nil {
		return 0, err
	}
	return t.stampOf(info, time.Now()), nil
}

// stampOf hashes what stat tells. What has just changed may do so once more without
// its times showing it, so its stamp is one that no later one equals: it is
// reported again, and only then believed.
func (t *tree) stampOf(info os.FileInfo, now time.Time) uint64 {
	changed := changeTime(info)
	key := struct {
		id            fileID
		mode          fs.FileMode
		size          int64
		mtime, ctime  int64
		racyUntilThen int64
	}{id: fileIDOf(info), mode: info.Mode(), size: info.Size(), mtime: info.ModTime().UnixNano(), ctime: changed.UnixNano()}
	if now.Sub(changed).Abs() < racyWindow {
		key.racyUntilThen = now.UnixNano()
	}
	return maphash.Comparable(t.seed, key)
}
