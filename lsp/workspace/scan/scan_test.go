package scan

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/internal/testtree"
)

func TestScanCounts(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"a.go": testtree.GoFile("A", "B"), "copy/of/a.go": testtree.GoFile("A", "B"), "b.go": testtree.GoFile("C"),
		"script": "#!/usr/bin/env python3\ndef f(): pass\n", "LICENSE": "free\n",
		"binary.go": "package p\x00", "large.go": testtree.GoFile() + string(make([]byte, 4096)),
	}
	e := newEngine(t, contents.Config{MaxFileSize: 1000})
	dir := testtree.Make(t, files)
	first, bound := scanned(t, e, dir)
	wantCounts(t, first, counts{Files: 6, Parsed: 3, Reused: 1, Skipped: 2})
	if diff := cmp.Diff(map[string]int{contents.SkipBinary: 1, contents.SkipTooLarge: 1}, first.SkippedReasons); diff != "" {
		t.Error(diff)
	}
	size := int64(2*len(files["a.go"]) + len(files["b.go"]) + len(files["script"]))
	if first.Symbols != 2+2+1+1 || first.Bytes != size {
		t.Errorf("%d symbols in %d bytes, want 6 in %d", first.Symbols, first.Bytes, size)
	}
	if diff := cmp.Diff([]string{"a.go", "b.go", "copy/of/a.go", "script"}, below(bound, dir)); diff != "" {
		t.Error(diff)
	}
	second, again := scanned(t, e, dir)
	wantCounts(t, second, counts{Files: 6, Reused: 4, Skipped: 2})
	if second.Symbols != first.Symbols || second.Bytes != first.Bytes {
		t.Errorf("first %+v, then %+v", first, second)
	}
	if diff := cmp.Diff(symbolsOf(t, bound), symbolsOf(t, again)); diff != "" {
		t.Errorf("what was cached is not what was parsed (-parsed +cached):\n%s", diff)
	}
}

// The same tree elsewhere, and the same files under other names, parse nothing.
func TestScanKnowsContentsNotPaths(t *testing.T) { // S21
	t.Parallel()
	e := newEngine(t, contents.Config{})
	scanned(t, e, testtree.Make(t, map[string]string{"a.go": testtree.GoFile("A"), "sub/b.go": testtree.GoFile("B")}))
	report, _ := scanned(t, e, testtree.Make(t, map[string]string{"x/y/a.go": testtree.GoFile("A"), "renamed.go": testtree.GoFile("B")}))
	wantCounts(t, report, counts{Files: 2, Reused: 2})
	// The language is part of what is known.
	report, _ = scanned(t, e, testtree.Make(t, map[string]string{"a.py": testtree.GoFile("A")}))
	wantCounts(t, report, counts{Files: 1, Parsed: 1})
}

// A Windows checkout, a Linux checkout and a file in UTF-16 have one text, so that they
// are parsed once.
func TestScanParsesATextOnceInAllEncodings(t *testing.T) {
	t.Parallel()
	text := "package p\n\n// 😀\nfunc A(é int) {\n}\n"
	crlf := strings.ReplaceAll(text, "\n", "\r\n")
	dir := testtree.Make(t, map[string]string{
		"lf.go": text, "crlf.go": crlf, "bom.go": "\uFEFF" + crlf,
		"le.go": "\xff\xfe" + inUTF16(binary.LittleEndian, crlf),
		"be.go": "\xfe\xff" + inUTF16(binary.BigEndian, text),
	})
	e := newEngine(t, contents.Config{})
	report, bound := scanned(t, e, dir)
	wantCounts(t, report, counts{Files: 5, Parsed: 1, Reused: 4})
	for path, b := range sources(bound) {
		if lf := sources(bound)[filepath.Join(dir, "lf.go")]; b.Hash != lf.Hash || b.Symbols != lf.Symbols {
			t.Errorf("%s is bound to %+v, and lf.go to %+v", path, b, lf)
		}
	}
	// A lone CR may end a line or not: a text of its own.
	report, _ = scanned(t, e, testtree.Make(t, map[string]string{"cr.go": crlf + "\r", "lf.go": text + "\n"}))
	wantCounts(t, report, counts{Files: 2, Parsed: 2})
}

func inUTF16(order binary.AppendByteOrder, text string) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, unit)
	}
	return string(out)
}

