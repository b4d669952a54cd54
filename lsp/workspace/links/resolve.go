package links

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/symcache/symcache/lsp/workspace/files/door"
	"github.com/symcache/symcache/lsp/workspace/files/hanging"
)

// oneWait is how long one question about a link may hold up the others. An answer takes some
// microseconds. Of a disk that has to start spinning it comes at the next look.
const oneWait = time.Second / 2

// Resolve returns what the links at some paths lead to. It leaves out paths where no link is
// any more. Where a disk does not answer before ctx ends, a link leads where it did, which
// known says.
func Resolve(ctx context.Context, hangs *hanging.Dirs, links []string, known func(path string) (Link, bool)) (found []Link) {
	for _, path := range links {
		if link, ok := resolve(ctx, hangs, path, known); ok {
			found = append(found, link)
		}
	}
	return found
}

func resolve(ctx context.Context, hangs *hanging.Dirs, path string, known func(path string) (Link, bool)) (link Link, ok bool) {
	type answer struct {
		path  string
		isDir bool
		err   error
	}
	// ask asks about a path whose file system is that of dir.
	ask := func(dir string, f func() answer) answer {
		waiting, cancel := context.WithTimeout(ctx, oneWait)
		defer cancel()
		answered := make(chan answer, 1)
		if err := hangs.Do(waiting, filepath.Join(dir, "entry"), func() { answered <- f() }); err != nil {
			return answer{err: hanging.ErrHangs}
		}
		return <-answered
	}
	named := ask(filepath.Dir(path), func() answer {
		text, err := door.LinkText(path)
		return answer{path: text, err: err}
	})
	if named.err != nil && !errors.Is(named.err, hanging.ErrHangs) {
		return Link{}, false // gone, or something else by now
	}
	leads := named
	if named.err == nil {
		// A disk that does not answer is that of the target, not that of the link.
		leads = ask(named.path, func() answer {
			target, isDir, err := door.Follow(path)
			return answer{target, isDir, err}
		})
	}
	switch {
	case leads.err == nil:
		return Link{Path: path, Target: leads.path, IsDir: leads.isDir}, true
	case errors.Is(leads.err, hanging.ErrHangs):
		if link, ok := known(path); ok {
			return link, true
		}
		return Link{Path: path, Why: hanging.ErrHangs.Error()}, true
	case door.IsGone(leads.err):
		return Link{Path: path, Why: "nothing is there"}, true
	case errors.Is(leads.err, door.ErrIrregular):
		return Link{}, false // a socket, a device
	}
	return Link{Path: path, Why: "it cannot be followed"}, true
}
