package symbols

import (
	"bytes"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
)

// texts have copies and literals of every kind of length, also at both ends.
func texts() []string {
	random := make([]byte, 5000)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(random) // ignore error: it never returns one
	noise := string(random)
	texts := []string{"", "a", "abc", "abcd", noise, noise + noise, strings.Repeat("a", 100_000)}
	for n := range 2 * (maxCopied + minCopy) {
		texts = append(texts,
			strings.Repeat("a", n),
			noise[:n],
			noise[:n]+noise[:n],
			noise[:n]+noise[:n]+noise[n:2*n],
			strings.Repeat(noise[:5], n),
		)
	}
	return texts
}

func TestCompressKeepsText(t *testing.T) {
	t.Parallel()
	for _, want := range texts() {
		checkCompressed(t, []byte(want))
	}
}

func checkCompressed(t *testing.T, text []byte) {
	tokens := compress(nil, text)
	got, err := decompress(tokens, len(text))
	if err != nil || got != string(text) {
		t.Fatalf("%.100q became %.100q, error %v", text, got, err)
	}
	if again := compress(nil, []byte(got)); !bytes.Equal(tokens, again) {
		t.Fatalf("%.100q has two compressions", text)
	}
	for _, size := range []int{len(text) - 1, len(text) + 1} {
		if _, err := decompress(tokens, max(size, 0)); err == nil && size >= 0 {
			t.Fatalf("%.100q decompressed to %d bytes, has %d", text, size, len(text))
		}
	}
}

func TestCompressSavesAndCostsLittle(t *testing.T) {
	t.Parallel()
	for text, most := range map[string]int{
		strings.Repeat("static int f(struct device *dev)", 100): 50,
		texts()[4]: 5000 + 3, // has nothing to copy
	} {
		if got := len(compress(nil, []byte(text))); got > most {
			t.Errorf("%.50q of %d bytes takes %d", text, len(text), got)
		}
	}
}

func TestDecompressDamaged(t *testing.T) {
	t.Parallel()
	var never [20]byte // the bytes of a varint without end
	for i := range never {
		never[i] = 0x80
	}
	for name, tc := range map[string]struct {
		data []byte
		size int
	}{
		"nothing":             {nil, 1},
		"something":           {[]byte{0}, 0},
		"literals missing":    {[]byte{3 << copiedBits, 'a', 'b'}, 3},
		"too many literals":   {[]byte{3 << copiedBits, 'a', 'b', 'c'}, 2},
		"count of literals":   {append([]byte{maxLiterals << copiedBits}, never[:]...), 100},
		"no offset":           {[]byte{1 << copiedBits, 'a'}, 5},
		"offset 0":            {[]byte{1 << copiedBits, 'a', 0}, 5},
		"offset before start": {[]byte{1 << copiedBits, 'a', 2}, 5},
		"offset without end":  {append([]byte{1 << copiedBits, 'a'}, never[:]...), 5},
		"copy too long":       {[]byte{1 << copiedBits, 'a', 1}, 4},
		"count copied":        {append([]byte{1<<copiedBits | maxCopied, 'a'}, never[:]...), 100},
	} {
		if got, err := decompress(tc.data, tc.size); err == nil {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// A copy can be longer than all that is there; the caller's size bounds it.
//
// It is not parallel: others allocate as well.
func TestDecompressStaysWithinSize(t *testing.T) {
	data := []byte{1<<copiedBits | maxCopied, 'a', 0xff, 0xff, 0xff, 0xff, 0x03, 1}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := decompress(data, 100); err == nil {
		t.Error("decompressed a GiB")
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
		t.Errorf("%d bytes allocated", grown)
	}
}

func FuzzCompress(f *testing.F) {
	for _, text := range texts()[:50] {
		f.Add([]byte(text))
	}
	f.Fuzz(checkCompressed)
}

func FuzzDecompress(f *testing.F) {
	for _, text := range texts()[:50] {
		f.Add(compress(nil, []byte(text)), uint16(len(text)))
	}
	f.Fuzz(func(t *testing.T, data []byte, size uint16) {
		text, err := decompress(data, int(size))
		if err == nil && len(text) != int(size) {
			t.Fatalf("%d bytes, not %d", len(text), size)
		}
	})
}
