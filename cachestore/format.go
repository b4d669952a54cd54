package cachestore

// Formats on disk. All integers are little endian; all checksums are CRC-32C (Castagnoli).
//
// A loose entry, entries/<part>-<language>-<revision>/<2 hex>/<62 hex>.bin, is one value with its key:
//
//	 0   4  "SYME"
//	 4   4  format version
//	 8   4  checksum of all that follows
//	12   2  kind of the record: 1, a value
//	14   1  length P of the part
//	15   1  length L of the language
//	16   8  revision
//	24   P  part
//	     L  language
//	    32  hash
//	        value, to the end of the file
//
// A pack, packs/<64 hex>.pack, is a header, a directory, and the records to which it points:
//
//	 0   4  "SYMP"
//	 4   4  format version
//	 8   8  size of the file
//	16   4  number of records N
//	20   4  number of extractors E
//	24      E times, ascending by part, language and revision:
//	          16 part, padded with zeros; 32 language, padded with zeros; 8 revision; 8 records; 8 bytes of records
//	        256 times, by first byte of the hash: 4 records in the bucket; 4 checksum of its slice of the directory
//	     4  checksum of the header up to here
//	        N times, ascending by hash, extractor and kind:
//	          32 hash; 2 extractor; 2 kind; 4 length of the record; 8 offset of the record
//	        records, in the order of the directory, without a gap
//
// A record in a pack is the checksum and the value of a loose entry: its key and its kind stand in the directory, and
// the checksum covers them all the same.
//
// A pack is named by the SHA-256 of its bytes, and these follow from the set of its records alone: no time, no random
// number, no order in which they came. So processes and machines that store the same values write the same file.
//
// A reader takes three reads for a value: the header once per pack (some KiB, whatever the pack's size), a bucket of
// the directory once, the record. Each is checked when read, so damage in one place costs that place only.
//
// The times of use of a pack's records stand beside it, packs/<64 hex>.used, since they change (see usage.go).
//
// A file of another format version, and a record of another kind or part, belong to another version of the program:
// they are foreign. A lookup misses them, nothing changes them, a merge copies such records as they are, and GC
// removes them by their age only.

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// FormatVersion is the version of all formats on disk.
const FormatVersion = 2

const (
	entryMagic = "SYME"
	packMagic  = "SYMP"

	preambleSize = 8  // bytes of magic and version at the start of every file
	checksumSize = 4  // bytes
	keyFixed     = 44 // bytes of a kind and a key without part and language

	// maxValueSize bounds a value in bytes, when written as when read. A summary is a few KiB and always
	// smaller than its source, for which the default limit is 2 MiB; 16 MiB leaves room for raising that.
	maxValueSize = 16 << 20
)

// kind says how the bytes of a record are to be read.
type kind uint16

// kindValue is the one kind that this program knows: the bytes are the value.
const kindValue kind = 1

var le = binary.LittleEndian

// checksum returns the CRC-32C of b. MakeTable returns the one shared table of this polynomial, so that this
// uses the processor's instruction.
func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// appendPrefix appends a kind and an extractor as a loose entry has them. The extractor must be valid.
func appendPrefix(b []byte, what kind, x extractor) []byte {
	b = le.AppendUint16(b, uint16(what))
	b = append(b, byte(len(x.part)), byte(len(x.language)))
	b = append(b, x.revision[:]...)
	b = append(b, x.part...)
	return append(b, x.language...)
}

// appendKey appends a kind and a key as a loose entry has them. The key must be valid.
func appendKey(b []byte, what kind, k Key) []byte {
	return append(appendPrefix(b, what, k.extractor()), k.Hash[:]...)
}

// extendSum returns the checksum of more behind what sum is the checksum of.
func extendSum(sum uint32, more []byte) uint32 {
	return crc32.Update(sum, crc32.MakeTable(crc32.Castagnoli), more)
}

// recordSize returns the bytes that a record takes in a pack.
func recordSize(value []byte) int64 { return int64(checksumSize + len(value)) }

