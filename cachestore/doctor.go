package cachestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// minFree is the free space below which a diagnosis warns, in bytes: room for a large tree's summaries.
const minFree = 512 << 20

// overdueGC is the time since the last collection from which a diagnosis says so: a week in which no server
// ran for long enough.
const overdueGC = 7 * 24 * time.Hour

// Severity says how bad a Problem is.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"   // the cache does not work
	SeverityWarning Severity = "warning" // it works worse than it could
)

// Problem is something that a diagnosis found, with what mends it.
type Problem struct {
	Severity Severity
	Text     string
	Fix      string // a command for a shell, to be run as it is; empty when none does good in all cases
	Advice   string // in words; empty when there is such a command
}

// LockHolder is a lock that is held now.
type LockHolder struct {
	Lock string // its name: a shard's first byte, gc, or workspace-<id>
	By   string // as the holder described itself: process, host, and since when
}

// Diagnosis describes the surroundings of a cache.
type Diagnosis struct {
	Root       string
	Dir        string // the user's namespace
	Exists     bool   // the namespace
	FileSystem string // such as ext4; empty when the system does not tell
	Network    bool   // the file system is on another machine
	Free       int64  // bytes that the user may still write; -1 when the system does not tell
	Locks      bool   // the file system has locks that work; true when that was not tried
	Holders    []LockHolder
	Stats      Stats
	Problems   []Problem
}

// fileSystem is what the operating system tells about the place of a directory.
type fileSystem struct {
	name    string
	network bool
	memory  bool  // it is lost when the machine stops
	free    int64 // bytes; -1 when unknown
}

// mend is what mends a problem.
type mend struct{ fix, advice string }

// elsewhere is the advice for a place that does not do.
const elsewhere = "--cache-dir DIR, or SYMCACHE_DIR=DIR, with a directory on a local disk"

func (d *Diagnosis) add(s Severity, by mend, format string, args ...any) {
	d.Problems = append(d.Problems, Problem{s, fmt.Sprintf(format, args...), by.fix, by.advice})
}

// command returns a command of the program for this cache.
func (d *Diagnosis) command(words string) string {
	return "symcache " + words + " --cache-dir " + shellQuote(d.Root)
}

// Diagnose looks at a cache that need not exist, from the outside. It changes nothing, but tries locks on a
// temporary file of its own. The budget is that of GCOptions.MaxSize.
func Diagnose(root string, opts Options, maxSize int64) (Diagnosis, error) {
	l, err := newLayout(root, opts.Namespace)
	if err != nil {
		return Diagnosis{}, err
	}
	now := time.Now
	if opts.Now != nil {
		now = opts.Now
	}
	d := Diagnosis{Root: l.root, Dir: l.dir, Free: -1, Locks: true}
	d.place(l)
	d.namespace(l)
	d.bases(opts.Base)
	if d.Exists {
		d.locks(l)
		d.contents(l, now())
		d.budget(maxSize)
	}
	return d, nil
}

// place looks at the file system.
func (d *Diagnosis) place(l layout) {
	dir := l.root
	for !exists(dir) && filepath.Dir(dir) != dir {
		dir = filepath.Dir(dir)
	}
	on, err := fileSystemOf(dir)
	if err != nil {
		d.add(SeverityWarning, mend{advice: "look at the disk"}, "the file system of %s cannot be asked: %v", dir, err)
		return
	}
	d.FileSystem, d.Network, d.Free = on.name, on.network, on.free
	if on.network {
		d.add(SeverityWarning, mend{advice: elsewhere}, "the cache is on a network file system (%s): it works, but slowly", on.name)
	}
	if on.memory {
		d.add(SeverityWarning, mend{advice: elsewhere}, "the cache is in memory (%s): it is lost when the machine stops", on.name)
	}
	if on.free >= 0 && on.free < minFree {
		d.add(SeverityWarning, mend{fix: d.command("gc --max-size 500MiB")}, "only %d MiB are free in %s", on.free>>20, dir)
	}
}

// namespace looks at owners and modes.
func (d *Diagnosis) namespace(l layout) {
	for _, path := range []string{l.root, l.version, l.dir} {
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			d.add(SeverityError, mend{advice: "chmod or chown it, or use another directory with --cache-dir"}, "%v", err)
			return
		}
		switch {
		case !info.IsDir() && path != l.root:
			d.add(SeverityError, mend{advice: "move it away, or use another directory with --cache-dir"},
				"%s is not a directory but a %v, and not used", path, info.Mode().Type())
			return
		case path == l.dir && ownedByOther(info):
			d.add(SeverityError, mend{fix: "sudo chown -R $(id -u) " + shellQuote(path)},
				"%s belongs to another user, and is not used", path)
			return
		case path == l.dir && modesMatter && info.Mode().Perm()&^dirMode != 0:
			d.add(SeverityWarning, mend{advice: "unless you share it, chmod 700 " + shellQuote(path)},
				"%s has mode %v: others may look into it", path, info.Mode().Perm())
		}
	}
	d.Exists = true
	f, err := os.CreateTemp(l.dir, tempPrefix+"*")
	if err != nil {
		d.add(SeverityError, mend{advice: "chmod u+w it, or use another directory with --cache-dir"},
			"nothing can be written: %v", err)
		return
	}
	defer func() { _ = os.Remove(f.Name()) }() // ignore error: it is swept when it is old
	_ = f.Close()                              // ignore error: nothing was written
	first, second := flock.New(f.Name()), flock.New(f.Name())
	held, err := first.TryLock()
	both, _ := second.TryLock()
	_, _ = second.Unlock(), first.Unlock()
	if d.Locks = held && !both; !d.Locks {
		d.add(SeverityWarning, mend{advice: elsewhere},
			"the file system has no locks (%v): several processes may parse the same files", err)
	}
}

