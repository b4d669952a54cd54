package cachestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// DefaultMaxSize is the budget of a namespace in bytes: the summaries and indexes of some twenty Linux
	// kernels, and a fraction of what a language server's own cache takes.
	DefaultMaxSize = 2 << 30

	// DefaultMaxAge is how long unused values and indexes are kept: longer than a holiday.
	DefaultMaxAge = 30 * 24 * time.Hour

	// gcTargetPercent is the part of the budget that is left when it was exceeded, in percent, so that the
	// next few entries do not exceed it again.
	gcTargetPercent = 90

	// maxLearnedBytes bounds the learned answers of a namespace, 256 MB, and learnedShare makes that at most 1/8 of a
	// smaller budget. They come from a server's answers, one for each question, and grow with use and not with code.
	maxLearnedBytes = 256 << 20
	learnedShare    = 8

	// rewriteShare: a pack is copied to be rid of old records when they are more than 1/rewriteShare of it.
	rewriteShare = 4

	// useResolution is how exactly times of use are kept: an index is touched, and a time of use written, when
	// the one on disk is older by this.
	useResolution = 24 * time.Hour
)

// A collection takes stock of a namespace, marks what is in use, chooses victims, and sweeps them. Stock is a size and a
// time of last use for each record of a pack, each loose entry and each index file.
//
//	stock    last use: as noted beside a pack or in a file's modification time
//	mark     an index file that was used at t names keys: each of these was last used at t or later
//	choose   what was last used more than MaxAge ago; then, if the rest is larger than MaxSize, the least recently used
//	         until 90 % of MaxSize are left
//	sweep    a file that is a victim, or has only victims, is unlinked; a pack with some victims is copied without them
//
// For example, on day 40, with a MaxAge of 30 days and a MaxSize of 90 MB:
//
//	                 MB   noted    named by     last use    chosen
//	index A          10   day 39                day 39
//	record of k1     40   day  2   A            day 39
//	index B          10   day 20                day 20
//	record of k2     40   day 20   B            day 20      least recently used: 100 MB are more than 90
//	record of k3     30   day  5                day  5      too old
//
// 60 MB are left, less than 81, so index B stays although k2 is gone: its file is looked up and parsed again when
// somebody wants it. Of two with the same last use the value goes before the index.
//
// Counted are records with their slots and times, loose entries, index files, and whole files of other versions. Not
// counted are headers of packs, locks, the manifest, and sources. collection.chooseVictims says which owners share which budget.

// GCOptions says what GC keeps. The zero value keeps what the defaults say.
type GCOptions struct {
	MaxSize int64         // bytes; DefaultMaxSize when 0, no limit when negative
	MaxAge  time.Duration // since the last use; DefaultMaxAge when 0, no limit when negative
	DryRun  bool          // only report

	// Marks calls mark for each key, of any part, that an index names, which counts as a use of that key. It may close
	// the file, which is closed after it in any case. An error that matches ErrDamaged means that the index names no
	// more; one that matches ErrForeign, that it belongs to another version; any other, that it could not be read, and it
	// counts as naming everything. When Marks is nil, all keys count as named by the most recently used index. Learned
	// answers are named by no index.
	Marks func(index *os.File, mark func(Key)) error
}

// GCReport says what GC removed, or would remove, and what it left.
type GCReport struct {
	Busy bool // another process is collecting; nothing was done

	Entries    int   // values removed, loose and packed
	Packs      int   // packs removed as a whole
	Workspaces int   // workspaces of which the index was removed
	Leftovers  int   // temporary files of dead writers, indexes that were replaced, other layouts, extracted sources
	Bytes      int64 // by which the cache became smaller
	Left       int   // files that are in use, on Windows, and wait for the next collection
	Packed     int   // loose entries moved into packs

	Kept Stats
}

// GC removes values and indexes that have not been used for long, the least recently used of those beyond a size, and
// leftovers of dead writers. It also brings loose entries and small packs together. The page above says how it chooses.
//
// A key that an index names was last used when the index was. So the values of a workspace that nobody opens go
// together, and with its index. A key that no index names was last used when one last named it, or when it was stored.
// Files of another format version go by their age alone, and leave half of MaxSize to the others.
//
// Learned answers are named by no index and have a cap of their own. Extracted sources go by their age. Files of
// another layout in the same root go when nothing has used them for 30 days.
//
// It waits for no lock: while another process collects it does nothing, and loose entries of shards that are locked stay
// loose. Readers are not disturbed, and a lookup of a removed value misses. It is safe to stop it at any moment.
func (s *Store) GC(ctx context.Context, opts GCOptions) (GCReport, error) {
	if err := s.ready(); err != nil {
		return GCReport{}, err
	}
	if opts.DryRun {
		return s.collect(ctx, opts)
	}
	unlock, ok, err := s.tryLock([]string{gcLock})
	if err != nil {
		return GCReport{}, fmt.Errorf("cachestore: collect garbage: %w", err)
	}
	if !ok {
		return GCReport{Busy: true}, nil
	}
	defer unlock()
	defer s.own.expire()
	return s.collect(ctx, opts)
}

