package index

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"unsafe"

	"github.com/symcache/symcache/lsp/symbols"
)

// An index file is a header of 4 KiB, its sections one after the other, and a checksum
// for each block of 64 KiB between. Integers and records are as they lie in memory, so
// that a mapped file is ready for use: a file from a machine with another byte order is
// of another format.
//
//	   0  magic "SYMI", version, byte order, number of sections, checksum of the
//	      block checksums, 4 bytes of 0, size of the file
//	  32  table of sections: tag (8 bytes, padded with 0), offset, size; 24 bytes each
//	4092  CRC-32C of all before it
//	4096  the sections in the order of the table, each at a multiple of 8
//	   ?  CRC-32C of each block, counted from 4096
//	  -8  trailer "SYMI.END"
//
// Opening checks the header and the checksums of the blocks; a block is checked when it
// is first read. These sections are required:
//
//	meta      what the workspace wants to know of the file, in JSON
//	langs     a row for each language and revision of the files, see language.go
//	stats     per file: its stat data
//	hashes    per file: of its content
//	files     per file: the rest; files are in the order of paths
//	paths     text
//	details   a byte of padding; per file and symbol, as in detail.go
//	ctr.ends  per container: where its text ends
//	ctr.text  text
//	nam.blks  the blocks of names in their order, see names.go
//	nam.char  per name: which characters it has
//	nam.hint  per name: what else its traits say
//	nam.text  text
//	row.dets  per symbol, by name: where its detail starts
//	row.ctrs  per symbol, by name: number of its container
//	row.trts  per symbol, by name
//
// These are optional:
//
//	mac.blks  the blocks of macros in their order, see macrofile.go
//	macros    text
//
// The table may name others, in any place. A program skips the tags that it does not
// know, and a new file that it makes of an old one does not have them: they may say
// things of files that have changed. So each new section is optional: where it is
// missing, its feature is. These tags are reserved, with what they will hold:
//
//	modules   per file: package, module, file stem, directory
//	imports   per file: what it imports
//	imp.rev   per imported thing: the files that import it
//	words     postings of the identifiers used, by a hash of 24 bits
//
// The kind of root stands in meta (workspace, or library with its completeness per
// package). FormatVersion changes only if a program that skips tags would go wrong.
const (
	// FormatVersion is a part of an index file's name too, so that two versions of the program on one tree each
	// keep their own.
	FormatVersion = 3

	magic       = "SYMI"
	trailer     = "SYMI.END"
	headerSize  = 4096
	blockBits   = 16
	blockSize   = 1 << blockBits
	sectionUnit = 8
	maxSections = 169 // what the header has room for
)

// byteOrderMark is written as the machine does.
const byteOrderMark uint32 = 0x01020304

// The tags of the required sections.
const (
	tagMeta          = "meta"
	tagLanguages     = "langs"
	tagStats         = "stats"
	tagHashes        = "hashes"
	tagFiles         = "files"
	tagPaths         = "paths"
	tagDetails       = "details"
	tagContainerEnds = "ctr.ends"
	tagContainers    = "ctr.text"
	tagNameBlocks    = "nam.blks"
	tagNameChars     = "nam.char"
	tagNameHints     = "nam.hint"
	tagNames         = "nam.text"
	tagRowDetails    = "row.dets"
	tagRowContainers = "row.ctrs"
	tagRowTraits     = "row.trts"
)

// The tags of the optional sections.
const (
	tagMacroBlocks = "mac.blks"
	tagMacros      = "macros"
)

// fileHeader is the header, as it lies in the file.
type fileHeader struct {
	magic     [4]byte
	version   uint32
	byteOrder uint32
	count     uint32 // sections
	blocksSum uint32 // checksum of the blocks' checksums
	_         uint32
	fileSize  int64
	sections  [maxSections]section
	_         uint32
	sum       uint32 // checksum of all before it
}

// section is a part of the file.
type section struct {
	tag          [8]byte
	offset, size int64 // bytes
}

// fileRecord is what an index knows of a file besides its stat data and hash.
type fileRecord struct {
	pathEnd  uint32 // in the paths; it starts where the one before ends
	details  uint32 // where its details start
	size     uint32 // of the content in bytes
	symbols  uint32
	language uint16 // row
	class    Class
	racy     uint8 // 0: no
}

