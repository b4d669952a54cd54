package cachestore

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// dirMode and fileMode keep what the user works on private; they are set again after creation because a
	// umask may take bits away.
	dirMode  fs.FileMode = 0o700
	fileMode fs.FileMode = 0o600

	// othersWrite are the bits of a mode by which others could choose what is read.
	othersWrite fs.FileMode = 0o022

	layoutVersion = "v2"
	tagName       = "CACHEDIR.TAG"
	readmeName    = "README"
	entrySuffix   = ".bin"
	packSuffix    = ".pack"
	indexSuffix   = ".index"
	tempPrefix    = "tmp-"

	// makeAttempts is how often a missing directory is made again before giving up: Clear and GC remove empty
	// directories, and can do so between the making of a directory and its first use.
	makeAttempts = 4

	// A rename over a file that is in use is tried again after these pauses, each twice as long as the one before: at
	// once for a reader, which is done in a millisecond, and a second in all for a virus scanner.
	replaceFirstPause = time.Millisecond
	replaceLastPause  = 512 * time.Millisecond

	// tempMaxAge is the age from which a temporary file's writer is taken for dead. A write takes
	// milliseconds for an entry and seconds for a pack.
	tempMaxAge = time.Hour
)

const cacheDirTag = `Signature: 8a477f597d28d172789f06886806bc55
# This file marks a cache directory: backup programs may leave it out.
# See https://bford.info/cachedir/
`

const cacheReadme = `This directory is the cache of symcache, a companion cache for language servers. It holds
summaries of source files (names, kinds, places and signatures of symbols), addressed by the hash of
the files' contents, and, in workspaces/, one index for each source tree that was opened, which
contains the paths of its files. In logs/ are the logs of servers. All of it is readable by its owner
only.

It can be deleted at any time, also while symcache runs: symcache parses again what it needs.
"symcache stats" says what is in it, "symcache clear" empties it.
`

// layout knows where things are in a cache directory, and makes them. All paths are absolute.
type layout struct {
	root       string
	version    string // root/v2
	dir        string // root/v2/<user>
	entries    string // entries/<part>-<language>-<revision>/<2 hex>/<62 hex>.bin
	packs      string // packs/<64 hex>.pack
	workspaces string // workspaces/<id>/<generation>.index
	sources    string // sources/<name>: extracted source texts, each a file or a tree that GC removes when it is old
	locks      string // locks/00..ff, locks/gc, locks/workspace-<id>

	at *namespace // dir, by which everything in it is reached

	// before, unless nil, is called before each step of a write with the file or directory of which it is, and
	// fails it: tests kill and fail a writer at each of them.
	before func(s step, path string) error
}

// step is a moment in writing a file.
type step string

// The steps of writing a file, in order, and that of removing one.
const (
	stepCreate  step = "create"         // a temporary file in a directory
	stepWrite   step = "write"          // its contents
	stepSync    step = "sync"           // its contents
	stepClose   step = "close"          // the temporary file
	stepPublish step = "publish"        // it under its name, in the same directory
	stepSyncDir step = "sync directory" // and so its names; first that of the file, then those with new directories
	stepCleanUp step = "clean up"       // a directory, of what the new file replaces
	stepRemove  step = "remove"         // a file that is to be gone
)

// do takes a step.
func (l layout) do(s step, path string, op func() error) error {
	if l.before != nil {
		if err := l.before(s, path); err != nil {
			return err
		}
	}
	return op()
}

// layoutOf is the layout of a user's own namespace in a cache directory.
func layoutOf(root, user string) layout {
	root = filepath.Clean(root)
	l := layoutIn(root, filepath.Join(root, layoutVersion, user))
	l.at = newNamespace(l.dir, l.openOwn)
	return l
}

// layoutOfBase is the layout of a namespace in a base cache, which is trusted whoever owns it.
func layoutOfBase(root, dir string) layout {
	l := layoutIn(root, dir)
	l.at = newNamespace(dir, func() (*os.Root, error) { return openRoot(dir) })
	return l
}

// layoutNowhere is the layout of a namespace that holds nothing and takes nothing.
func layoutNowhere() layout {
	l := layoutIn("", "")
	l.at = newNamespace("", nil)
	return l
}

// layoutIn is the layout of the namespace in a directory, without the namespace.
func layoutIn(root, dir string) layout {
	return layout{
		root:       root,
		version:    filepath.Join(root, layoutVersion),
		dir:        dir,
		entries:    filepath.Join(dir, "entries"),
		packs:      filepath.Join(dir, "packs"),
		workspaces: filepath.Join(dir, "workspaces"),
		sources:    filepath.Join(dir, "sources"),
		locks:      filepath.Join(dir, "locks"),
	}
}

