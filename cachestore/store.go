package cachestore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"
)

var (
	// errClosed is the error of the methods of a closed store.
	errClosed = errors.New("cachestore: store is closed")
	// ErrTooLarge is returned for a value over 16 MiB, or a pack of over a million records.
	ErrTooLarge = errors.New("cachestore: too large to store")
)

// Options changes what Open does by default. The zero value is usable.
type Options struct {
	Namespace   string           // whose part of the root; the current user's uid or SID when empty
	Base        []string         // caches that are only read, after one's own: absolute paths, see Open
	Now         func() time.Time // time.Now when nil
	LockTimeout time.Duration    // longest wait for a lock; 30 s when zero
	Logger      *slog.Logger     // told of bases that cannot be read, and at debug level of damage and of locks not waited for; discards when nil
}

// Store is one user's part of a cache directory: the values, what keeps them in order (Merge, GC, Verify, Clear), and
// the index files of each workspace (Workspace). Its methods may be called at once, from any number of goroutines and
// processes.
type Store struct {
	layout      layout
	now         func() time.Time
	log         *slog.Logger
	lockTimeout time.Duration
	locks       *locks
	own         *finder
	bases       []*finder // asked in order after own
	closed      atomic.Bool
}

// DefaultRoot returns the directory "symcache" in the user's cache directory, which is absolute.
func DefaultRoot() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("cachestore: find the user's cache directory: %w", err)
	}
	if !filepath.IsAbs(dir) {
		return "", fmt.Errorf("cachestore: the user's cache directory %q is not absolute", dir)
	}
	return filepath.Join(dir, "symcache"), nil
}

// Open opens the store in an absolute directory, making what is missing. A store that exists can be opened,
// and read, where nothing can be written. It takes the same few system calls whatever is stored. The error is a
// *PlaceError where the directory cannot hold the user's part of a cache, or another user could change that.
//
// Base caches may be anybody's, such as of an image that was built as root: each path is that of a cache
// directory, or of one user's directory in it. They are trusted with the values they hold, never written to,
// and asked in order for what the own cache does not have. One that cannot be read counts as empty, and the logger is
// told.
func Open(root string, opts Options) (*Store, error) {
	l, err := newLayout(root, opts.Namespace)
	if err != nil {
		return nil, err
	}
	if err := l.prepare(); err != nil {
		return nil, fmt.Errorf("cachestore: open %s: %w", root, err)
	}
	l.closeToOthers()
	return newStoreIn(l, opts)
}

// OpenBases opens a store without a part of its own, where there is no place for one. It reads base caches, and is empty
// without them. Its methods that write fail with an error that matches ErrNoPlace.
func OpenBases(opts Options) (*Store, error) { return newStoreIn(layoutNowhere(), opts) }

// OpenExisting is Open for programs that only look: it makes nothing and changes no modes, and fails with
// fs.ErrNotExist where there is no store.
func OpenExisting(root string, opts Options) (*Store, error) {
	l, err := newLayout(root, opts.Namespace)
	if err != nil {
		return nil, err
	}
	if _, err := l.at.handle(); err != nil {
		return nil, fmt.Errorf("cachestore: look into %s: %w", root, err)
	}
	return newStoreIn(l, opts)
}

func newStoreIn(l layout, opts Options) (*Store, error) {
	s := &Store{layout: l, now: opts.Now, log: opts.Logger, lockTimeout: opts.LockTimeout}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.lockTimeout <= 0 {
		s.lockTimeout = defaultLockTimeout
	}
	s.locks = newLocks(l, s.now, s.log)
	s.own = newFinder(l, s.now, s.log)
	if err := s.openBases(opts.Base); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func newLayout(root, namespace string) (layout, error) {
	if !filepath.IsAbs(root) {
		return layout{}, fmt.Errorf("cachestore: root %q is not absolute", root)
	}
	if namespace == "" {
		var err error
		if namespace, err = currentUser(); err != nil {
			return layout{}, fmt.Errorf("cachestore: find the current user: %w", err)
		}
	}
	if !validNamespace(namespace) {
		return layout{}, fmt.Errorf("cachestore: invalid namespace %q", namespace)
	}
	return layoutOf(root, namespace), nil
}

// Dir returns the directory of the user's namespace, "" where there is none.
func (s *Store) Dir() string { return s.layout.dir }

// Close closes the files that are kept open. Calls under way end normally, or with an error where they come to open
// another file; later ones fail.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return errClosed
	}
	s.own.close()
	for _, base := range s.bases {
		base.close()
	}
	return nil
}

// ready reports why a call with these keys cannot be made.
func (s *Store) ready(keys ...Key) error {
	if s.closed.Load() {
		return errClosed
	}
	for _, k := range keys {
		if err := k.check(); err != nil {
			return err
		}
	}
	return nil
}

