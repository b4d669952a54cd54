package index

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"unsafe"
)

// checkFile opens a file and checks it.
func checkFile(t testing.TB, name string) error {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	written, err := Open(file, nil)
	if err != nil {
		return err
	}
	err = written.Check()
	if written.Damaged() != errors.Is(err, ErrDamaged) {
		t.Errorf("Check: %v, but Damaged is %v", err, written.Damaged())
	}
	return errors.Join(err, written.Close())
}

// What is written is in order, generation after generation.
func TestCheckWhole(t *testing.T) {
	t.Parallel()
	if err := checkFile(t, populatedFile(t, NewMemory())); err != nil {
		t.Errorf("no files: %v", err)
	}
	for seed := range uint64(5) {
		g := newGenerator(seed)
		var written *File
		for generation := range 4 {
			ix, changes := NewMemory(), make(map[string]Change)
			for range 25 {
				path, doc := g.path(), g.document()
				ix.Set(path, doc)
				changes[path] = Change{Binding: bindingOf(g.IntN(1000), doc), Removed: g.IntN(5) == 0}
			}
			name := writeFile(t, Update{Meta: []byte("m"), Old: written, View: ix.View(), Changes: changes})
			if err := checkFile(t, name); err != nil {
				t.Fatalf("seed %d, generation %d: %v", seed, generation, err)
			}
			written = openFile(t, name)
		}
	}
}

// Whichever bit of an index is wrong, and wherever it ends early, Check finds it. Only where the bit is one of the
// format version or the byte order, the file is none of ours. Pitfall S8: flipped bits decode to wrong data without an
// error.
func TestCheckFindsEveryFlip(t *testing.T) {
	t.Parallel()
	g := newGenerator(5)
	ix := NewMemory()
	g.change(ix, refLayer{}, 6)
	name := populatedFile(t, ix)
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	put := func(at int, c byte) {
		if _, err := file.WriteAt([]byte{c}, int64(at)); err != nil {
			t.Fatal(err)
		}
	}
	format := unsafe.Offsetof(fileHeader{}.version)
	afterFormat := unsafe.Offsetof(fileHeader{}.count)
	for at, c := range whole {
		want := ErrDamaged
		if uintptr(at) >= format && uintptr(at) < afterFormat {
			want = ErrForeign
		}
		for bit := range 8 {
			put(at, c^1<<bit)
			if err := checkFile(t, name); !errors.Is(err, want) {
				t.Errorf("bit %d of byte %d flipped: %v, want %v", bit, at, err, want)
			}
		}
		put(at, c)
	}
	if err := checkFile(t, name); err != nil {
		t.Error(err)
	}
	for length := len(whole) - 1; length >= 0; length-- {
		if err := file.Truncate(int64(length)); err != nil {
			t.Fatal(err)
		}
		if err := checkFile(t, name); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut off at %d: %v", length, err)
		}
	}
}

// Check reads all blocks, also those of what it does not look into. Pitfall S8: flipped bits decode to wrong data
// without an error.
func TestCheckReadsAllBlocks(t *testing.T) {
	t.Parallel()
	name := writeFile(t, Update{Meta: make([]byte, 3*blockSize)})
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for at := headerSize; at < len(whole); at += blockSize / 2 {
		b := slices.Clone(whole)
		b[at] ^= 1
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := checkFile(t, name); !errors.Is(err, ErrDamaged) {
			t.Errorf("byte %d of %d: %v", at, len(whole), err)
		}
	}
}

var allTags = []string{
	tagMeta, tagLanguages, tagStats, tagHashes, tagFiles, tagPaths, tagDetails, tagContainerEnds, tagContainers,
	tagNameBlocks, tagNameChars, tagNameHints, tagNames, tagRowDetails, tagRowContainers, tagRowTraits,
}

var optionalTags = []string{tagMacroBlocks, tagMacros}

