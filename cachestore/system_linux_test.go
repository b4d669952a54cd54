package cachestore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func addMountRoles(roles map[string]func([]string) error) {
	roles["full disk"] = fullDiskRole
	roles["read-only"] = readOnlyRole
}

// A full disk fails a write with its reason and leaves nothing of it, and reading goes on.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	runInMountNamespace(t, "full disk")
}

// A cache on a read-only file system opens, reads, and computes without storing.
func TestReadOnlyFileSystem(t *testing.T) {
	t.Parallel()
	runInMountNamespace(t, "read-only")
}

// runInMountNamespace runs a role that mounts file systems, in a namespace of its own so that no mount
// outlives it. A user who is not root becomes root in a user namespace.
func runInMountNamespace(t *testing.T, role string) {
	t.Helper()
	c := newChild(t, role, t.TempDir())
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		c.cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		c.cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		c.cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	c.start()
	c.finish()
}

// mountCache mounts a small file system and prepares a cache in it, loose and packed.
func mountCache(dir string) (*Store, error) {
	// Without this the mount would be seen outside of the namespace.
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return nil, fmt.Errorf("make mounts private: %w", err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		return nil, fmt.Errorf("mount a small tmpfs: %w", err)
	}
	s, err := Open(filepath.Join(dir, "cache"), Options{})
	if err != nil {
		return nil, err
	}
	for n := range 10 {
		if _, err := s.Put(keyOf(n), valueOf(keyOf(n))); err != nil {
			return nil, err
		}
	}
	if _, err = s.PutPack(recordsOf(10, 20)); err != nil {
		return nil, err
	}
	_, err = s.Workspace(testWorkspace()).Publish(writeTestIndex(3))
	return s, err
}

func fullDiskRole(args []string) error {
	s, err := mountCache(args[0])
	if err != nil {
		return err
	}
	big := make([]byte, 512<<10)
	_, putErr := s.Put(keyOf(100), big)
	_, packErr := s.PutPack([]Record{{keyOf(100), big}})
	value, computed, computeErr := s.Compute(context.Background(), keyOf(100),
		func(context.Context) ([]byte, error) { return big, nil })
	_, indexErr := s.Workspace(testWorkspace()).Publish(func(f *os.File) error {
		_, err := f.Write(big)
		return err
	})
	for _, err := range []error{putErr, packErr, computeErr, indexErr} {
		if !errors.Is(err, syscall.ENOSPC) {
			return fmt.Errorf("a write to a full disk: %w", err)
		}
	}
	if len(value) != len(big) || !computed {
		return fmt.Errorf("Compute gave %d bytes, computed %v", len(value), computed)
	}
	d, err := Diagnose(s.layout.root, Options{}, 0)
	if err != nil || d.FileSystem != "tmpfs" || d.Free <= 0 || d.Free > 256<<10 || len(d.Problems) != 2 {
		return fmt.Errorf("diagnosis of a small tmpfs: %+v, %w", d, err)
	}
	// Fill it to the last page, so that not even a lock file's line or an empty directory fits.
	fill, err := os.Create(filepath.Join(args[0], "fill"))
	if err != nil {
		return err
	}
	for page := make([]byte, 4096); err == nil; {
		_, err = fill.Write(page)
	}
	for n := 200; n < 220; n++ {
		if _, err := s.Put(keyOf(n), valueOf(keyOf(n))); !errors.Is(err, syscall.ENOSPC) {
			return fmt.Errorf("a small write to a full disk: %w", err)
		}
		value, computed, err := s.Compute(context.Background(), keyOf(n), valueFunc(keyOf(n)))
		if string(value) != string(valueOf(keyOf(n))) || !computed || !errors.Is(err, syscall.ENOSPC) {
			return fmt.Errorf("Compute on a full disk: %d bytes, %v, %w", len(value), computed, err)
		}
	}
	if _, err := s.Workspace(testWorkspace()).Publish(writeTestIndex(4)); !errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("a small index on a full disk: %w", err)
	}
	if err := noTemps(args[0]); err != nil {
		return err
	}
	if err := readEverything(s); err != nil {
		return err
	}
	if err := os.Remove(fill.Name()); err != nil { // it holds its pages while it is open
		return err
	}
	if err := fill.Close(); err != nil {
		return err
	}
	_, err = s.Put(keyOf(100), []byte("small"))
	return err
}