// Get returns the value of a key, which the caller may keep and change. When there is none, the error matches ErrMiss;
// any other error means that the storage could not be read. It takes no lock.
func (s *Store) Get(k Key) ([]byte, error) {
	if err := s.ready(k); err != nil {
		return nil, err
	}
	if !k.Part.known() {
		if s.Has(k) {
			return nil, lookupError(k, fmt.Errorf("%w: part %q", ErrForeign, k.Part))
		}
		return nil, lookupError(k, errAbsent)
	}
	return s.lookup(s.own, k)
}

// lookup is Get with a finder of the own part.
func (s *Store) lookup(own *finder, k Key) ([]byte, error) {
	value, err := own.get(k)
	if err == nil {
		return value, nil
	}
	for _, base := range s.bases {
		value, baseErr := base.get(k)
		if baseErr == nil {
			return value, nil
		}
		if isFinding(baseErr) {
			err = graver(err, baseErr)
		} else {
			s.log.Debug("cachestore: base cache cannot be read", "path", base.layout.dir, "cause", baseErr)
		}
	}
	return nil, lookupError(k, err)
}

// Has reports whether the own cache or a base has a value under a key, without reading the value. It is false where that
// cannot be told, so that a caller that relies on it stores the value again. It takes no lock.
func (s *Store) Has(k Key) bool {
	if s.ready(k) != nil {
		return false
	}
	return s.own.has(k) || slices.ContainsFunc(s.bases, func(base *finder) bool { return base.has(k) })
}

// Put stores a value as a loose entry, durable when it returns, and returns the bytes written.
func (s *Store) Put(k Key, value []byte) (int64, error) {
	if err := s.ready(); err != nil {
		return 0, err
	}
	if err := k.checkWrite(); err != nil {
		return 0, err
	}
	if err := checkSize(k, value); err != nil {
		return 0, err
	}
	if s.foreignEntry(k) {
		// The place belongs to another version of the program, which would do the same to us: keep both.
		return s.PutPack([]Record{{k, value}})
	}
	size, err := s.writeEntry(k, value)
	if err != nil {
		return 0, fmt.Errorf("cachestore: put %s: %w", k, err)
	}
	return size, nil
}

// PutPack stores many values as one pack, durable when it returns, and returns the length of the pack. Of records
// with equal keys the last counts. Nothing is written when there are no records, or a sound pack of the same set.
func (s *Store) PutPack(records []Record) (int64, error) {
	if err := s.ready(); err != nil {
		return 0, err
	}
	for _, r := range records {
		if err := r.Key.checkWrite(); err != nil {
			return 0, err
		}
		if err := checkSize(r.Key, r.Value); err != nil {
			return 0, err
		}
	}
	if len(records) == 0 {
		return 0, nil
	}
	plan, err := planRecords(records)
	if err != nil {
		return 0, err
	}
	p, err := s.publishPack(plan)
	if err == nil {
		// Whatever was noted of a pack with the same records, they were stored just now.
		err = ignoreMissing(s.layout.at.remove(usagePath(p.path)))
	}
	if err != nil {
		return 0, fmt.Errorf("cachestore: put a pack of %d records: %w", len(records), err)
	}
	return p.size, nil
}

// Compute returns the value of a key; when there is none it computes and stores it, and computed is true. Of
// all processes that want the same key at once, one computes and the others wait for it, though no longer
// than the lock timeout (see LockShards).
//
// A value that could be computed but not stored is returned together with the error: value is usable whenever
// computed is true. An error of compute is returned as it is.
func (s *Store) Compute(
	ctx context.Context, k Key, compute func(context.Context) ([]byte, error),
) (value []byte, computed bool, err error) {
	value, err = s.Get(k)
	if !errors.Is(err, ErrMiss) {
		return value, false, err
	}
	unlock, err := s.LockShards(ctx, []byte{k.shard()})
	switch {
	case err == nil:
		defer unlock()
		value, err = s.Get(k)
		if !errors.Is(err, ErrMiss) {
			return value, false, err
		}
	case ctx.Err() != nil || errors.Is(err, errClosed):
		return nil, false, err
	default:
		// Where locks cannot be had (a read-only or full disk, some network file systems) the work is still
		// wanted.
		s.log.Debug("cachestore: computing without a lock", "key", k, "cause", err)
	}
	value, err = compute(ctx)
	if err != nil {
		return nil, false, err
	}
	_, err = s.Put(k, value)
	return value, true, err
}

func checkSize(k Key, value []byte) error {
	if len(value) > maxValueSize {
		return fmt.Errorf("%w: %d bytes under %s", ErrTooLarge, len(value), k)
	}
	return nil
}
