package cachestore

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"slices"
)

const (
	packFixed     = 24                                // bytes of a pack's header before its extractors
	extractorSize = maxPartLen + maxLanguageLen + 8*3 // bytes of a row in the table of extractors
	bucketCount   = 256                               // buckets of the directory, by first byte of the hash
	fanoutSize    = bucketCount * 8                   // bytes of the fan-out
	slotSize      = len(Hash{}) + 2 + 2 + 4 + 8       // bytes of a directory slot

	// maxPackExtractors bounds the table of extractors, and with it the header, to 74 KiB. Packs hold four
	// parts of some thirty languages, a few more after merging across an upgrade.
	maxPackExtractors = 1024

	// maxPackRecords bounds the directory to 48 MiB. The Linux kernel has 57,000 C files.
	maxPackRecords = 1 << 20
)

// A lookup in a pack takes these steps. It reads the header once, and a bucket when it first needs one:
//
//	header, table of extractors   the number that the part, language and revision of the key have in this pack
//	header, fan-out               which slots are those of the first byte of the hash, and their checksum
//	bucket                        offset and length of the record, by binary search
//	record                        the value, see pack.go

// extractorTotals is a row in the table: what a pack holds of one extractor.
type extractorTotals struct {
	extractor
	records int
	bytes   int64
	// prefix is the checksum of a value's kind and key up to the hash. That of a record goes on from there: the key is no
	// part of the record.
	prefix uint32
}

// packHeader is what a reader knows of a pack without having read more than its start.
type packHeader struct {
	size       int64 // of the file, bytes
	directory  int64 // offset of the directory, bytes
	extractors []extractorTotals
	starts     [bucketCount + 1]uint32 // first slot of each bucket; the last one is the number of records
	sums       [bucketCount]uint32     // checksum of each bucket
}

func (h *packHeader) records() int { return int(h.starts[bucketCount]) }

// dataStart returns the offset of the first record.
func (h *packHeader) dataStart() int64 { return h.directory + int64(h.records())*int64(slotSize) }

// extractorIndex returns the row of e in the table.
func (h *packHeader) extractorIndex(e extractor) (uint16, bool) {
	for i := range h.extractors {
		if h.extractors[i].extractor == e {
			return uint16(i), true
		}
	}
	return 0, false
}

func headerSize(extractors int) int { return packFixed + extractors*extractorSize + fanoutSize + 4 }

// readPackHeader reads and checks the header of a pack of the given size in bytes. It allocates by what it
// has checked, never by what the file announces.
func readPackHeader(r io.ReaderAt, size int64) (*packHeader, error) {
	b := make([]byte, min(size, int64(headerSize(8)))) // few packs have more than 8 extractors
	if err := readFull(r, b, 0); err != nil {
		return nil, err
	}
	if err := checkPreamble(b, packMagic); err != nil {
		return nil, err
	}
	if size < int64(headerSize(0)) {
		return nil, damaged("pack of %d bytes", size)
	}
	if announced := le.Uint64(b[8:]); announced != uint64(size) {
		return nil, damaged("pack of %d bytes announces %d", size, announced)
	}
	records, extractors := le.Uint32(b[16:]), le.Uint32(b[20:])
	if records > maxPackRecords || extractors > maxPackExtractors {
		return nil, damaged("pack announces %d records of %d extractors", records, extractors)
	}
	length := headerSize(int(extractors))
	if int64(length)+int64(records)*int64(slotSize) > size {
		return nil, damaged("pack of %d bytes announces %d records of %d extractors", size, records, extractors)
	}
	if length > len(b) {
		b = make([]byte, length)
		if err := readFull(r, b, 0); err != nil {
			return nil, err
		}
	}
	b = b[:length]
	if sum := checksum(b[:length-4]); sum != le.Uint32(b[length-4:]) {
		return nil, damaged("checksum of the pack's header")
	}
	h := &packHeader{size: size, directory: int64(length)}
	if err := h.decodeExtractors(b[packFixed:length-4-fanoutSize], records); err != nil {
		return nil, err
	}
	if err := h.decodeFanout(b[length-4-fanoutSize:length-4], records); err != nil {
		return nil, err
	}
	return h, nil
}

func (h *packHeader) decodeExtractors(b []byte, records uint32) error {
	h.extractors = make([]extractorTotals, 0, len(b)/extractorSize)
	for row := range slices.Chunk(b, extractorSize) {
		var x extractorTotals
		x.part = Part(bytes.TrimRight(row[:maxPartLen], "\x00"))
		x.language = string(bytes.TrimRight(row[maxPartLen:maxPartLen+maxLanguageLen], "\x00"))
		numbers := row[maxPartLen+maxLanguageLen:]
		copy(x.revision[:], numbers)
		n, size := le.Uint64(numbers[8:]), le.Uint64(numbers[16:])
		valid := validPart(string(x.part)) && validLanguage(x.language)
		if i := len(h.extractors); i > 0 && h.extractors[i-1].compare(x.extractor) >= 0 {
			valid = false // not in order, or twice
		}
		if !valid || n > uint64(records) || size > uint64(h.size) {
			return damaged("row %d of the pack's extractors", len(h.extractors))
		}
		x.records, x.bytes = int(n), int64(size)
		x.prefix = checksum(appendPrefix(nil, kindValue, x.extractor))
		h.extractors = append(h.extractors, x)
	}
	return nil
}