// The size limit is one of the text as well, as it is for an open document: UTF-16 may
// take half as many bytes again in UTF-8.
func TestScanLimitsTheTextOfUTF16(t *testing.T) {
	t.Parallel()
	text := "package p\n// " + strings.Repeat("世", 400) + "\n"
	dir := testtree.Make(t, map[string]string{"le.go": "\xff\xfe" + inUTF16(binary.LittleEndian, text)})
	report, _ := scanned(t, newEngine(t, contents.Config{MaxFileSize: 1000}), dir)
	wantCounts(t, report, counts{Files: 1, Skipped: 1})
	report, _ = scanned(t, newEngine(t, contents.Config{MaxFileSize: int64(len(text))}), dir)
	wantCounts(t, report, counts{Files: 1, Parsed: 1})
}

func TestScanWithoutStore(t *testing.T) {
	t.Parallel()
	e := contents.NewEngine(contents.Config{Jobs: 2})
	dir := testtree.Make(t, map[string]string{"a.go": testtree.GoFile("A"), "b.go": testtree.GoFile("A"), "c.go": testtree.GoFile("C")})
	for range 2 {
		report, _ := scanned(t, e, dir)
		wantCounts(t, report, counts{Files: 3, Parsed: 2, Reused: 1})
	}
}

// An end in the middle keeps what is published, and the report adds up.
func TestScanCancelled(t *testing.T) {
	t.Parallel()
	const n = 1500       // three batches
	const atOnce = 4 * 2 // files that are being parsed when the scan is cancelled
	dir := testtree.Make(t, testtree.Many(n))
	for _, after := range []int{0, 1, 700} {
		ctx, cancel := context.WithCancel(t.Context())
		// All files are read to be hashed, and again to be parsed.
		e := newEngine(t, contents.Config{Now: afterReads(n+after, cancel)})
		if after == 0 {
			cancel()
		}
		report, err := run(ctx, optionsOf(t, e, dir), nil)
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("after %d files: error %v", after, err)
		}
		checkSum(t, report)
		if report.Parsed >= n || report.Parsed < after-atOnce || report.Failed > 0 {
			t.Errorf("after %d files: %+v", after, report)
		}
		rest, _ := scanned(t, e, dir)
		wantCounts(t, rest, counts{Files: n, Parsed: n - report.Parsed, Reused: report.Parsed})
	}
}

// A scan that finds more than it gathers parses in between, each content once, and
// misses nothing; it can be cancelled at any moment.
func TestScanInParts(t *testing.T) {
	t.Parallel()
	const n = 700
	files := testtree.Many(n)
	for i := range n / 7 {
		files[fmt.Sprintf("copies/f%d.go", i)] = testtree.GoFile(fmt.Sprintf("F%d", i))
	}
	dir := testtree.Make(t, files)
	least := 1
	if runtime.GOOS == "windows" {
		least = 20 // each part is a pack, and flushing one takes long there
	}
	for _, most := range []int{least, 50, n, n + 1} {
		o := optionsOf(t, newEngine(t, contents.Config{Jobs: 3}), dir)
		o.MaxMissing = most
		report := scannedWith(t, o)
		wantCounts(t, report, counts{Files: n + n/7, Parsed: n, Reused: n / 7})
		if bound := sources(o.Set); len(bound) != n+n/7 {
			t.Errorf("%d at a time: %d files are bound", most, len(bound))
		}

		ctx, cancel := context.WithCancel(t.Context())
		o = optionsOf(t, newEngine(t, contents.Config{Jobs: 3, Now: afterReads(1+rand.IntN(n), cancel)}), dir)
		o.MaxMissing = most
		report, err := run(ctx, o, nil)
		cancel()
		if !errors.Is(err, context.Canceled) || report.Parsed >= n {
			t.Errorf("%d at a time, cancelled: %+v, %v", most, report, err)
		}
		checkSum(t, report)
	}
}

