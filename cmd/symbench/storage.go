package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/symcache/symcache/cmd/symbench/internal/report"
	"github.com/symcache/symcache/cmd/symbench/internal/stores"
	"github.com/symcache/symcache/cmd/symbench/internal/system"
)

const (
	// storeSingles and storeMany are how many records are written one by one and in
	// bulk. A single durable write takes some milliseconds, one of many some 10 us.
	storeSingles, storeMany = 500, 10_000

	// storeBatch is how many records are made durable together: as many as a small pack has.
	storeBatch = 1_000

	// storeReads is how many reads are timed, in an order without pattern.
	storeReads = 20_000
)

// stores asks: what do durable writes, and reads, of small values cost?
func (b *bench) stores(ctx context.Context) (*report.Table, error) {
	table := &report.Table{
		Question: "store, 2 KiB values", Tree: "no tree",
		Columns: []report.Column{
			{Name: "single writes", Unit: report.PerSecond, Compared: true}, {Name: "reads after", Unit: report.PerSecond},
			{Name: "disk each", Unit: report.Bytes},
			{Name: "bulk writes", Unit: report.PerSecond, Compared: true},
			{Name: "reads after bulk", Unit: report.PerSecond, Compared: true}, {Name: "disk each, bulk", Unit: report.Bytes},
		},
	}
	singles, many := storeSingles, storeMany
	if b.short {
		singles, many = singles/10, many/10
	}
	records := stores.MakeRecords(max(singles, many))
	var contestants []contestant
	for _, kind := range stores.Kinds() {
		contestants = append(contestants, contestant{
			name: kind,
			run: func(ctx context.Context, dir string) (figures, error) {
				f := figures{}
				err := measureStore(ctx, kind, filepath.Join(dir, "single"), records[:singles], 1, f, "single writes", "reads after", "disk each")
				if err != nil {
					return nil, err
				}
				err = measureStore(ctx, kind, filepath.Join(dir, "bulk"), records[:many], storeBatch, f,
					"bulk writes", "reads after bulk", "disk each, bulk")
				if errors.Is(err, errors.ErrUnsupported) {
					return f, nil
				}
				return f, err
			},
		})
	}
	table.Note("%d values one by one, each synced; %d in bulk, synced every %d; files as allocated; "+
		"bbolt and SQLite (WAL, synchronous=FULL) with their defaults otherwise", singles, many, storeBatch)
	return table, b.compare(ctx, table, contestants)
}

// measureStore writes records into a new store, batch by batch, and reads them.
func measureStore(ctx context.Context, kind, dir string, records []stores.Record, batch int, f figures,
	writes, reads, disk string) (err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	s, err := stores.Open(kind, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()

	start := time.Now()
	for at := 0; at < len(records); at += batch {
		if batch == 1 {
			err = s.Put(records[at])
		} else {
			err = s.PutMany(records[at:min(at+batch, len(records))])
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return fmt.Errorf("write to %s: %w", kind, err)
		}
	}
	f[writes] = float64(len(records)) / time.Since(start).Seconds()

	used, err := system.DiskUsage(dir)
	if err != nil {
		return err
	}
	f[disk] = float64(used) / float64(len(records))

	start = time.Now()
	for n := range storeReads {
		r := records[n*7919%len(records)] // a prime: all records in turn, none beside the last one
		value, err := s.Get(r.Key)
		if err != nil {
			return fmt.Errorf("read from %s: %w", kind, err)
		}
		if !bytes.Equal(value, r.Value) {
			return fmt.Errorf("read from %s: another value than was written", kind)
		}
	}
	f[reads] = storeReads / time.Since(start).Seconds()
	return nil
}