// What Check finds in order leads nobody astray, though its checksums are right and its contents are nonsense:
// searches and merges give no error.
func TestCheckOfForgedFile(t *testing.T) {
	t.Parallel()
	g := newGenerator(6)
	ix := NewMemory()
	g.change(ix, refLayer{}, 30)
	whole, err := os.ReadFile(populatedFile(t, ix))
	if err != nil {
		t.Fatal(err)
	}
	const each = 100
	for _, tag := range slices.Concat(allTags, optionalTags) {
		t.Run(tag, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(1, uint64(tag[len(tag)-1])))
			found := 0
			for range each {
				b := slices.Clone(whole)
				h := (*fileHeader)(unsafe.Pointer(unsafe.SliceData(b)))
				s, _ := h.find(tag)
				if s.size == 0 {
					return
				}
				b[s.offset+r.Int64N(s.size)] = byte(r.Uint32())
				seal(b)
				name := tempFile(t).Name()
				if err := os.WriteFile(name, b, 0o600); err != nil {
					t.Fatal(err)
				}
				switch err := checkFile(t, name); {
				case errors.Is(err, ErrDamaged):
					found++
					continue
				case err != nil:
					t.Fatal(err)
				}
				use(t, name)
			}
			told := []string{
				tagFiles, tagContainerEnds, tagNameBlocks, tagNameChars, tagNameHints, tagNames, tagRowDetails, tagRowContainers,
				tagMacroBlocks, tagMacros,
			}
			if slices.Contains(told, tag) && found < each/10 {
				t.Errorf("only %d of %d were found", found, each)
			}
		})
	}
}

// use searches a file and merges it, without an error.
func use(t *testing.T, name string) {
	t.Helper()
	written := openFile(t, name)
	for _, q := range []Query{{}, {Text: "a"}, {Text: "a.b"}, {Text: "aa", Exact: true}} {
		if _, err := Search(context.Background(), q, written); err != nil {
			t.Fatalf("query %q: %v", q.Text, err)
		}
	}
	if err := Write(tempFile(t), Update{Old: written}); err != nil {
		t.Fatal(err)
	}
}

// Whatever is written over a part of an index, with and without new checksums: Check finds it, or it can be used.
func FuzzFile(f *testing.F) {
	g := newGenerator(6)
	ix := NewMemory()
	g.change(ix, refLayer{}, 30)
	whole, err := os.ReadFile(populatedFile(f, ix))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint8(slices.Index(allTags, tagNames)), uint16(7), []byte{0x80, 0, 1}, true)
	f.Add(uint8(slices.Index(allTags, tagNameBlocks)), uint16(24), []byte{0xff, 0xff, 0xff, 0xff}, true)
	f.Add(uint8(slices.Index(allTags, tagDetails)), uint16(1), []byte{0xff, 0x80, 0x80}, true)
	f.Add(uint8(slices.Index(allTags, tagLanguages)), uint16(0), []byte{0xff, 0xff, 3}, true)
	f.Add(uint8(len(allTags)), uint16(24), []byte{1, 2, 3, 4, 5, 6, 7, 8}, true) // the header
	f.Add(uint8(slices.Index(allTags, tagFiles)), uint16(0), []byte{1}, false)
	f.Fuzz(func(t *testing.T, number uint8, at uint16, over []byte, sealed bool) {
		b := slices.Clone(whole)
		h := (*fileHeader)(unsafe.Pointer(unsafe.SliceData(b)))
		part := b[:32+len(allTags)*int(unsafe.Sizeof(section{}))]
		if int(number) < len(allTags) {
			s, _ := h.find(allTags[number])
			part = b[s.offset : s.offset+s.size]
		}
		if int(at) > len(part) {
			return
		}
		copy(part[at:], over)
		if sealed && int(number) < len(allTags) {
			seal(b)
		} else if sealed {
			h.sum = h.checksum()
		}
		name := tempFile(t).Name()
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		switch err := checkFile(t, name); {
		case err == nil:
			use(t, name)
		case !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrForeign):
			t.Fatal(err)
		}
	})
}

// seal makes the checksums of a file of one block right.
func seal(b []byte) {
	h := (*fileHeader)(unsafe.Pointer(unsafe.SliceData(b)))
	end := h.end()
	if blockCount(end) != 1 {
		panic("more than one block")
	}
	sum := castagnoli(b[headerSize:end])
	copy(b[end+padding(end):], bytesOf(&sum))
	h.blocksSum = castagnoli(bytesOf(&sum))
	h.sum = h.checksum()
}