func (s *Store) collect(ctx context.Context, opts GCOptions) (GCReport, error) {
	c := newCollection(s, opts)
	err := c.run(ctx)
	if err == nil && !opts.DryRun {
		s.writeManifest()
	}
	if err == nil {
		c.report.Kept, err = s.layout.stats()
	}
	if err != nil {
		return c.report, fmt.Errorf("cachestore: collect garbage in %s: %w", s.Dir(), err)
	}
	return c.report, nil
}

// collection is one run of GC.
type collection struct {
	store  *Store
	opts   GCOptions
	now    time.Time
	cutoff time.Time // what was used before is too old
	report GCReport
	stock
}

func newCollection(s *Store, opts GCOptions) *collection {
	if opts.MaxSize == 0 {
		opts.MaxSize = DefaultMaxSize
	}
	if opts.MaxSize < 0 {
		opts.MaxSize = math.MaxInt64
	}
	if opts.MaxAge == 0 {
		opts.MaxAge = DefaultMaxAge
	}
	c := &collection{store: s, opts: opts, now: s.now()}
	if opts.MaxAge > 0 {
		c.cutoff = c.now.Add(-opts.MaxAge)
	}
	return c
}

func (c *collection) run(ctx context.Context) error {
	// A pack that is published after this is not looked at.
	if err := c.takeStock(ctx, c.store, c.now); err != nil {
		return err
	}
	if err := c.sweepLeftovers(); err != nil {
		return err
	}
	if err := c.mark(ctx); err != nil {
		return err
	}
	overBudget := c.chooseVictims()
	for _, step := range []func(context.Context) error{
		c.sweepIndexes, c.sweepUnknown, c.sweepLayouts, c.sweepSources, c.sweepLoose,
		func(ctx context.Context) error { return c.sweepPacks(ctx, overBudget) },
		c.noteUse, c.packLoose, c.mergePacks, c.sweepEmpty,
	} {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// remove removes a file, unless this is a dry run, and counts its bytes. A file that is gone is not counted; one
// that is in use is counted as left.
func (c *collection) remove(path string, size int64) (removed bool) {
	if !c.opts.DryRun {
		if err := c.store.layout.at.remove(path); err != nil {
			if isInUse(err) {
				c.report.Left++
			}
			if !errors.Is(err, fs.ErrNotExist) {
				c.store.log.Debug("cachestore: garbage is left", "path", path, "cause", err)
			}
			return false
		}
	}
	c.report.Bytes += size
	return true
}

// sweepLeftovers removes temporary files of dead writers, times of use of packs that are gone, and indexes that were
// replaced.
func (c *collection) sweepLeftovers() error {
	l := c.store.layout
	dirs := []string{l.root, l.dir, l.packs}
	if err := l.walkDirs(func(dir string) error { dirs = append(dirs, dir); return nil }); err != nil {
		return err
	}
	for _, dir := range dirs {
		err := l.at.eachName(dir, func(name string) error {
			path := filepath.Join(dir, name)
			if !c.isLeftover(path) {
				return nil
			}
			info, err := l.at.lstat(path)
			if err != nil {
				return ignoreMissing(err)
			}
			if c.now.Sub(info.ModTime()) >= tempMaxAge && c.remove(path, info.Size()) {
				c.report.Leftovers++
			}
			return nil
		})
		if err != nil && dir != l.root { // which may be closed to us
			return err
		}
	}
	for _, f := range c.replaced {
		if c.remove(f.path, f.info.Size()) {
			c.report.Leftovers++
		}
	}
	return nil
}

// isLeftover reports whether a file that is old enough has no use.
func (c *collection) isLeftover(path string) bool {
	l := c.store.layout
	switch {
	case l.isTemp(path):
		return true
	case filepath.Dir(path) != l.packs:
		return false
	}
	id, ok := strings.CutSuffix(path, usageSuffix)
	if !ok || !isPackName(id+packSuffix) {
		return false
	}
	_, err := l.at.lstat(id + packSuffix)
	return errors.Is(err, fs.ErrNotExist)
}

func (c *collection) sweepIndexes(context.Context) error {
	for _, x := range c.indexes {
		info, err := c.store.layout.at.lstat(x.path)
		if !x.victim || err != nil || !info.ModTime().Equal(x.info.ModTime()) { // touched since
			continue
		}
		if c.remove(x.path, x.info.Size()) {
			c.report.Workspaces++
		}
	}
	return nil
}

// sweepUnknown removes packs and entries of which nothing is known but their age.
func (c *collection) sweepUnknown(context.Context) error {
	for _, f := range c.unknown {
		if f.victim && c.remove(f.path, f.size) {
			c.report.Packs++
		}
	}
	return nil
}

func (c *collection) sweepLoose(context.Context) error {
	for _, e := range c.loose {
		// One of another format version goes by its age only.
		if !e.victim || !e.used.Before(c.cutoff) && c.store.foreignEntry(e.key) {
			continue
		}
		info, err := c.store.layout.at.lstat(e.path)
		if err != nil || !info.ModTime().Equal(e.modified) { // written again since
			continue
		}
		if c.remove(e.path, e.size) {
			c.report.Entries++
		}
	}
	return nil
}

// sweepPacks removes packs of which all records are victims, and copies what is left of those that have
// enough of them; of those that have any when the budget is exceeded.
func (c *collection) sweepPacks(ctx context.Context, overBudget bool) error {
	var group []*packStock
	var bytes int64
	var records int
	flush := func() error {
		err := c.rewritePacks(ctx, group)
		group, bytes, records = nil, 0, 0
		return err
	}
	for _, p := range c.packs {
		dropped, droppedBytes := p.victims()
		switch {
		case dropped == 0, !overBudget && droppedBytes < (p.header.size-p.header.directory)/rewriteShare:
			continue
		case c.publishedAgain(p):
			continue
		case dropped == p.header.records():
			c.dropPack(p, dropped)
			continue
		}
		kept, keptBytes := p.header.records()-dropped, p.header.size-droppedBytes
		if bytes+keptBytes > maxPackBytes || records+kept > maxPackRecords {
			if err := flush(); err != nil {
				return err
			}
		}
		group, bytes, records = append(group, p), bytes+keptBytes, records+kept
	}
	return flush()
}

// publishedAgain reports whether the pack was published again since stock was taken, so that its records were used.
func (c *collection) publishedAgain(p *packStock) bool {
	info, err := c.store.layout.at.lstat(p.pack.path)
	return err != nil || !info.ModTime().Equal(p.modified)
}

func (c *collection) dropPack(p *packStock, records int) {
	c.store.own.packs.open.drop(p.pack.path) // it would be in use
	if !c.remove(p.pack.path, p.header.size) {
		return
	}
	p.gone = true
	c.report.Entries += records
	c.report.Packs++
	if usage := usagePath(p.pack.path); p.usageSize > 0 {
		c.remove(usage, p.usageSize)
	}
}

func (c *collection) rewritePacks(ctx context.Context, group []*packStock) error {
	var sources []*sourcePack
	for _, p := range group {
		dropped, droppedBytes := p.victims()
		c.report.Entries += dropped
		if c.opts.DryRun {
			c.report.Bytes += droppedBytes
			continue
		}
		p.gone = true
		sources = append(sources, p.sourcePack)
	}
	if len(sources) == 0 {
		return nil
	}
	done, err := c.store.rewrite(ctx, sources)
	if err != nil {
		return err
	}
	c.report.Left += len(done.left)
	for _, p := range group {
		if !slices.Contains(done.left, p.sourcePack) {
			c.report.Bytes += p.header.size + p.usageSize
		}
	}
	if done.records > 0 {
		c.report.Bytes -= done.size + usageSize(done.records)
	}
	return nil
}

// noteUse writes the times of use that are much later than those on disk.
func (c *collection) noteUse(context.Context) error {
	if c.opts.DryRun {
		return nil
	}
	for _, p := range c.packs {
		if !p.gone && p.usedLater {
			if err := c.store.layout.writeUsage(p.pack.path, p.used); err != nil {
				return err
			}
		}
	}
	for _, e := range c.loose {
		if e.used.Sub(e.modified) > useResolution && !e.victim {
			if err := ignoreMissing(c.store.layout.at.chtimes(e.path, e.used)); err != nil {
				return err
			}
			e.modified = e.used
		}
	}
	return nil
}

func (c *collection) mergePacks(ctx context.Context) error {
	if c.opts.DryRun {
		return nil
	}
	files, err := c.store.layout.packSizes()
	if err != nil {
		return err
	}
	if due := dueForMerge(files); len(due) > 0 {
		var merged Merged
		merged, err = c.store.merge(ctx, due)
		c.report.Left += merged.Left
	}
	return err
}

// sweepEmpty removes empty directories, and the locks of workspaces that are gone. Writers make a directory that
// they miss, and one in which they have begun a file is not empty.
func (c *collection) sweepEmpty(context.Context) error {
	if c.opts.DryRun {
		return nil
	}
	err := c.store.layout.walkDirs(func(dir string) error {
		_ = c.store.layout.at.remove(dir) // ignore error: it is not empty
		return nil
	})
	return errors.Join(err, c.store.sweepLocks())
}