// appendRecord appends a record as a pack has it. The key must be valid and the value within maxValueSize.
func appendRecord(b []byte, k Key, value []byte) []byte {
	start := len(b)
	b = appendKey(b, kindValue, k) // only for its checksum
	sum := extendSum(checksum(b[start:]), value)
	return append(le.AppendUint32(b[:start], sum), value...)
}

// checkRecord checks b, which must be exactly one record of a pack. keySum is the checksum of its kind and its key.
func checkRecord(b []byte, keySum uint32) error {
	if len(b) < checksumSize {
		return damaged("record of %d bytes", len(b))
	}
	if sum := extendSum(keySum, b[checksumSize:]); sum != le.Uint32(b) {
		return damaged("checksum of the record is %08x, not %08x", sum, le.Uint32(b))
	}
	return nil
}

// decodeRecord decodes b, which must be exactly one record of a pack. The value is a part of b.
func decodeRecord(b []byte, keySum uint32) ([]byte, error) {
	if err := checkRecord(b, keySum); err != nil {
		return nil, err
	}
	return b[checksumSize:len(b):len(b)], nil
}

// checkPreamble checks the first bytes of a file.
func checkPreamble(b []byte, magic string) error {
	if len(b) < preambleSize || string(b[:len(magic)]) != magic {
		return damaged("not a file of type %s", magic)
	}
	if v := le.Uint32(b[len(magic):]); v != FormatVersion {
		return ErrForeign
	}
	return nil
}

func appendPreamble(b []byte, magic string) []byte {
	return le.AppendUint32(append(b, magic...), FormatVersion)
}

// encodeEntry returns the bytes of a loose entry.
func encodeEntry(k Key, value []byte) []byte {
	b := make([]byte, 0, preambleSize+checksumSize+keyFixed+len(k.Part)+len(k.Language)+len(value))
	b = append(appendPreamble(b, entryMagic), 0, 0, 0, 0)
	b = append(appendKey(b, kindValue, k), value...)
	le.PutUint32(b[preambleSize:], checksum(b[preambleSize+checksumSize:]))
	return b
}

// entryStart is how many bytes of an entry tell whether it is foreign.
const entryStart = preambleSize + checksumSize + 2

// checkEntryStart checks the first bytes of an entry. It tells a foreign one from others, not a whole from a damaged
// one.
func checkEntryStart(b []byte) error {
	if err := checkPreamble(b, entryMagic); err != nil {
		return err
	}
	if len(b) < entryStart {
		return damaged("entry of %d bytes", len(b))
	}
	if what := kind(le.Uint16(b[entryStart-2:])); what != kindValue {
		return fmt.Errorf("%w: record of kind %d", ErrForeign, what)
	}
	return nil
}

// decodeEntry decodes a loose entry that was found under the key want. The value is a part of b.
func decodeEntry(b []byte, want Key) ([]byte, error) {
	if err := checkPreamble(b, entryMagic); err != nil {
		return nil, err
	}
	rest := b[preambleSize:]
	if len(rest) < checksumSize+keyFixed {
		return nil, damaged("entry of %d bytes", len(b))
	}
	if sum := checksum(rest[checksumSize:]); sum != le.Uint32(rest) {
		return nil, damaged("checksum of the entry is %08x, not %08x", sum, le.Uint32(rest))
	}
	if err := checkEntryStart(b); err != nil {
		return nil, err
	}
	var buffer [keyFixed + maxPartLen + maxLanguageLen]byte
	key := appendKey(buffer[:0], kindValue, want)
	value, ok := bytes.CutPrefix(rest[checksumSize:], key)
	if !ok {
		return nil, damaged("entry of another key: %x", rest[checksumSize:min(len(rest), checksumSize+len(key))])
	}
	if len(value) > maxValueSize {
		return nil, damaged("value of %d bytes", len(value))
	}
	return value[:len(value):len(value)], nil
}

// maxEntrySize is the size in bytes of the largest loose entry.
const maxEntrySize = preambleSize + checksumSize + keyFixed + maxPartLen + maxLanguageLen + maxValueSize

// maxRecordSize is the size in bytes of the largest record in a pack, of any kind.
const maxRecordSize = checksumSize + maxValueSize
