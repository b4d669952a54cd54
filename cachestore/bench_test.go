package cachestore

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// benchValue returns 2 KiB, the length of a common summary.
func benchValue() []byte { return bytes.Repeat([]byte("0123456789abcdef"), 2048/16) }

func BenchmarkGetLoose(b *testing.B) {
	s := newStore(b)
	for n := range 1000 {
		mustPut(b, s, keyOf(n), benchValue())
	}
	benchmarkGet(b, s, 1000)
}

func BenchmarkGetPacked(b *testing.B) {
	for _, packs := range []int{1, 32} {
		b.Run(fmt.Sprintf("%d packs", packs), func(b *testing.B) {
			s := newStore(b)
			const each = 1000
			for p := range packs {
				records := recordsOf(p*each, (p+1)*each)
				for i := range records {
					records[i].Value = benchValue()
				}
				mustPutPack(b, s, records)
			}
			benchmarkGet(b, s, packs*each)
		})
	}
}

func benchmarkGet(b *testing.B, s *Store, values int) {
	b.Helper()
	b.ReportAllocs()
	keys := make([]Key, values)
	for n := range keys {
		keys[n] = keyOf(n)
		wantValue(b, s, keys[n], benchValue())
	}
	n := 0
	for b.Loop() {
		n++
		if _, err := s.Get(keys[n*7919%values]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGetMiss(b *testing.B) {
	s := newStore(b)
	mustPutPack(b, s, recordsOf(0, 1000))
	k := keyOf(1000)
	for b.Loop() {
		if _, err := s.Get(k); err == nil {
			b.Fatal("hit")
		}
	}
}

// BenchmarkHas is what a warm-up asks for each unchanged file.
func BenchmarkHas(b *testing.B) {
	for _, packs := range []int{1, 8} {
		b.Run(fmt.Sprintf("%d packs", packs), func(b *testing.B) {
			s := newStore(b)
			const each = 5000
			for p := range packs {
				mustPutPack(b, s, recordsOf(p*each, (p+1)*each))
			}
			keys := make([]Key, packs*each)
			for n := range keys {
				keys[n] = keyOf(n)
			}
			n := 0
			for b.Loop() {
				n++
				if !s.Has(keys[n*7919%len(keys)]) {
					b.Fatal("a value is gone")
				}
			}
		})
	}
}

func BenchmarkPut(b *testing.B) {
	s := newStore(b)
	n := 0
	for b.Loop() {
		n++
		mustPut(b, s, keyOf(n), benchValue())
	}
}

func BenchmarkComputeNew(b *testing.B) {
	s := newStore(b)
	n := 0
	for b.Loop() {
		n++
		if _, _, err := s.Compute(b.Context(), keyOf(n), valueFunc(keyOf(n))); err != nil {
			b.Fatal(err)
		}
	}
}

// One operation is one record of a pack of 1,000.
func BenchmarkPutPack(b *testing.B) {
	s := newStore(b)
	for n := 0; n < b.N; n += 1000 {
		records := recordsOf(n, n+1000)
		for i := range records {
			records[i].Value = benchValue()
		}
		mustPutPack(b, s, records)
	}
}

// BenchmarkSeedPut replays how the seed design wrote an entry, to compare with: three directories per entry,
// a lock file with a PID, made exclusively and synced, a temporary file, synced, renamed, and the lock file
// removed.
func BenchmarkSeedPut(b *testing.B) {
	root, n := b.TempDir(), 0
	for b.Loop() {
		n++
		if err := seedPut(root, keyOf(n), benchValue()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDurableSave compares Put with how restic's local backend saves a file: a temporary file, synced,
// renamed, and the directory synced. They take turns, so that both have the same disk; the medians count.
func BenchmarkDurableSave(b *testing.B) {
	for _, c := range []struct {
		name string
		dirs int // that are there before: of 256
	}{{"directories exist", 256}, {"new directories", 0}} {
		b.Run(c.name, func(b *testing.B) {
			s, theirs := newStore(b), b.TempDir()
			restic := func(k Key) {
				if err := resticPut(filepath.Join(theirs, k.Hash.String()[:2]), k.Hash.String(), benchValue()); err != nil {
					b.Fatal(err)
				}
			}
			for shard := range c.dirs {
				mustPut(b, s, keyIn(byte(shard), 0), benchValue())
				restic(keyIn(byte(shard), 0))
			}
			save := []func(Key){func(k Key) { mustPut(b, s, k, benchValue()) }, restic}
			var took [2][]time.Duration
			n := 0
			for b.Loop() {
				n++
				k := keyIn(byte(n), n)
				for i := range save {
					who := (n + i) % 2
					began := time.Now()
					save[who](k)
					took[who] = append(took[who], time.Since(began))
				}
			}
			var median [2]float64
			for who := range took {
				slices.Sort(took[who])
				median[who] = took[who][n/2].Seconds()
			}
			b.ReportMetric(median[0]*1e6, "us/Put")
			b.ReportMetric(median[1]*1e6, "us/restic")
			b.ReportMetric(median[0]/median[1], "ratio")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func resticPut(dir, name string, value []byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, name+"-tmp-")
	if err != nil {
		return err
	}
	if _, err := f.Write(value); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, name)); err != nil {
		return err
	}
	return layoutOf(dir, "me").at.syncDir(dir)
}

// What a server does every hour, and what it does once a day when there is nothing to collect.
func BenchmarkGCIdle(b *testing.B) {
	s := newStore(b)
	for p := range 4 {
		mustPutPack(b, s, recordsOf(p*5000, (p+1)*5000))
	}
	mustGC(b, s, GCOptions{})
	b.Run("due", func(b *testing.B) {
		for b.Loop() {
			if s.GCDue() {
				b.Fatal("due")
			}
		}
	})
	b.Run("20,000 records", func(b *testing.B) {
		for b.Loop() {
			mustGC(b, s, GCOptions{})
		}
	})
}

// One operation is one record of 32 packs that are merged.
func BenchmarkMerge(b *testing.B) {
	for n := 0; n < b.N; n += 32_000 {
		b.StopTimer()
		s := newStore(b)
		for p := range 32 {
			records := recordsOf(p*1000, (p+1)*1000)
			for i := range records {
				records[i].Value = benchValue()
			}
			mustPutPack(b, s, records)
		}
		b.StartTimer()
		if _, err := s.Merge(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSeedGet(b *testing.B) {
	root := b.TempDir()
	for n := range 1000 {
		if err := seedPut(root, keyOf(n), benchValue()); err != nil {
			b.Fatal(err)
		}
	}
	n := 0
	for b.Loop() {
		n++
		if _, err := os.ReadFile(seedPath(root, keyOf(n%1000))); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTryLockShards(b *testing.B) {
	s := newStore(b)
	for b.Loop() {
		unlock, ok, err := s.TryLockShards([]byte{7})
		if !ok || err != nil {
			b.Fatal(ok, err)
		}
		unlock()
	}
}

func BenchmarkOpen(b *testing.B) {
	s := newStore(b)
	mustPutPack(b, s, recordsOf(0, 1000))
	for b.Loop() {
		s, err := Open(s.layout.root, Options{})
		if err != nil {
			b.Fatal(err)
		}
		_ = s.Close()
	}
}

func seedPath(root string, k Key) string {
	pathHash := Sum(k.Hash[:])
	return filepath.Join(root, "user", k.Language, k.Hash.String(), hex.EncodeToString(pathHash[:]), "file.bin")
}

func seedPut(root string, k Key, value []byte) error {
	path := seedPath(root, k)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	lock := path + ".lock"
	if err := seedWrite(lock, os.O_EXCL, fmt.Append(nil, os.Getpid())); err != nil {
		return err
	}
	if err := seedWrite(path+".tmp", os.O_TRUNC, value); err != nil {
		return err
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return err
	}
	return os.Remove(lock)
}

func seedWrite(path string, flag int, b []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|flag, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(b); err != nil {
		return err
	}
	return f.Sync()
}
