package cachestore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
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

// ProblemCode says what a Problem is. Texts and remedies are those of the program.
type ProblemCode string

// The codes. The comments say which fields of a Problem are set.
const (
	ProblemNoPlace      ProblemCode = "no place"            // nothing can be stored: Err is a *PlaceError
	ProblemFileSystem   ProblemCode = "unknown file system" // of Path: Err
	ProblemNetwork      ProblemCode = "network"             // the file system is on another machine
	ProblemMemory       ProblemCode = "memory"              // the file system is lost when the machine stops
	ProblemFull         ProblemCode = "full"                // Number bytes are free at Path
	ProblemReadable     ProblemCode = "readable"            // others may look into Path, whose permissions are Number
	ProblemNoLocks      ProblemCode = "no locks"            // the file system has none: Err
	ProblemNoBase       ProblemCode = "no base"             // there is no base cache at Path: Err
	ProblemBaseClosed   ProblemCode = "base closed"         // the base cache at Path may not be read: Err
	ProblemUnreadable   ProblemCode = "unreadable"          // what is stored cannot be counted: Err
	ProblemDamagedPacks ProblemCode = "damaged packs"       // Number of them
	ProblemForeignPacks ProblemCode = "foreign packs"       // Number of them are of another version of the program
	ProblemOtherLayout  ProblemCode = "other layout"        // the directory Path is of another version of the program
	ProblemNotCollected ProblemCode = "not collected"       // garbage was last collected at Number seconds since 1970
	ProblemOverBudget   ProblemCode = "over budget"         // Number bytes are stored
)

// Problem is something that a diagnosis found.
type Problem struct {
	Severity Severity
	Code     ProblemCode
	Path     string
	Number   int64
	Err      error
}

// LockHolder is a lock that is held now.
type LockHolder struct {
	Lock string // its name: a shard's first byte, gc, or workspace-<id>
	By   string // as the holder described itself: process, host, and since when
}

// Base is a base cache as a diagnosis found it. A problem tells of one that cannot be used.
type Base struct {
	Path    string
	Entries int   // values, loose and packed, of all its namespaces
	Bytes   int64 // lengths of all its entry, pack and index files
	Usable  bool
}

// Diagnosis describes the surroundings of a cache.
type Diagnosis struct {
	Root       string
	Dir        string // the user's namespace
	Exists     bool   // the namespace, and it can be used
	FileSystem string // such as ext4; empty when the system does not tell
	Network    bool   // the file system is on another machine
	Free       int64  // bytes that the user may still write; -1 when the system does not tell
	Locks      bool   // the file system has locks that work; true when there was no free lock to try that with
	Holders    []LockHolder
	Bases      []Base
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

func (d *Diagnosis) warn(p Problem) {
	p.Severity = SeverityWarning
	d.Problems = append(d.Problems, p)
}

// Diagnose looks at a cache that need not exist, from the outside. It changes nothing: it takes locks that are free
// for a moment, and asks for permissions instead of making files. Its judgement whether anything can be stored is
// that of Open. The budget is that of GCOptions.MaxSize.
func Diagnose(root string, opts Options, maxSize int64) (Diagnosis, error) {
	l, err := newLayout(root, opts.Namespace)
	if err != nil {
		return Diagnosis{}, err
	}
	defer l.at.close()
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
		d.warn(Problem{Code: ProblemFileSystem, Path: dir, Err: err})
		return
	}
	d.FileSystem, d.Network, d.Free = on.name, on.network, on.free
	if on.network {
		d.warn(Problem{Code: ProblemNetwork})
	}
	if on.memory {
		d.warn(Problem{Code: ProblemMemory})
	}
	if on.free >= 0 && on.free < minFree {
		d.warn(Problem{Code: ProblemFull, Path: dir, Number: on.free})
	}
}

// namespace looks at owners and modes, as Open does.
func (d *Diagnosis) namespace(l layout) {
	h, err := l.at.handle()
	switch {
	case err == nil:
		d.Exists = true
		err = l.writable()
	case errors.Is(err, fs.ErrNotExist):
		err = l.makable()
	}
	if err != nil {
		d.Problems = append(d.Problems, Problem{Severity: SeverityError, Code: ProblemNoPlace, Err: err})
	}
	if !d.Exists || !modesMatter {
		return
	}
	if info, err := h.stat(); err == nil && info.Mode().Perm()&^dirMode != 0 {
		d.warn(Problem{Code: ProblemReadable, Path: l.dir, Number: int64(info.Mode().Perm())})
	}
}