// entryPath returns the place of the loose entry of a key.
func (l layout) entryPath(k Key) string {
	const separator = string(filepath.Separator)
	hash := k.Hash.String()
	// Not filepath.Join, which would clean what is clean: every Get of a loose entry comes here.
	return l.entries + separator + k.extractor().String() + separator + hash[:2] + separator + hash[2:] + entrySuffix
}

// prepare opens the namespace, and makes it when there is none. It does not depend on what the cache holds, and
// writes nothing when all is there. The directories below are made by the first write into them.
func (l layout) prepare() error {
	l.at.renew()
	_, err := l.at.handle()
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if l.at.find == nil {
		return ErrNoPlace
	}
	if err := l.makable(); err != nil {
		return err
	}
	if err := l.create(); err != nil {
		return placeError(l.dir, err)
	}
	_, err = l.at.handle()
	return err
}

// closeToOthers takes from others the right to write into the namespace, which somebody gave them by mistake. Only
// opening a store to use it does so: looking changes nothing.
func (l layout) closeToOthers() {
	info, err := l.at.stat(l.dir)
	if err == nil && modesMatter && info.Mode()&othersWrite != 0 {
		_ = l.at.chmod(l.dir, info.Mode()&^othersWrite) // ignore error: the file system may be read-only
	}
}

func (l layout) create() error {
	grown, err := l.makeDir(l.root)
	if err != nil {
		return err
	}
	if err := l.mark(); err != nil {
		return err
	}
	if err := l.createVersionDir(); err != nil {
		return err
	}
	if _, err := l.makeDir(l.dir); err != nil {
		return err
	}
	return l.syncDirs(append(grown, l.root, l.version))
}