func (d *Diagnosis) bases(paths []string) {
	for _, path := range paths {
		open := mend{fix: "sudo chmod -R a+rX " + shellQuote(path)}
		dirs, err := namespaces(path)
		if err == nil && len(dirs) == 0 {
			err = errors.New("there is no cache in it")
		}
		if errors.Is(err, fs.ErrPermission) {
			d.add(SeverityWarning, open, "the base cache %s cannot be read: %v", path, err)
			continue
		}
		if err != nil {
			d.add(SeverityWarning, mend{advice: "unset SYMCACHE_BASE, or name a cache that is there"},
				"the base cache %s is not used: %v", path, err)
			continue
		}
		for _, dir := range dirs {
			if _, err := layoutIn(path, dir).stats(); err != nil {
				d.add(SeverityWarning, open, "the base cache %s cannot be read: %v", path, err)
			}
		}
	}
}

// locks finds who holds locks, by trying each that was ever taken for a moment. Who tries at that moment too
// believes it to be held, and comes back.
func (d *Diagnosis) locks(l layout) {
	_ = eachName(l.locks, func(name string) error { // ignore error: without the directory none is held
		path := filepath.Join(l.locks, name)
		lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
		got, err := lock.TryRLock()
		if err != nil || got {
			_ = lock.Close() // ignore error: it was only read
			return nil
		}
		text, _ := os.ReadFile(path) // ignore error: the holder is unknown then
		by, _, _ := strings.Cut(strings.TrimLeft(string(text), "\x00"), "\n")
		d.Holders = append(d.Holders, LockHolder{Lock: name, By: strings.TrimSpace(by)})
		return nil
	})
}

// contents looks at what is stored.
func (d *Diagnosis) contents(l layout, now time.Time) {
	var err error
	if d.Stats, err = l.stats(); err != nil {
		d.add(SeverityError, mend{fix: d.command("verify")}, "the cache cannot be read: %v", err)
		return
	}
	unreadable, foreign := 0, 0
	_ = l.walkPacks(func(p packFile) error { // ignore error: it would be the one above
		if errors.Is(p.problem, ErrForeign) {
			foreign++
		} else if p.problem != nil {
			unreadable++
		}
		return nil
	})
	if unreadable > 0 {
		d.add(SeverityWarning, mend{fix: d.command("verify --repair")}, "%d packs are damaged", unreadable)
	}
	if foreign > 0 {
		d.add(SeverityWarning, mend{advice: "if no other version is in use, " + d.command("clear")},
			"%d packs are of another version of symcache; they go when they have not been used for long", foreign)
	}
	for _, path := range l.otherVersions() {
		d.add(SeverityWarning, mend{advice: "if no other version is in use, rm -r " + shellQuote(path)},
			"%s is of another version of symcache", path)
	}
	if last := d.Stats.LastGC; d.Stats.Entries > 0 && !last.IsZero() && now.Sub(last) > overdueGC {
		d.add(SeverityWarning, mend{fix: d.command("gc")}, "garbage was last collected on %s", last.Format(time.DateOnly))
	}
}

// budget compares what is stored with what a collection would leave.
func (d *Diagnosis) budget(maxSize int64) {
	command := d.command("gc")
	switch {
	case maxSize < 0:
		return
	case maxSize == 0:
		maxSize = DefaultMaxSize
	case maxSize != DefaultMaxSize:
		command = d.command(fmt.Sprintf("gc --max-size %d", maxSize))
	}
	if d.Stats.Bytes > maxSize {
		d.add(SeverityWarning, mend{fix: command}, "the cache has %d MiB, more than the budget", d.Stats.Bytes>>20)
	}
}

// otherVersions returns the directories of other versions in the root, which may hold anybody's things beside:
// named as the one of this version, and with a namespace in them.
func (l layout) otherVersions() (dirs []string) {
	_ = eachName(l.root, func(name string) error { // ignore error: it has just been read
		number, ok := strings.CutPrefix(name, "v")
		_, err := strconv.ParseUint(number, 10, 32)
		path := filepath.Join(l.root, name)
		if !ok || err != nil || name == layoutVersion || !isRealDir(path) {
			return nil
		}
		ours := false
		_ = eachName(path, func(below string) error { // ignore error: what cannot be read is not for us to judge
			ours = ours || validNamespace(below) && isNamespace(filepath.Join(path, below))
			return nil
		})
		if ours {
			dirs = append(dirs, path)
		}
		return nil
	})
	return dirs
}

// isRealDir reports whether path is a directory, and no link to one.
func isRealDir(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.IsDir()
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
