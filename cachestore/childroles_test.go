package cachestore

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// childRoles are what other processes do in tests, by name.
func childRoles() map[string]func([]string) error {
	roles := map[string]func([]string) error{
		"compute":   computeRole,
		"hold":      holdRole,
		"increment": incrementRole,
		"overwrite": overwriteRole,
		"publish":   publishRole,
		"collect":   collectRole,
		"index":     indexRole,
		"merge":     mergeRole,
		"model":     modelRole,
		"prepare":   prepareRole,
		"write":     writeRole,
	}
	addSystemRoles(roles)
	return roles
}

// valueFunc returns the computation of a key's value.
func valueFunc(k Key) func(context.Context) ([]byte, error) {
	return func(context.Context) ([]byte, error) { return valueOf(k), nil }
}

// computeRole opens the store once told to, computes keys 0 to n beginning at its own one, and prints each
// key that it computed itself: ROOT N FIRST.
func computeRole(args []string) error {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	first, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	say("ready")
	untilParentEnds()
	s, err := Open(args[0], Options{LockTimeout: time.Hour})
	if err != nil {
		return err
	}
	defer s.Close()
	for i := range n {
		k := keyOf((first + i) % n)
		value, computed, err := s.Compute(context.Background(), k, valueFunc(k))
		if err != nil {
			return err
		}
		if !bytes.Equal(value, valueOf(k)) {
			return fmt.Errorf("wrong value for %s", k)
		}
		if computed {
			say("%s", k)
		}
	}
	return nil
}

// holdRole holds the lock of shard 0 until the parent ends: ROOT.
func holdRole(args []string) error {
	s, err := Open(args[0], Options{})
	if err != nil {
		return err
	}
	unlock, ok, err := s.TryLockShards([]byte{0})
	if !ok || err != nil {
		return fmt.Errorf("lock: %v, %w", ok, err)
	}
	say("held")
	untilParentEnds()
	unlock()
	return nil
}

// incrementRole adds one to the number in a file, a number of times, each under the lock of shard 0, or of the
// test workspace, and without any other protection: ROOT FILE TIMES shard|workspace.
func incrementRole(args []string) error {
	times, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	say("ready")
	untilParentEnds()
	s, err := Open(args[0], Options{LockTimeout: time.Hour})
	if err != nil {
		return err
	}
	name := shardLock(0)
	if args[3] == "workspace" {
		name = workspaceLock(testWorkspace())
	}
	for range times {
		unlock, _, err := s.lock(context.Background(), []string{name})
		if err != nil {
			return err
		}
		b, err := os.ReadFile(args[1])
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(string(b))
		if err != nil {
			return err
		}
		if err := os.WriteFile(args[1], []byte(strconv.Itoa(n+1)), fileMode); err != nil {
			return err
		}
		unlock()
	}
	return nil
}

// overwriteRole puts values of one letter under one key, a number of times: ROOT LETTER TIMES.
func overwriteRole(args []string) error {
	times, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	s, err := Open(args[0], Options{})
	if err != nil {
		return err
	}
	say("ready")
	untilParentEnds()
	for i := range times {
		if _, err := s.Put(keyOf(1), bytes.Repeat([]byte(args[1]), 1000*(1+i%64))); err != nil {
			return err
		}
	}
	return nil
}

// publishRole puts entries and packs until it is killed, and prints the number of values after each: ROOT.
func publishRole(args []string) error {
	s, err := Open(args[0], Options{})
	if err != nil {
		return err
	}
	for n := 0; ; {
		if _, err := s.Put(keyOf(n), valueOf(keyOf(n))); err != nil {
			return err
		}
		n++
		say("%d", n)
		if _, err := s.PutPack(recordsOf(n, n+20)); err != nil {
			return err
		}
		n += 20
		say("%d", n)
	}
}

// lockPath returns the path of a shard's lock file.
func lockPath(s *Store, shard int) string {
	return filepath.Join(s.layout.locks, shardLock(byte(shard)))
}