// rowTraits are what an offer needs of a symbol: kind (5 bits), importance (1), rank (4).
type rowTraits uint16

const (
	rowKindMask        = 1<<5 - 1
	rowImportanceShift = 5
	rowRankShift       = 6
)

func newRowTraits(k symbols.Kind, t Importance, rank uint8) rowTraits {
	return rowTraits(k)&rowKindMask | rowTraits(t)<<rowImportanceShift | rowTraits(rank)<<rowRankShift
}

func (t rowTraits) kind() symbols.Kind     { return symbols.Kind(t & rowKindMask) }
func (t rowTraits) importance() Importance { return Importance(t >> rowImportanceShift & 1) }
func (t rowTraits) rank() uint8            { return uint8(t >> rowRankShift) }

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
func parseHeader(data []byte) (*fileHeader, error) {
	if len(data) < headerSize {
		return nil, damaged("%d bytes", len(data))
	}
	h := *(*fileHeader)(unsafe.Pointer(unsafe.SliceData(data)))
	if string(h.magic[:]) != magic {
		return nil, damaged("not an index")
	}
	if h.version != FormatVersion || h.byteOrder != byteOrderMark {
		return nil, fmt.Errorf("%w: %d", ErrForeign, h.version)
	}
	if h.sum != h.checksum() {
		return nil, damaged("checksum of the header")
	}
	if h.fileSize != int64(len(data)) {
		return nil, damaged("%d bytes, not %d", len(data), h.fileSize)
	}
	if h.count > maxSections {
		return nil, damaged("%d sections", h.count)
	}
	end := int64(headerSize)
	for _, s := range h.table() {
		if s.offset < end || s.offset%sectionUnit != 0 || s.size < 0 || s.size > int64(len(data))-s.offset {
			return nil, damaged("section %q lies at %d, %d bytes", s.name(), s.offset, s.size)
		}
		end = s.offset + s.size
	}
	return &h, nil
}

func (h *fileHeader) table() []section { return h.sections[:h.count] }

func (h *fileHeader) checksum() uint32 {
	return castagnoli(bytesOf(h)[:unsafe.Offsetof(h.sum)])
}

// find returns the section of a tag. The table may have a tag twice only if it was
// written wrongly: the first one counts.
func (h *fileHeader) find(tag string) (s section, ok bool) {
	for _, s := range h.table() {
		if s.name() == tag {
			return s, true
		}
	}
	return s, false
}

// name is the tag as text.
func (s *section) name() string {
	n := len(s.tag)
	for n > 0 && s.tag[n-1] == 0 {
		n--
	}
	return string(s.tag[:n])
}

// end is where the last section ends.
func (h *fileHeader) end() int64 {
	if h.count == 0 {
		return headerSize
	}
	last := h.sections[h.count-1]
	return last.offset + last.size
}

// blockCount is how many blocks there are up to an end.
func blockCount(end int64) int64 { return (end - headerSize + blockSize - 1) / blockSize }

// sectionWriter writes sections.
type sectionWriter struct {
	out    io.Writer // from offset headerSize on
	header fileHeader
	at     int64 // offset
	sums   []uint32
	sum    uint32 // of the block begun
	err    error
}

func newSectionWriter(out io.Writer) *sectionWriter {
	return &sectionWriter{
		out: out, at: headerSize,
		header: fileHeader{magic: [4]byte([]byte(magic)), version: FormatVersion, byteOrder: byteOrderMark},
	}
}

// begin starts the next section.
func (w *sectionWriter) begin(tag string) {
	w.put(make([]byte, padding(w.at)))
	s := section{offset: w.at}
	copy(s.tag[:], tag)
	w.header.sections[w.header.count] = s
	w.header.count++
}

// padding is how many bytes there are from an offset to where a section may start.
func padding(offset int64) int64 { return (sectionUnit - offset%sectionUnit) % sectionUnit }

// write adds to the section begun last.
func (w *sectionWriter) write(b []byte) {
	w.header.sections[w.header.count-1].size += int64(len(b))
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

// finish writes the checksums and returns the header.
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
	return bytesOf(&w.header), w.err
}

// appendText writes a text with its length.
func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
