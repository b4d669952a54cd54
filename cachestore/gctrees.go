package cachestore

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	// layoutMaxAge is how long the directory of another layout is kept that nobody uses. It is longer than a holiday,
	// and does not depend on GCOptions, which speak of this layout.
	layoutMaxAge = 30 * 24 * time.Hour

	// maxTreeLook bounds the files and directories that are looked at to tell the age of a tree. Those near its top are
	// looked at first. A program that uses a cache writes there: a manifest, a pack, an index.
	maxTreeLook = 100_000
)

// sweepLayouts removes what this user has in the directories of other layouts, such as v1, when nobody has used it for
// 30 days: another version of the program may be in use until then. A root may be somebody's directory with other
// things in it, so only a namespace goes in which something was stored, and the directory above when it is empty.
func (c *collection) sweepLayouts(ctx context.Context) error {
	l := c.store.layout
	err := l.at.eachName(l.root, func(name string) error {
		version := filepath.Join(l.root, name)
		namespace := filepath.Join(version, filepath.Base(l.dir))
		digits, ok := strings.CutPrefix(name, "v")
		_, err := strconv.ParseUint(digits, 10, 32)
		if !ok || err != nil || name == layoutVersion || !isRealDir(version) || !isRealDir(namespace) || !isNamespace(namespace) {
			return ctx.Err()
		}
		if err := c.sweepTree(ctx, namespace, c.now.Add(-layoutMaxAge)); err != nil {
			return err
		}
		if !c.opts.DryRun {
			_ = os.Remove(version) // ignore error: it is not empty, or the root's owner's
		}
		return nil
	})
	if errors.Is(err, fs.ErrPermission) { // the root, or the other layout, may be closed to us
		return nil
	}
	return err
}

// sweepSources removes extracted sources that were not used for long.
func (c *collection) sweepSources(ctx context.Context) error {
	if !c.store.layout.at.isDir(c.store.layout.sources) {
		return nil
	}
	return c.store.layout.at.eachName(c.store.layout.sources, func(name string) error {
		return c.sweepTree(ctx, filepath.Join(c.store.layout.sources, name), c.cutoff)
	})
}

// sweepTree removes a file or a tree in which nothing was modified since a time.
func (c *collection) sweepTree(ctx context.Context, path string, since time.Time) error {
	newest, size, err := c.store.layout.lookAtTree(ctx, path, since)
	if err != nil || !newest.Before(since) {
		return err
	}
	if !c.opts.DryRun {
		if err := c.store.layout.at.removeAll(path); err != nil { // which follows no link
			c.store.log.Debug("cachestore: garbage is left", "path", path, "cause", err)
			return nil
		}
	}
	c.report.Leftovers++
	c.report.Bytes += size
	return nil
}

// lookAtTree returns the newest modification time of a tree and the bytes of its files, as far as it looks: it ends
// at the first time that is not before since, and after maxTreeLook names. It follows no link.
func (l layout) lookAtTree(ctx context.Context, path string, since time.Time) (newest time.Time, size int64, err error) {
	left := maxTreeLook
	for level := []string{path}; len(level) > 0; {
		var below []string
		for _, path := range level {
			info, err := l.at.lstat(path)
			if err := errors.Join(ignoreMissing(err), ctx.Err()); err != nil {
				return newest, size, err
			}
			if err != nil {
				continue // removed meanwhile
			}
			if info.Mode()&fs.ModeSymlink != 0 {
				continue // no version of the program makes one
			}
			if info.ModTime().After(newest) {
				newest = info.ModTime()
			}
			if left--; left == 0 || !newest.Before(since) {
				return newest, size, nil
			}
			if !info.IsDir() {
				size += info.Size()
				continue
			}
			err = l.at.eachName(path, func(name string) error {
				if len(below) < left {
					below = append(below, filepath.Join(path, name))
				}
				return nil
			})
			if err != nil {
				return newest, size, err
			}
		}
		level = below
	}
	return newest, size, nil
}
