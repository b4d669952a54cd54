package cachestore

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A pack that someone truncates or overwrites while it is mapped costs its values, and not the process: a miss, or the
// right value. Whole pages that are gone fault, what is left of the last page reads as zeros. Pitfall S23: a mapped
// file is truncated and the process dies.
func TestMappedPackIsTruncated(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{0, 1, 100, 4096, 5000, 40_000} {
		s := newStore(t)
		mustPutPack(t, s, recordsOf(0, 200))
		wantKept(t, s, 0, 200, true) // which maps it, and keeps its directory
		path := packFiles(t, s)[0]
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		missed := 0
		for n := range 200 {
			value, err := s.Get(keyOf(n))
			switch {
			case err == nil && !bytes.Equal(value, valueOf(keyOf(n))):
				t.Fatalf("truncated to %d: Get %d gave a wrong value", size, n)
			case err != nil:
				wantMiss(t, s, keyOf(n), ErrDamaged)
				missed++
			}
		}
		if missed < 100 {
			t.Errorf("truncated to %d: only %d misses", size, missed)
		}
		mustPutPack(t, s, recordsOf(0, 200)) // as who misses does
		wantKept(t, s, 0, 200, true)
	}
}

// Also one that is overwritten with other bytes, and whose directory was not read yet. Pitfall S23: a mapped file is
// truncated and the process dies.
func TestMappedPackIsOverwritten(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustPutPack(t, s, recordsOf(0, 200))
	wantKept(t, s, 0, 20, true)
	path := packFiles(t, s)[0]
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(bytes.Repeat([]byte{0x5a}, int(info.Size()))); err != nil {
		t.Fatal(err)
	}
	for n := range 200 {
		wantMiss(t, s, keyOf(n), ErrDamaged)
	}
}

// What cannot be mapped is read all the same.
func TestUnmappedFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	for _, text := range []string{"", "0123456789"} {
		overwrite(t, path, []byte(text))
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		mapped := mapFile(f)
		for _, m := range []mappedFile{mapped, {}} {
			b, err := m.append(f, nil, 3, 4)
			if text == "" && !errors.Is(err, ErrDamaged) || text != "" && (err != nil || string(b) != "3456") {
				t.Errorf("of %q: %q, %v", text, b, err)
			}
			for _, offset := range []int64{7, 10, 11, 1 << 40} {
				if _, err := m.append(f, nil, offset, 4); !errors.Is(err, ErrDamaged) {
					t.Errorf("of %q at %d: %v", text, offset, err)
				}
			}
		}
		mapped.unmap()
		_ = f.Close()
	}
}

// What a fault means the file says when it is read: that it was truncated, that the disk fails, which is no damage, or
// nothing.
func TestFault(t *testing.T) {
	t.Parallel()
	text := bytes.Repeat([]byte("0123456789"), 1000)
	open := func() *os.File {
		path := filepath.Join(t.TempDir(), "file")
		overwrite(t, path, text)
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	truncated, whole, failing := open(), open(), open()
	m := mapFile(truncated)
	if m.mapping == nil {
		t.Skip("files cannot be mapped here")
	}
	defer m.unmap()
	if err := os.Truncate(truncated.Name(), 0); err != nil {
		t.Skipf("a mapped file cannot be truncated here: %v", err)
	}
	if err := failing.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := m.append(truncated, nil, 5000, 10); !errors.Is(err, ErrDamaged) {
		t.Errorf("of a truncated file: %v", err)
	}
	if _, err := m.append(failing, nil, 5000, 10); err == nil || isFinding(err) {
		t.Errorf("of one that cannot be read: %v", err)
	}
	if b, err := m.append(whole, []byte("x"), 5000, 10); err != nil || string(b) != "x0123456789" {
		t.Errorf("of one that can be: %q, %v", b, err)
	}
}

// A record in a pack costs hardly more than its encoding, beside the 4 KiB and the inode of a file.
func TestPackOverhead(t *testing.T) {
	t.Parallel()
	var values int64
	var records []Record
	for n := range 1000 {
		records = append(records, Record{keyOf(n), benchValue()})
		values += int64(len(benchValue()))
	}
	size, err := newStore(t).PutPack(records)
	if err != nil || size*100 > values*110 {
		t.Errorf("a pack of %d bytes for values of %d, %v", size, values, err)
	}
}

// Reading a value of a pack allocates the value, and nothing else.
func TestGetAllocatesTheValue(t *testing.T) {
	s := newStore(t)
	mustPutPack(t, s, recordsOf(0, 100))
	wantKept(t, s, 0, 100, true)
	k := keyOf(50)
	if got := testing.AllocsPerRun(1000, func() {
		if _, err := s.Get(k); err != nil {
			t.Error(err)
		}
	}); got >= 2 && !raceEnabled {
		t.Errorf("%v allocations for a value", got)
	}
}