// Engines that share a store and scan at once parse each content once in all.
func TestScanTogether(t *testing.T) {
	t.Parallel()
	const n, scanners = 600, 4
	dir, cache := testtree.Make(t, testtree.Many(n)), filepath.Join(t.TempDir(), "cache")
	reports := make([]Report, scanners)
	var group sync.WaitGroup
	for i := range reports {
		e := contents.NewEngine(contents.Config{Store: testtree.Store(t, cache, cachestore.Options{}), Jobs: 2})
		group.Go(func() {
			var err error
			if reports[i], err = run(t.Context(), optionsOf(t, e, dir), nil); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	parsed := 0
	for _, r := range reports {
		checkSum(t, r)
		if r.Parsed+r.Reused != n {
			t.Errorf("%+v", r)
		}
		parsed += r.Parsed
	}
	if parsed != n {
		t.Errorf("%d contents were parsed, of %d", parsed, n)
	}
}

// Batches are whole shards, each in one batch, whatever is missing.
func TestBatches(t *testing.T) {
	t.Parallel()
	s := &scan{missing: make(map[cachestore.Key]*missing)}
	for i := range 5000 {
		key := cachestore.Key{Part: cachestore.PartSymbols, Language: "go", Hash: cachestore.Sum(fmt.Append(nil, i))}
		s.missing[key] = &missing{key: key, size: 10_000}
	}
	batches := s.batches()
	batchOf, total := make(map[byte]int), 0
	for i, batch := range batches {
		bytes := 0
		for _, m := range batch {
			shard := m.key.Hash[0]
			if b, ok := batchOf[shard]; ok && b != i {
				t.Fatalf("shard %02x is in batches %d and %d", shard, b, i)
			}
			batchOf[shard] = i
			bytes += m.size
		}
		total += len(batch)
		if last := batch[len(batch)-1].key.Hash[0]; bytes > batchBytes+40*10_000 {
			t.Errorf("batch %d up to shard %02x has %d bytes", i, last, bytes)
		}
	}
	if total != 5000 || len(batches) < 5000*10_000/batchBytes {
		t.Errorf("%d contents in %d batches", total, len(batches))
	}
}

// What another process is at is left for last, and then taken from it.
func TestScanLeavesLockedBatchForLast(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	dir := testtree.Make(t, testtree.Many(50))
	theirs := testtree.Store(t, cache, cachestore.Options{})
	unlock, ok, err := theirs.TryLockShards(allShards())
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	ours := contents.NewEngine(contents.Config{Store: testtree.Store(t, cache, cachestore.Options{}), Jobs: 2})
	ended := make(chan Report, 1)
	go func() {
		report, err := run(t.Context(), optionsOf(t, ours, dir), nil)
		if err != nil {
			t.Error(err)
		}
		ended <- report
	}()
	// The holder publishes everything, as if it were another scan.
	holder := contents.NewEngine(contents.Config{Store: theirs, Jobs: 2})
	var records []cachestore.Record
	for _, text := range testtree.Many(50) {
		records = append(records, recordOf(t, holder, text))
	}
	if n, _ := holder.Put(records...); n != 0 {
		t.Fatalf("%d summaries were not stored", n)
	}
	select {
	case r := <-ended:
		// It may have hashed only after the publishing, but never parsed.
		wantCounts(t, r, counts{Files: 50, Reused: 50})
	default:
		unlock()
		select {
		case r := <-ended:
			wantCounts(t, r, counts{Files: 50, Reused: 50})
		case <-time.After(testtree.Patience):
			t.Fatal("the scan does not end")
		}
	}
}

// A holder that is suspended holds nobody up for longer than the lock timeout.
func TestScanGoesAheadOfSuspendedHolder(t *testing.T) { // S6
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	dir := testtree.Make(t, testtree.Many(20))
	store := testtree.Store(t, cache, cachestore.Options{LockTimeout: 50 * time.Millisecond})
	if _, err := testtree.Suspend(startHolder(t, cache)); err != nil {
		t.Fatal(err)
	}
	report, _ := scanned(t, newEngine(t, contents.Config{Store: store}), dir)
	wantCounts(t, report, counts{Files: 20, Parsed: 20})
	if report.NotStored != 0 {
		t.Errorf("%d summaries were not stored", report.NotStored)
	}
}

func TestScanCancelledWhileWaitingForLock(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	dir := testtree.Make(t, testtree.Many(20))
	store := testtree.Store(t, cache, cachestore.Options{})
	startHolder(t, cache)
	ctx, cancel := context.WithCancel(t.Context())
	listed := make(chan struct{})
	var once sync.Once
	ended := make(chan error, 1)
	go func() {
		report, err := run(ctx, optionsOf(t, newEngine(t, contents.Config{Store: store}), dir), func(p Progress) {
			if p.Listed {
				once.Do(func() { close(listed) })
			}
		})
		checkSum(t, report)
		ended <- err
	}()
	<-listed
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	case <-time.After(testtree.Patience):
		t.Fatal("the scan waits on")
	}
}