// mark writes the files that explain the root to backup programs and to people, before anything else is in it. Where
// there is a directory of a version, that was done or is not wanted. A root that holds other things is not marked, since
// backups would skip these too; the leftovers of a process that was killed in here do not count.
func (l layout) mark() error {
	names, err := os.ReadDir(l.root)
	if err != nil {
		return err
	}
	for _, e := range names {
		path := filepath.Join(l.root, e.Name())
		text, _ := startOf(path)
		marked := e.Name() == tagName && text == cacheDirTag || e.Name() == readmeName && text == cacheReadme
		if !marked && !l.isTemp(path) && exists(path) { // else it was another first start's
			return nil
		}
	}
	for _, m := range []struct{ name, text string }{{tagName, cacheDirTag}, {readmeName, cacheReadme}} {
		path := filepath.Join(l.root, m.name)
		if exists(path) {
			continue
		}
		// A file that stands there by then was written by another first start, or belongs to somebody.
		_, err := l.writeFileUnless(l.root, m.name, func() bool { return exists(path) }, func(w io.Writer) error {
			_, err := io.WriteString(w, m.text)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// isTemp reports whether a file is a temporary one of ours. In the root, which may be anybody's directory, a name does
// not suffice: it must also hold what a writer of the marks has come to write.
func (l layout) isTemp(path string) bool {
	digits, ok := strings.CutPrefix(filepath.Base(path), tempPrefix)
	if !ok || filepath.Dir(path) != l.root {
		return ok
	}
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return false
	}
	text, ok := startOf(path)
	return ok && (strings.HasPrefix(cacheDirTag, text) || strings.HasPrefix(cacheReadme, text))
}

// startOf returns the text of a small regular file, or enough of a larger one to tell it from the marks.
func startOf(path string) (text string, ok bool) {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return "", false
	}
	f, err := openOutside(path, os.O_RDONLY)
	if err != nil {
		return "", false
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, int64(len(cacheReadme))+1))
	return string(b), err == nil
}

// createVersionDir opens v2 to those to whom the root is open, so that each can make a namespace; the sticky
// bit keeps them from renaming that of another.
func (l layout) createVersionDir() error {
	if _, err := os.Lstat(l.version); err == nil {
		return nil
	}
	if _, err := l.makeDir(l.version); err != nil {
		return err
	}
	info, err := os.Stat(l.root)
	if err != nil {
		return err
	}
	if shared := info.Mode().Perm(); shared&0o022 != 0 {
		_ = os.Chmod(l.version, shared|fs.ModeSticky) // ignore error: another user just made it, and does this
	}
	return nil
}

// makeDir makes a directory and what is missing above it. It returns the directories that have a new one in
// them, which are yet to be synced.
func (l layout) makeDir(path string) (grown []string, err error) {
	mkdir, chmod := l.at.mkdir, l.at.chmod
	if !strings.HasPrefix(path, l.dir+string(filepath.Separator)) {
		mkdir, chmod = os.Mkdir, os.Chmod // the namespace cannot make itself, nor what is above it
	}
	parent := filepath.Dir(path)
	err = mkdir(path, dirMode)
	if errors.Is(err, fs.ErrNotExist) && parent != path {
		if grown, err = l.makeDir(parent); err != nil {
			return grown, err
		}
		err = mkdir(path, dirMode)
	}
	if errors.Is(err, fs.ErrExist) {
		return grown, nil // should it be no directory, the first use in it says so
	}
	if err != nil {
		return grown, err
	}
	return append(grown, parent), chmod(path, dirMode)
}

// syncDirs makes the names in directories durable.
func (l layout) syncDirs(dirs []string) error {
	for _, dir := range slices.Backward(dirs) {
		err := l.do(stepSyncDir, dir, func() error { return ignoreMissing(l.at.syncDir(dir)) }) // it may be removed by now
		if err != nil {
			return err
		}
	}
	return nil
}

// retryMissing runs op, which needs dir, and when something is missing makes dir and runs op again: somebody
// may have removed it, or the whole cache, at any moment.
//
// New directories are synced after op and not before. Nothing is promised until then, and a journal that was
// just written for what op has synced holds them too: another sync then costs next to nothing.
func (l layout) retryMissing(dir string, op func() error) error {
	var grown []string
	err := op()
	for range makeAttempts {
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
		if dir != l.root { // which prepare makes
			if err := l.prepare(); err != nil {
				return err
			}
		}
		more, makeErr := l.makeDir(dir)
		if grown = append(grown, more...); makeErr != nil && !errors.Is(makeErr, fs.ErrNotExist) {
			return makeErr
		}
		err = op()
	}
	if err != nil {
		return err
	}
	return l.syncDirs(grown)
}

// writeFile publishes a file durably and all at once: readers and a crash see either nothing of it or all of
// it.
//
// The temporary file has a unique name, so that two writers of one file never write into each other's, and is
// in the directory of the file, so that the rename cannot cross file systems. It is removed on every error
// path; that of a killed writer stays, and is swept when it is old enough.
func (l layout) writeFile(dir, name string, write func(io.Writer) error) (size int64, err error) {
	return l.writeFileUnless(dir, name, nil, write)
}

// writeFileUnless is writeFile, but where a file stands under the name that is in use, it may be left there: see
// replace.
func (l layout) writeFileUnless(
	dir, name string, serves func() bool, write func(io.Writer) error,
) (size int64, err error) {
	err = l.retryMissing(dir, func() error {
		temp, n, err := l.writeTemp(dir, func(f *os.File) error { return write(f) })
		if err != nil {
			return err
		}
		size = n
		return l.publish(temp, func() error { return l.replace(temp, filepath.Join(dir, name), serves) })
	})
	return size, err
}

// replace gives a temporary file the name of a file that may exist, and then replaces that.
//
// Unix always can. On Windows either file may be in use: by a reader in old file systems, by a virus scanner in all.
// So the rename is tried again for a second. Where the file that stands there serves as well, it stays, and the
// temporary file is removed: most often another process has written the same just before. serves may be nil: no
// other file serves.
func (l layout) replace(temp, path string, serves func() bool) error {
	for pause := replaceFirstPause; ; pause *= 2 {
		err := l.at.rename(temp, path)
		if err == nil || !isInUse(err) {
			return err
		}
		if serves != nil && serves() {
			return l.at.remove(temp)
		}
		if pause > replaceLastPause {
			return err
		}
		time.Sleep(pause)
	}
}

// writeTemp makes a temporary file, whose contents are durable when it returns.
func (l layout) writeTemp(dir string, write func(*os.File) error) (path string, size int64, err error) {
	var f *os.File
	err = l.do(stepCreate, dir, func() (err error) {
		f, err = l.at.createTemp(dir)
		return err
	})
	if err != nil {
		return "", 0, err
	}
	defer func() {
		if err != nil {
			_ = f.Close()             // ignore error: closed already, or the first error tells more
			_ = l.at.remove(f.Name()) // ignore error: the first error tells more
		}
	}()
	if err := l.do(stepWrite, f.Name(), func() error { return write(f) }); err != nil {
		return "", 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return "", 0, err
	}
	if info.Mode() != fileMode { // the umask may have taken bits away
		if err := f.Chmod(fileMode); err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return "", 0, err
		}
	}
	if err := l.do(stepSync, f.Name(), f.Sync); err != nil {
		return "", 0, err
	}
	if err := l.do(stepClose, f.Name(), f.Close); err != nil {
		return "", 0, err
	}
	return f.Name(), info.Size(), nil
}

// publish gives a temporary file its name, durably, or removes it.
func (l layout) publish(temp string, rename func() error) error {
	if err := l.do(stepPublish, temp, rename); err != nil {
		_ = l.at.remove(temp) // ignore error: the first error tells more
		return err
	}
	dir := filepath.Dir(temp)
	return l.do(stepSyncDir, dir, func() error { return l.at.syncDir(dir) })
}
