// Package links decides which directories outside of a user's folders are served since symbolic
// links in the folders lead there.
//
// A tree grants nothing outside of itself: links are followed only where the user's settings say
// so. What they lead to is a root like any other then, under its own path, and a walk of it
// follows no link either. So nothing is served twice, and no walk goes in circles.
package links

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/symcache/symcache/lsp/workspace/files"
	"github.com/symcache/symcache/lsp/workspace/files/paths"
)

const (
	// MaxLinks bounds the links that a Set holds, which are read again in turn, some 20 us each.
	MaxLinks = 1000

	// MaxRoots bounds the roots that links lead to. Each has an index file, and is searched by
	// each query.
	MaxRoots = 100
)

// Link is a symbolic link and what it leads to.
type Link struct {
	Path   string // canonical, but for the link itself
	Target string // canonical; empty: none that can be served
	IsDir  bool   // Target is a directory, else it is a file
	Why    string // why there is no target, in words
}

// Status says what became of a link that leads out of the folders.
type Status struct {
	Path   string `json:"path"`
	Target string `json:"target,omitempty"` // canonical; absent: nothing is there
	Why    string `json:"why,omitempty"`    // why it is not followed; absent: it is
}

// Set is the links that were found. The zero Set has none.
type Set struct {
	links map[string]Link
	last  string // that Next has returned
}

// Update replaces the links at and below some directories, all of them where the look at the
// directories was whole. It returns how many there was no room for.
func (s *Set) Update(dirs []string, whole bool, found []Link) (dropped int) {
	if s.links == nil {
		s.links = make(map[string]Link)
	}
	if whole {
		scanned := make(map[string]bool)
		for _, dir := range dirs {
			scanned[dir] = true
		}
		maps.DeleteFunc(s.links, func(path string, _ Link) bool { return paths.WithinAny(scanned, path) })
	}
	for _, link := range sorted(found) {
		if _, known := s.links[link.Path]; !known && len(s.links) >= MaxLinks {
			dropped++
			continue
		}
		s.links[link.Path] = link
	}
	return dropped
}

// All returns the links, sorted by their paths.
func (s *Set) All() []Link { return sorted(slices.Collect(maps.Values(s.links))) }

// Next returns the paths of some links, at most n, and the next time those that follow. After
// the last one it begins anew.
func (s *Set) Next(n int) (list []string) {
	for _, link := range s.All() {
		if link.Path > s.last && len(list) < n {
			list = append(list, link.Path)
		}
	}
	switch {
	case len(list) > 0:
		s.last = list[len(list)-1]
	case s.last != "":
		s.last = ""
		return s.Next(n)
	}
	return list
}

// Known returns the link at a path.
func (s *Set) Known(path string) (link Link, ok bool) {
	link, ok = s.links[path]
	return link, ok
}

func sorted(links []Link) []Link {
	return slices.SortedFunc(slices.Values(links), func(a, b Link) int { return cmp.Compare(a.Path, b.Path) })
}

// Plan returns the roots to which links lead out of folders, none within another one, and what
// became of each link that does. Links in these roots count, too:
//
//	folder /ws    /ws/lib ─▶ /ext      root /ext
//	              /ws/one.py ─▶ /b/one.py   root /b, of which only one.py counts
//	              /ext/more ─▶ /more   root /more
//	              /ws/up ─▶ /          none: it leads to what is around the folder
//
// Allowed returns why a directory may not be a root.
func Plan(folders []string, all []Link, allowed func(dir string) error) (roots []files.Linked, status []Status) {
	var dirs []string
	names := make(map[string][]string)
	within := func(roots []string, path string) bool {
		return slices.ContainsFunc(roots, func(root string) bool { return paths.Within(root, path) })
	}
	refuse := func(link Link) string {
		target := link.Target
		isNew := link.IsDir && !within(dirs, target) || !link.IsDir && names[filepath.Dir(target)] == nil && !within(dirs, target)
		switch {
		case target == "":
			return link.Why
		case link.IsDir && (paths.Within(target, link.Path) || slices.ContainsFunc(folders, func(f string) bool { return paths.Within(target, f) })):
			return "it leads to a directory around it or around a folder"
		case isNew && len(dirs)+len(names) >= MaxRoots:
			return fmt.Sprintf("links lead to more than %d directories", MaxRoots)
		case link.IsDir:
			if err := allowed(target); err != nil {
				return err.Error()
			}
		}
		return ""
	}
	waiting := sorted(all)
	for more := true; more; {
		more = false
		waiting = slices.DeleteFunc(waiting, func(link Link) bool {
			switch {
			case link.Target != "" && within(folders, link.Target):
				return true // it is served where it is
			case !within(folders, link.Path) && !within(dirs, link.Path):
				return false // unless a later link leads there
			}
			why := refuse(link)
			status = append(status, Status{link.Path, link.Target, why})
			switch {
			case why != "" || within(dirs, link.Target):
			case link.IsDir:
				dirs, more = append(dirs, link.Target), true
			default:
				dir, name := filepath.Split(link.Target)
				names[filepath.Clean(dir)] = append(names[filepath.Clean(dir)], name)
			}
			return true
		})
	}
	for _, dir := range dirs {
		if !slices.ContainsFunc(dirs, func(other string) bool { return other != dir && paths.Within(other, dir) }) {
			roots = append(roots, files.Linked{Dir: dir})
		}
	}
	for dir, of := range names {
		if !within(dirs, dir) {
			roots = append(roots, files.Linked{Dir: dir, Names: slices.Compact(slices.Sorted(slices.Values(of)))})
		}
	}
	slices.SortFunc(roots, func(a, b files.Linked) int { return cmp.Compare(a.Dir, b.Dir) })
	slices.SortFunc(status, func(a, b Status) int { return cmp.Compare(a.Path, b.Path) })
	return roots, status
}