func readOnlyRole(args []string) error {
	if _, err := mountCache(args[0]); err != nil {
		return err
	}
	if err := syscall.Mount("", args[0], "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		return fmt.Errorf("remount read-only: %w", err)
	}
	s, err := Open(filepath.Join(args[0], "cache"), Options{})
	if err != nil {
		return err
	}
	if err := readEverything(s); err != nil {
		return err
	}
	_, putErr := s.Put(keyOf(100), []byte("x"))
	_, packErr := s.PutPack(recordsOf(100, 101))
	value, computed, computeErr := s.Compute(context.Background(), keyOf(100), valueFunc(keyOf(100)))
	_, clearErr := s.Clear(context.Background())
	_, indexErr := s.Workspace(testWorkspace()).Publish(writeTestIndex(4))
	generation, newestErr := s.Workspace(testWorkspace()).Newest()
	removeErr := s.Workspace(testWorkspace()).Remove(generation)
	_, _, lockErr := s.Workspace(testWorkspace()).Lock(context.Background())
	if newestErr != nil || generation == 0 {
		return fmt.Errorf("newest index %d: %w", generation, newestErr)
	}
	for i, err := range []error{
		putErr, packErr, computeErr, remove(s, keyOf(1)), clearErr, indexErr, removeErr, lockErr,
	} {
		if !errors.Is(err, syscall.EROFS) {
			return fmt.Errorf("write %d to a read-only disk: %w", i, err)
		}
	}
	if string(value) != string(valueOf(keyOf(100))) || !computed {
		return fmt.Errorf("Compute gave %d bytes, computed %v", len(value), computed)
	}
	_, gcErr := s.GC(context.Background(), GCOptions{})
	_, repairErr := s.Verify(context.Background(), VerifyOptions{Repair: true})
	for i, err := range []error{gcErr, repairErr} {
		if !errors.Is(err, syscall.EROFS) {
			return fmt.Errorf("collection or repair %d on a read-only disk: %w", i, err)
		}
	}
	if _, err := s.GC(context.Background(), GCOptions{DryRun: true}); err != nil {
		return fmt.Errorf("dry run on a read-only disk: %w", err)
	}
	if report, err := s.Verify(context.Background(), VerifyOptions{}); err != nil || report.Damaged > 0 {
		return fmt.Errorf("verify a read-only disk: %+v, %w", report, err)
	}
	d, err := Diagnose(s.layout.root, Options{}, 0)
	if err != nil || len(d.Problems) == 0 || d.Problems[len(d.Problems)-1].Severity != SeverityError {
		return fmt.Errorf("diagnosis of a read-only disk: %+v, %w", d, err)
	}
	if _, err := Open(filepath.Join(args[0], "new"), Options{}); !errors.Is(err, syscall.EROFS) {
		return fmt.Errorf("open a new cache on a read-only disk: %w", err)
	}
	return readEverything(s)
}

// noTemps reports temporary files below a directory.
func noTemps(dir string) error {
	return filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(filepath.Base(path), tempPrefix) {
			err = fmt.Errorf("%s is left", path)
		}
		return err
	})
}

// readEverything checks all that a prepared cache holds.
func readEverything(s *Store) error {
	for n := range 20 {
		if value, err := s.Get(keyOf(n)); err != nil || string(value) != string(valueOf(keyOf(n))) {
			return fmt.Errorf("get %d: %d bytes, %w", n, len(value), err)
		}
	}
	if _, err := s.Get(keyOf(1000)); !errors.Is(err, ErrMiss) {
		return fmt.Errorf("get what is not there: %w", err)
	}
	f, _, err := s.Workspace(testWorkspace()).Open(0)
	if err != nil {
		return err
	}
	defer f.Close()
	if n, err := checkTestIndex(f); n != 3 || err != nil {
		return fmt.Errorf("index %d: %w", n, err)
	}
	st, err := s.Stats()
	if err == nil && st.Entries < 20 {
		err = fmt.Errorf("%d entries", st.Entries)
	}
	return err
}
