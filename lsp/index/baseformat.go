package index

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync/atomic"
	"unsafe"

	"github.com/symcache/symcache/lsp/index/internal/mapping"
	"github.com/symcache/symcache/lsp/symbols"
)

// The file of a base is a header of 4 KiB, its sections one after the other, and
// a checksum for each block of 64 KiB between. Integers and records are as they
// lie in memory, so that a mapped file is ready for use: a file from a machine
// with another byte order is of another format.
//
//	   0  header: magic, version, byte order, size of the file, checksum of
//	      the block checksums, offset and size of each section, checksum
//	4096  sections, each at a multiple of 8:
//	        meta         what the workspace wants to know of it
//	        languages    those of the files
//	        stats        per file: its stat data
//	        hashes       per file: of its content
//	        files        per file: the rest; files are in the order of paths
//	        paths        text
//	        details      a byte of padding; per file and symbol, as in detail.go
//	        containers   where each ends; their text
//	        affixes      the same
//	        name blocks  in the order of names, see names.go
//	        name chars   per name: which characters it has
//	        name hints   per name: what else its traits say
//	        names        text
//	        row details  per symbol, by name: where its detail starts
//	        row containers  per symbol, by name: number of its container
//	        row traits   per symbol, by name
//	   ?  CRC-32C of each block, counted from 4096
//	  -8  trailer
//
// Opening checks the header and the checksums of the blocks; a block is checked
// when it is first read.
const (
	baseVersion = 2
	baseMagic   = "SYMI"
	trailer     = "SYMI.END"
	headerSize  = 4096
	blockBits   = 16
	blockSize   = 1 << blockBits
	sectionUnit = 8
)

// byteOrderMark is written as the machine does.
const byteOrderMark uint32 = 0x01020304

// The sections.
const (
	sectionMeta = iota
	sectionLanguages
	sectionStats
	sectionHashes
	sectionFiles
	sectionPaths
	sectionDetails
	sectionContainerEnds
	sectionContainers
	sectionAffixEnds
	sectionAffixes
	sectionNameBlocks
	sectionNameChars
	sectionNameHints
	sectionNames
	sectionRowDetails
	sectionRowContainers
	sectionRowTraits
	sectionCount
)

// baseHeader is the header, as it lies in the file.
type baseHeader struct {
	magic     [4]byte
	version   uint32
	byteOrder uint32
	blocksSum uint32 // checksum of the blocks' checksums
	fileSize  int64
	sections  [sectionCount]section
	sum       uint32 // checksum of all before it
	_         uint32
}

// section is a part of the file, in bytes.
type section struct{ offset, size int64 }

// fileRecord is what a base knows of a file besides its stat data and hash.
type fileRecord struct {
	pathEnd  uint32 // in the paths; it starts where the one before ends
	details  uint32 // where its details start
	size     uint32 // of the content in bytes
	symbols  uint32
	language uint8 // number
	class    Class
	racy     uint8 // 0: no
	_        uint8
}

// rowTraits are what an offer needs of a symbol: kind (5 bits), tier (1), rank (4).
type rowTraits uint16

const (
	rowKindMask  = 1<<5 - 1
	rowTierShift = 5
	rowRankShift = 6
)

func newRowTraits(k symbols.Kind, t Tier, rank uint8) rowTraits {
	return rowTraits(k)&rowKindMask | rowTraits(t)<<rowTierShift | rowTraits(rank)<<rowRankShift
}

func (t rowTraits) kind() symbols.Kind { return symbols.Kind(t & rowKindMask) }
func (t rowTraits) tier() Tier         { return Tier(t >> rowTierShift & 1) }
func (t rowTraits) rank() uint8        { return uint8(t >> rowRankShift) }

var (
	// ErrDamaged is matched by the errors of a base that is not what was written.
	ErrDamaged = errors.New("index is damaged")
	// ErrForeign is matched by those of a base in another format.
	ErrForeign = errors.New("index is of another version")
	// ErrClosed is returned by the methods of a base that was closed.
	ErrClosed = mapping.ErrClosed
)

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrDamaged, fmt.Errorf(format, args...))
}

func castagnoli(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// bytesOf returns the memory of a record, and bytesOfAll that of several.
func bytesOf[T any](v *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))
}

func bytesOfAll[T any](v []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), int(sizeOf[T]())*len(v))
}

func sizeOf[T any]() int64 {
	var zero T
	return int64(unsafe.Sizeof(zero))
}

