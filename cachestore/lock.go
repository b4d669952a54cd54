package cachestore

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	shardCount = 256

	// gcLock is held by whoever removes or merges packs; it is taken before all other locks.
	gcLock = "gc"

	workspaceLockPrefix = "workspace-"

	// defaultLockTimeout bounds the wait for a lock. It is longer than any holder that lives needs for one
	// batch (the extractor's bound on parsing one file is a few seconds), so that a
	// wait that it ends is one for a suspended process.
	defaultLockTimeout = 30 * time.Second

	// lockRetryDelay is the pause between two tries for a lock that another process holds: short beside the
	// tens of milliseconds of a parse, long beside the 10 us of a try, so that waiting costs 0.2 % of a core.
	// Goroutines of one process queue on a channel, first come first served, and only the first of the queue
	// polls.
	lockRetryDelay = 5 * time.Millisecond

	// lockAttempts is how often a lock is taken whose file was removed meanwhile, at some 20 us each. That happens
	// at most once a day to one lock. Where a file system never tells that two names are one file, this would go
	// on for ever: the lock counts as taken then.
	lockAttempts = 100

	// workspaceRetryDelay is the same for the lock of a workspace, which is held for the seconds of a first
	// scan that needs all processors: seven processes that wait would take 5 % of it.
	workspaceRetryDelay = 30 * time.Millisecond
)

// locks are advisory OS locks on files: the kernel releases them when a holder dies, in whatever way and
// wherever it runs, so no lock is ever stale, and nothing that a lock file contains is ever believed. The files
// are never removed, but for those of workspaces that are gone (see discard). Locks keep processes from doing the
// same work twice; nothing depends on them for correctness, since equal keys mean equal values and every temporary
// file has a unique name. So a process that waits too long may go ahead.
type locks struct {
	layout layout
	now    func() time.Time
	log    *slog.Logger

	mu    sync.Mutex
	turns map[string]chan struct{} // by lock; of capacity 1: holding the token is the right to ask the OS
}

func newLocks(l layout, now func() time.Time, log *slog.Logger) *locks {
	return &locks{layout: l, now: now, log: log, turns: map[string]chan struct{}{}}
}

// turn returns the turn of a lock. They are kept: there are 257, and one for each workspace of the process.
func (ls *locks) turn(name string) chan struct{} {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.turns[name] == nil {
		ls.turns[name] = make(chan struct{}, 1)
	}
	return ls.turns[name]
}

// try takes a lock if it is free.
func (ls *locks) try(name string) (release func(), ok bool, err error) {
	turn := ls.turn(name)
	select {
	case turn <- struct{}{}:
	default:
		return nil, false, nil
	}
	return ls.lockFile(name, turn, tryFile)
}

