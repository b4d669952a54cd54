package index

import (
	"slices"
	"sync/atomic"
	"unsafe"
)

// blocks checks a file's blocks, each once.
type blocks struct {
	data []byte          // up to the end of the last block; mapped
	sums []uint32        // not mapped
	good []atomic.Uint32 // a bit per block
}

// newBlocks checks the checksums of a file's blocks, and that it ends with them.
func newBlocks(data []byte, h *fileHeader) (*blocks, error) {
	end := h.end()
	count := blockCount(end)
	from, to := end+padding(end), int64(len(data)-len(trailer))
	if to-from != 4*count {
		return nil, damaged("%d bytes of checksums for %d blocks", to-from, count)
	}
	if string(data[to:]) != trailer {
		return nil, damaged("no trailer")
	}
	sums := slices.Clone(unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(data[from:]))), count))
	if castagnoli(bytesOfAll(sums)) != h.blocksSum {
		return nil, damaged("checksum of the blocks' checksums")
	}
	return &blocks{data: data[:end], sums: sums, good: make([]atomic.Uint32, (count+31)/32)}, nil
}

// need makes sure that n bytes from an offset on are what was written; else it
// aborts.
func (b *blocks) need(offset, n int64) {
	if n <= 0 {
		return
	}
	first, last := (offset-headerSize)>>blockBits, (offset+n-1-headerSize)>>blockBits
	for i := first; i <= last; i++ {
		if b.good[i/32].Load()&(1<<(i%32)) == 0 {
			b.check(i)
		}
	}
}

func (b *blocks) check(i int64) {
	from, to := b.place(i)
	if castagnoli(b.data[from:to]) != b.sums[i] {
		abort(damaged("checksum of block %d", i))
	}
	b.good[i/32].Or(1 << (i % 32))
}

// place returns where block i lies in the file.
func (b *blocks) place(i int64) (from, to int64) {
	from = headerSize + i<<blockBits
	return from, min(from+blockSize, int64(len(b.data)))
}

// column is a section as records. Reading what is not in it aborts.
type column[T any] struct {
	blocks *blocks
	offset int64
	items  []T
}

func newColumn[T any](b *blocks, s section) (column[T], error) {
	if s.size%sizeOf[T]() != 0 {
		return column[T]{}, damaged("section %q of %d bytes, %d a record", s.name(), s.size, sizeOf[T]())
	}
	first := (*T)(unsafe.Pointer(unsafe.SliceData(b.data[s.offset:])))
	return column[T]{blocks: b, offset: s.offset, items: unsafe.Slice(first, s.size/sizeOf[T]())}, nil
}

func (c *column[T]) len() int { return len(c.items) }

// at returns record i.
func (c *column[T]) at(i int) *T {
	if uint(i) >= uint(len(c.items)) {
		c.outside(i, i+1)
	}
	c.blocks.need(c.offset+int64(i)*sizeOf[T](), sizeOf[T]())
	return &c.items[i]
}

// slice returns the records [from, to).
func (c *column[T]) slice(from, to int) []T {
	if from < 0 || from > to || to > len(c.items) {
		c.outside(from, to)
	}
	c.blocks.need(c.offset+int64(from)*sizeOf[T](), int64(to-from)*sizeOf[T]())
	return c.items[from:to:to]
}

// outside aborts: there are no such records. It is apart so that at can be inlined.
func (c *column[T]) outside(from, to int) {
	abort(misplaced("records %d to %d of %d", from, to, len(c.items)))
}

// mappedTexts is a list of texts.
type mappedTexts struct {
	ends  column[uint32]
	bytes column[byte]
}

// at returns text i, which lies in the mapping.
func (t *mappedTexts) at(i uint32) []byte {
	start := uint32(0)
	if i > 0 {
		start = *t.ends.at(int(i) - 1)
	}
	return t.bytes.slice(int(start), int(*t.ends.at(int(i))))
}
