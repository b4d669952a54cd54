package workspace

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"github.com/symcache/symcache/lsp/workspace/files"
	"github.com/symcache/symcache/lsp/workspace/files/paths"
	"github.com/symcache/symcache/lsp/workspace/links"
)

// linksWait is how long a scan waits for the disks to which its links lead. A disk that has to
// start spinning takes less; one that takes longer is asked again by followLinks.
const linksWait = 5 * time.Second

// maxLinks bounds the links of one scan, most of which lead to other places in the same tree.
const maxLinks = 100_000

// linksAtOnce bounds the links that are read again at once, every two seconds. Each takes some
// 20 us, so that all that there may be are read within 20 s, for a thousandth of a processor.
const linksAtOnce = 100

// Links returns the symbolic links that lead out of the folders, and what became of them.
// There are none unless Config.FollowLinks is set.
func (w *Workspace) Links() []links.Status { return w.now().links }

// learnLinks takes the links that a scan of directories has found. It returns the roots to which
// they lead and that are to be scanned. The caller holds scanning.
func (w *Workspace) learnLinks(ctx context.Context, dirs []string, sure bool, found []files.Symlink) (added []string) {
	waiting, cancel := context.WithTimeout(ctx, linksWait)
	defer cancel()
	var all []string
	as := make(map[string]files.Symlink)
	for _, link := range found {
		all, as[link.Path] = append(all, link.Path), link
	}
	roots := w.Roots()
	leadOut := slices.DeleteFunc(links.Resolve(waiting, w.engine.Hangs(), all, w.links.Known), func(link links.Link) bool {
		own, _ := paths.Deepest(slices.Values(roots), link.Path)
		switch {
		case link.Target == "":
			return false
		case paths.Within(own, link.Target), link.IsDir && !as[link.Path].AsDir:
			return true
		}
		return !link.IsDir && (!as[link.Path].AsFile || !mayHaveSymbols(filepath.Base(link.Target)))
	})
	if dropped := w.links.Update(dirs, sure, leadOut); dropped > 0 {
		w.engine.Log().Warn("too many links lead out of the folders; the others are not followed", "followed", links.MaxLinks, "others", dropped)
	}
	return w.follow()
}

// followLinks looks again where some of the known links lead, and next time where others do:
// nobody tells of changes there. A target that has come is scanned soon. It does nothing during a scan, which will do that.
func (w *Workspace) followLinks(ctx context.Context) {
	if !w.scanning.TryAcquire(1) {
		return
	}
	defer w.scanning.Release(1)
	known := w.links.Next(linksAtOnce)
	if len(known) == 0 {
		return
	}
	waiting, cancel := context.WithTimeout(ctx, changedWait)
	defer cancel()
	w.links.Update(known, true, links.Resolve(waiting, w.engine.Hangs(), known, w.links.Known))
	for _, dir := range w.follow() {
		w.dirs.add(dir)
	}
}

// follow makes what links lead to roots, beside the folders. It returns those that are new, or
// of which other files count now. The caller holds scanning.
func (w *Workspace) follow() (added []string) {
	old := w.now()
	linked, status := w.plan(old.folders)
	if slices.EqualFunc(linked, old.linked, isSameRoot) {
		if !slices.Equal(status, old.links) {
			next := *old
			next.links = status
			w.set.Store(&next)
		}
		return nil
	}
	_ = w.use(old.folders, old.bad) // ignore error: the folders had none, and it is logged below
	for _, root := range linked {
		if !slices.ContainsFunc(old.linked, func(before files.Linked) bool { return isSameRoot(before, root) }) {
			added = append(added, root.Dir)
		}
	}
	w.watched.refilter(w.rules, added...)
	return added
}

func isSameRoot(a, b files.Linked) bool { return a.Dir == b.Dir && slices.Equal(a.Names, b.Names) }

// plan returns the roots to which the known links lead.
func (w *Workspace) plan(folders []string) ([]files.Linked, []links.Status) {
	return links.Plan(folders, w.links.All(), func(dir string) error { return files.CheckRoot(dir, w.config.IndexHome) })
}