// wait takes a lock, waiting until ctx ends, whose error it then returns. It tries at least once.
func (ls *locks) wait(ctx context.Context, name string) (release func(), err error) {
	turn := ls.turn(name)
	select {
	case turn <- struct{}{}:
	default:
		select {
		case turn <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	delay := lockRetryDelay
	if strings.HasPrefix(name, workspaceLockPrefix) {
		delay = workspaceRetryDelay
	}
	release, _, err = ls.lockFile(name, turn, func(f *os.File) (bool, error) {
		for {
			if ok, err := lockNow(f, false); ok || err != nil {
				return ok, err
			}
			select {
			case <-ctx.Done():
				return false, ctx.Err()
			case <-time.After(delay):
			}
		}
	})
	return release, err
}

// tryFile takes the lock of a file if it is free.
func tryFile(f *os.File) (ok bool, err error) { return lockNow(f, false) }

// lockFile opens the file of a lock, makes it where it is missing, and asks the OS with take. The caller has the
// turn; it is given back by release, or here without a lock.
func (ls *locks) lockFile(
	name string, turn chan struct{}, take func(*os.File) (bool, error),
) (release func(), ok bool, err error) {
	path := filepath.Join(ls.layout.locks, name)
	var f *os.File
	var writable bool
	err = ls.layout.retryMissing(ls.layout.locks, func() error {
		for attempt := 1; ; attempt++ {
			if f, writable, err = ls.open(path); err != nil {
				return err
			}
			if ok, err = take(f); ok && (ls.isNamed(f, path) || attempt == lockAttempts) {
				return nil
			}
			if closed := letGo(f); !ok || err != nil {
				return errors.Join(err, closed)
			}
		}
	})
	if isLockless(err) || errors.Is(err, ErrNoPlace) {
		// The turn still keeps the goroutines of this process apart. Other processes may do the same work.
		ls.log.Debug("cachestore: there are no locks", "path", path, "cause", err)
		return func() { <-turn }, true, nil
	}
	if !ok || err != nil {
		<-turn
		return nil, false, err
	}
	if writable {
		ls.describeHolder(f)
	}
	return func() {
		_ = letGo(f) // ignore error: the file is ours and open
		<-turn
	}, true, nil
}

// letGo lets the lock of a file go, if there is one, and closes the file.
func letGo(f *os.File) error {
	_ = unlockNow(f) // ignore error: a file system without locks
	return f.Close()
}

// open opens the file of a lock. Some network file systems lock only what is open for writing; where nothing can be
// written, a file that is there can still be locked.
func (ls *locks) open(path string) (f *os.File, writable bool, err error) {
	f, err = ls.layout.at.openFile(path, os.O_RDWR|os.O_CREATE)
	if errors.Is(err, fs.ErrPermission) || isReadOnly(err) {
		if readable, readErr := ls.layout.at.open(path); readErr == nil {
			return readable, false, nil
		}
	}
	return f, true, err
}

// isNamed reports whether the file of a lock that is held is the one that stands under its name.
func (ls *locks) isNamed(f *os.File, path string) bool {
	held, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := ls.layout.at.stat(path)
	return err == nil && os.SameFile(held, named)
}

// discard removes the file of a lock that nobody holds, and that this process has not used; where an open file
// cannot be removed, as on old file systems of Windows, it stays.
//
// The lock still has one holder at most, with others opening, locking and discarding the same file at any moment.
// A process that has taken a lock looks whether its file is the one that stands under the name; if not, it lets go and
// opens the file again. A process that removes a file has taken its lock in this way, and then only lets go. So a file keeps its name as long as somebody else holds its lock; and two holders would hold two files,
// of which both had the name while both were held.
func (ls *locks) discard(name string) {
	ls.mu.Lock()
	used := ls.turns[name] != nil
	ls.mu.Unlock()
	if used {
		return
	}
	path := filepath.Join(ls.layout.locks, name)
	f, err := ls.layout.at.openFile(path, os.O_RDWR)
	if err != nil {
		return
	}
	defer func() { _ = letGo(f) }()                                     // ignore error: the file is ours and open
	if ok, err := tryFile(f); ok && err == nil && ls.isNamed(f, path) { // else it is held, or there are no locks
		_ = ls.layout.at.remove(path) // ignore error: it stays
	}
}

// describeHolder writes who holds a lock, for people. It is written over the last holder's line, in a fixed
// width, and from the second byte on, because Windows keeps the locked first byte from other handles. Errors
// are ignored: the lock is held with or without it, also on a full disk.
func (ls *locks) describeHolder(f *os.File) {
	_ = f.Chmod(fileMode) // the umask may have taken bits away
	host, _ := os.Hostname()
	line := fmt.Sprintf("pid %d host %s since %s", os.Getpid(), host, ls.now().UTC().Format(time.RFC3339))
	_, _ = f.WriteAt(fmt.Appendf(nil, "%-127.127s\n", line), 1)
}

// shardLock names the lock of a shard.
func shardLock(shard byte) string { return hex.EncodeToString([]byte{shard}) }

// TryLockShards takes the locks of the given shards (first bytes of hashes), all or none, without waiting.
// What other holders of these locks have published before is seen by every Get that begins after it returns.
func (s *Store) TryLockShards(shards []byte) (unlock func(), ok bool, err error) {
	return s.tryLock(lockOrder(shards))
}

func (s *Store) tryLock(order []string) (unlock func(), ok bool, err error) {
	if s.closed.Load() {
		return nil, false, errClosed
	}
	var held releases
	for _, name := range order {
		release, ok, err := s.locks.try(name)
		if !ok || err != nil {
			held.release()
			if err != nil {
				return nil, false, fmt.Errorf("cachestore: lock %s: %w", name, err)
			}
			return nil, false, nil
		}
		held = append(held, release)
	}
	s.own.expire()
	return sync.OnceFunc(held.release), true, nil
}

// LockShards takes the locks of the given shards (first bytes of hashes), in ascending order so that two
// callers cannot wait for each other. It waits at most the store's lock timeout in all, then goes ahead
// without those that are still held: the holder is suspended or hangs, and doing its work again does no harm
// (see locks). An error is that of ctx, or of the file system.
func (s *Store) LockShards(ctx context.Context, shards []byte) (unlock func(), err error) {
	unlock, _, err = s.lock(ctx, lockOrder(shards))
	return unlock, err
}

// lock takes locks in the order given, within the lock timeout in all; all is false when it ran out.
func (s *Store) lock(ctx context.Context, order []string) (unlock func(), all bool, err error) {
	if s.closed.Load() {
		return nil, false, errClosed
	}
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	bounded, cancel := context.WithTimeout(ctx, s.lockTimeout)
	defer cancel()
	var held releases
	for _, name := range order {
		release, err := s.locks.wait(bounded, name)
		switch {
		case err == nil:
			held = append(held, release)
		case ctx.Err() != nil:
			held.release()
			return nil, false, ctx.Err()
		case errors.Is(err, context.DeadlineExceeded):
			s.log.Debug("cachestore: going ahead without a lock", "lock", name, "waited", s.lockTimeout)
		default:
			held.release()
			return nil, false, fmt.Errorf("cachestore: lock %s: %w", name, err)
		}
	}
	s.own.expire()
	return sync.OnceFunc(held.release), len(held) == len(order), nil
}

// releases are the locks that a caller holds.
type releases []func()

func (r releases) release() {
	for _, f := range slices.Backward(r) {
		f()
	}
}

// lockOrder returns the locks of shards, ascending, each once.
func lockOrder(shards []byte) []string {
	shards = slices.Compact(slices.Sorted(slices.Values(shards)))
	order := make([]string, len(shards))
	for i, b := range shards {
		order[i] = shardLock(b)
	}
	return order
}