func (h *packHeader) decodeFanout(b []byte, records uint32) error {
	var total uint64
	for i := range bucketCount {
		total += uint64(le.Uint32(b[8*i:]))
		if total > uint64(records) {
			break
		}
		h.starts[i+1] = uint32(total)
		h.sums[i] = le.Uint32(b[8*i+4:])
	}
	if total != uint64(records) {
		return damaged("fan-out of %d records for %d", total, records)
	}
	return nil
}

// slots is the directory of one bucket, as on disk; searching it needs no decoded copy.
type slots []byte

// readBucket reads and checks one bucket of the directory.
func (h *packHeader) readBucket(r io.ReaderAt, bucket byte) (slots, error) {
	first, last := h.starts[bucket], h.starts[int(bucket)+1]
	b := make(slots, int(last-first)*slotSize)
	if err := readFull(r, b, h.directory+int64(first)*int64(slotSize)); err != nil {
		return nil, err
	}
	if checksum(b) != h.sums[bucket] {
		return nil, damaged("checksum of bucket %02x", bucket)
	}
	for i := range b.len() {
		hash, x, what, offset, length := b.at(i)
		ordered := i == 0 || b.compare(i-1, hash, x, what) < 0
		// Unsigned and by subtraction: no sum of numbers from the file can overflow.
		start, end := uint64(h.dataStart()), uint64(h.size)
		inside := offset >= start && offset <= end && uint64(length) <= end-offset
		sized := length >= checksumSize && length <= maxRecordSize
		if hash[0] != bucket || !ordered || !inside || !sized || int64(x) >= int64(len(h.extractors)) {
			return nil, damaged("slot %d of bucket %02x", i, bucket)
		}
	}
	return b, nil
}

func (s slots) len() int { return len(s) / slotSize }

func (s slots) at(i int) (hash []byte, extractor uint16, what kind, offset uint64, length uint32) {
	b := s[i*slotSize : (i+1)*slotSize]
	return b[:32], le.Uint16(b[32:]), kind(le.Uint16(b[34:])), le.Uint64(b[40:]), le.Uint32(b[36:])
}

// compare orders slot i against a hash, an extractor and a kind.
func (s slots) compare(i int, hash []byte, extractor uint16, what kind) int {
	h, x, w, _, _ := s.at(i)
	if c := bytes.Compare(h, hash); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(x, extractor), cmp.Compare(w, what))
}

// place is where in a pack a value stands.
type place struct {
	offset int64 // bytes
	length int   // of the record, bytes
	hash   []byte
}

// find returns the place of the value of a hash and an extractor, errAbsent, or ErrForeign when there are only
// records of other kinds.
func (s slots) find(hash Hash, extractor uint16) (place, error) {
	err := errAbsent
	for i := range s.all(hash, extractor) {
		h, _, what, offset, length := s.at(i)
		if what == kindValue {
			return place{int64(offset), int(length), h}, nil
		}
		err = fmt.Errorf("%w: record of kind %d", ErrForeign, what)
	}
	return place{}, err
}

// all yields the numbers of the slots of a hash and an extractor: one for each kind of record.
func (s slots) all(hash Hash, extractor uint16) iter.Seq[int] {
	return func(yield func(int) bool) {
		want := binary.BigEndian.Uint64(hash[:])
		low, high := 0, s.len()
		for low < high {
			mid := int(uint(low+high) / 2)
			// Nearly always the first 8 bytes of a hash decide.
			head := binary.BigEndian.Uint64(s[mid*slotSize:])
			if head < want || head == want && s.compare(mid, hash[:], extractor, 0) < 0 {
				low = mid + 1
			} else {
				high = mid
			}
		}
		for i := low; i < s.len(); i++ {
			if h, x, _, _, _ := s.at(i); x != extractor || !bytes.Equal(h, hash[:]) || !yield(i) {
				return
			}
		}
	}
}

// readFull reads len(b) bytes at an offset. A file that ends early is damaged; another error is an I/O error.
func readFull(r io.ReaderAt, b []byte, offset int64) error {
	n, err := r.ReadAt(b, offset)
	switch {
	case n == len(b):
		return nil
	case err == io.EOF:
		return damaged("file ends at %d, before %d", offset+int64(n), offset+int64(len(b)))
	default:
		return err
	}
}