// parseHeader checks the header against the file that it stands in.
func parseHeader(data []byte) (*baseHeader, error) {
	if len(data) < headerSize {
		return nil, damaged("%d bytes", len(data))
	}
	h := *(*baseHeader)(unsafe.Pointer(unsafe.SliceData(data)))
	if string(h.magic[:]) != baseMagic {
		return nil, damaged("not an index")
	}
	if h.version != baseVersion || h.byteOrder != byteOrderMark {
		return nil, fmt.Errorf("%w: %d", ErrForeign, h.version)
	}
	if h.sum != h.checksum() {
		return nil, damaged("checksum of the header")
	}
	if h.fileSize != int64(len(data)) {
		return nil, damaged("%d bytes, not %d", len(data), h.fileSize)
	}
	end := int64(headerSize)
	for i, s := range h.sections {
		if s.offset < end || s.offset%sectionUnit != 0 || s.size < 0 || s.offset+s.size > int64(len(data)) {
			return nil, damaged("section %d lies at %d, %d bytes", i, s.offset, s.size)
		}
		end = s.offset + s.size
	}
	return &h, nil
}

func (h *baseHeader) checksum() uint32 {
	return castagnoli(bytesOf(h)[:unsafe.Offsetof(h.sum)])
}

// end is where the last section ends.
func (h *baseHeader) end() int64 {
	last := h.sections[sectionCount-1]
	return last.offset + last.size
}

// blockCount is how many blocks there are up to an end.
func blockCount(end int64) int64 { return (end - headerSize + blockSize - 1) / blockSize }

// blocks checks a file's blocks, each once.
type blocks struct {
	data []byte // up to the end of the last block
	sums []uint32
	good []atomic.Uint32 // a bit per block
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
	from := headerSize + i<<blockBits
	to := min(from+blockSize, int64(len(b.data)))
	if castagnoli(b.data[from:to]) != b.sums[i] {
		mapping.Abort(damaged("checksum of block %d", i))
	}
	b.good[i/32].Or(1 << (i % 32))
}

// column is a section as records.
type column[T any] struct {
	blocks *blocks
	offset int64
	items  []T
}

func newColumn[T any](b *blocks, s section) (column[T], error) {
	if s.size%sizeOf[T]() != 0 {
		return column[T]{}, damaged("section of %d bytes, %d a record", s.size, sizeOf[T]())
	}
	first := (*T)(unsafe.Pointer(unsafe.SliceData(b.data[s.offset:])))
	return column[T]{blocks: b, offset: s.offset, items: unsafe.Slice(first, s.size/sizeOf[T]())}, nil
}

func (c *column[T]) len() int { return len(c.items) }

// at returns record i.
func (c *column[T]) at(i int) *T {
	c.blocks.need(c.offset+int64(i)*sizeOf[T](), sizeOf[T]())
	return &c.items[i]
}

// slice returns the records [from, to).
func (c *column[T]) slice(from, to int) []T {
	c.blocks.need(c.offset+int64(from)*sizeOf[T](), int64(to-from)*sizeOf[T]())
	return c.items[from:to:to]
}

// sectionWriter writes the sections in their order.
type sectionWriter struct {
	out    io.Writer // from offset headerSize on
	header baseHeader
	next   int   // section
	at     int64 // offset
	sums   []uint32
	sum    uint32 // of the block begun
	err    error
}

func newSectionWriter(out io.Writer) *sectionWriter {
	return &sectionWriter{
		out: out, at: headerSize,
		header: baseHeader{magic: [4]byte([]byte(baseMagic)), version: baseVersion, byteOrder: byteOrderMark},
	}
}

// begin starts a section, which must be the next one.
func (w *sectionWriter) begin(section int) {
	if section != w.next {
		panic("index: sections out of order")
	}
	w.put(make([]byte, padding(w.at)))
	w.header.sections[section].offset = w.at
	w.next++
}

// padding is how many bytes there are from an offset to where a section may start.
func padding(offset int64) int64 { return (sectionUnit - offset%sectionUnit) % sectionUnit }

// write adds to the section begun last.
func (w *sectionWriter) write(b []byte) {
	w.header.sections[w.next-1].size += int64(len(b))
	w.put(b)
}

func (w *sectionWriter) put(b []byte) {
	for len(b) > 0 && w.err == nil {
		n := min(int64(len(b)), blockSize-(w.at-headerSize)%blockSize)
		_, w.err = w.out.Write(b[:n])
		w.sum = crc32.Update(w.sum, crc32.MakeTable(crc32.Castagnoli), b[:n])
		w.at += n
		if (w.at-headerSize)%blockSize == 0 {
			w.sums, w.sum = append(w.sums, w.sum), 0
		}
		b = b[n:]
	}
}

// finish writes the checksums and returns the header, padded to its size.
func (w *sectionWriter) finish() ([]byte, error) {
	if (w.at-headerSize)%blockSize != 0 {
		w.sums = append(w.sums, w.sum)
	}
	sums := append(make([]byte, padding(w.at)), bytesOfAll(w.sums)...)
	sums = append(sums, trailer...)
	if w.err == nil {
		_, w.err = w.out.Write(sums)
	}
	w.header.blocksSum = castagnoli(bytesOfAll(w.sums))
	w.header.fileSize = w.at + int64(len(sums))
	w.header.sum = w.header.checksum()
	header := make([]byte, headerSize)
	copy(header, bytesOf(&w.header))
	return header, w.err
}

// appendText writes a text with its length.
func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