func (d *Diagnosis) bases(paths []string) {
	for _, path := range paths {
		base := Base{Path: path}
		err := base.count()
		switch base.Usable = err == nil; {
		case errors.Is(err, fs.ErrPermission):
			d.warn(Problem{Code: ProblemBaseClosed, Path: path, Err: err})
		case err != nil:
			d.warn(Problem{Code: ProblemNoBase, Path: path, Err: err})
		}
		d.Bases = append(d.Bases, base)
	}
}

func (b *Base) count() error {
	dirs, err := namespaces(b.Path)
	for _, dir := range dirs {
		l := layoutOfBase(b.Path, dir)
		stats, err := l.stats()
		l.at.close()
		if err != nil {
			return err
		}
		b.Entries += stats.Entries
		b.Bytes += stats.Bytes
	}
	return err
}

// locks finds the holders of locks, by taking each lock that was ever taken for a moment. A process that tries one at
// that moment finds it held, and tries again. With a lock that is free it finds whether the file system has locks.
func (d *Diagnosis) locks(l layout) {
	tried := false
	_ = l.at.eachName(l.locks, func(name string) error { // ignore error: without the directory none is held
		f, err := l.at.open(filepath.Join(l.locks, name))
		if err != nil {
			return nil
		}
		defer f.Close()
		free, err := lockNow(f, true)
		switch {
		case err != nil && !tried:
			tried, d.Locks = true, false
			d.warn(Problem{Code: ProblemNoLocks, Err: err})
		case err != nil:
		case free && !tried:
			tried = true
			d.locksHold(l, f.Name())
		case !free:
			b, _ := l.at.readFile(f.Name()) // ignore error: the holder is unknown then
			by, _, _ := strings.Cut(strings.TrimLeft(string(b), "\x00"), "\n")
			d.Holders = append(d.Holders, LockHolder{Lock: name, By: strings.TrimSpace(by)})
		}
		return nil
	})
}

// locksHold finds whether the file system refuses an exclusive lock while we hold a shared one.
func (d *Diagnosis) locksHold(l layout, path string) {
	f, err := l.at.open(path)
	if err != nil {
		return
	}
	defer f.Close()
	if both, err := lockNow(f, false); both {
		d.Locks = false
		d.warn(Problem{Code: ProblemNoLocks, Err: err})
	}
}

// contents looks at what is stored.
func (d *Diagnosis) contents(l layout, now time.Time) {
	var err error
	if d.Stats, err = l.stats(); err != nil {
		d.Problems = append(d.Problems, Problem{Severity: SeverityError, Code: ProblemUnreadable, Err: err})
		return
	}
	var unreadable, foreign int64
	_ = l.walkPacks(func(p packFile) error { // ignore error: it would be the one above
		if errors.Is(p.problem, ErrForeign) {
			foreign++
		} else if p.problem != nil {
			unreadable++
		}
		return nil
	})
	if unreadable > 0 {
		d.warn(Problem{Code: ProblemDamagedPacks, Number: unreadable})
	}
	if foreign > 0 {
		d.warn(Problem{Code: ProblemForeignPacks, Number: foreign})
	}
	for _, path := range l.otherVersions() {
		d.warn(Problem{Code: ProblemOtherLayout, Path: path})
	}
	if last := d.Stats.LastGC; d.Stats.Entries > 0 && !last.IsZero() && now.Sub(last) > overdueGC {
		d.warn(Problem{Code: ProblemNotCollected, Number: last.Unix()})
	}
}

// budget compares what is stored with what a collection would leave.
func (d *Diagnosis) budget(maxSize int64) {
	if maxSize == 0 {
		maxSize = DefaultMaxSize
	}
	if maxSize > 0 && d.Stats.Bytes > maxSize {
		d.warn(Problem{Code: ProblemOverBudget, Number: d.Stats.Bytes})
	}
}

// otherVersions returns the directories of other versions in the root, which may hold anybody's things beside:
// named as the one of this version, and with a namespace in them.
func (l layout) otherVersions() (dirs []string) {
	names, _ := l.at.readDir(l.root) // ignore error: what cannot be read is not for us to judge
	for _, name := range names {
		number, ok := strings.CutPrefix(name, "v")
		_, err := strconv.ParseUint(number, 10, 32)
		path := filepath.Join(l.root, name)
		if !ok || err != nil || name == layoutVersion || !isRealDir(path) {
			continue
		}
		below, _ := l.at.readDir(path) // ignore error: as above
		if slices.ContainsFunc(below, func(user string) bool {
			return validNamespace(user) && isNamespace(filepath.Join(path, user))
		}) {
			dirs = append(dirs, path)
		}
	}
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
