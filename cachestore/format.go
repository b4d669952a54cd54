package cachestore

// Formats on disk. All integers are little endian; all checksums are CRC-32C (Castagnoli).
//
// A record is a key with its value, and the same in a loose entry and in a pack:
//
//	 0   4  checksum of all that follows
//	 4   1  kind: 1, a value
//	 5   1  length L of the part, '-' and the language
//	 6   2  zero
//	 8   4  length V of the value
//	12   8  revision
//	20  32  hash
//	52   L  part, '-', language
//	     V  value
//
// A loose entry, <part>-<language>-<revision>/<2 hex>/<62 hex>.bin, is one record and nothing after it:
//
//	 0   4  "SYME"
//	 4   4  format version
//	 8      record
//
// A pack, packs/<id>.pack, is a header, a directory, and the records it points to:
//
//	 0   4  "SYMP"
//	 4   4  format version
//	 8   8  size of the file
//	16   4  number of records N
//	20   4  number of extractors E
//	24      E times: 49 part, '-' and language, padded with zeros; 8 revision; 8 records; 8 bytes of records
//	        256 times, by first byte of the hash: 4 records in the bucket; 4 checksum of its slice of the directory
//	     4  checksum of the header up to here
//	        N times, ascending by hash and extractor: 32 hash; 4 extractor; 4 length and 8 offset of the record
//	        records
//
// A reader takes three reads for a value: the header once per pack (some KiB, whatever the pack's size), a
// bucket of the directory once, the record. Each is checked when read, so damage in one place costs that
// place only.
//
// A file with another format version belongs to another version of the program: it is neither used nor
// touched.

import (
	"encoding/binary"
	"hash/crc32"
)

// FormatVersion is the version of all formats on disk.
const FormatVersion = 1

const (
	entryMagic = "SYME"
	packMagic  = "SYMP"

	preambleSize = 8  // bytes of magic and version at the start of every file
	recordFixed  = 52 // bytes of a record before the language

	// maxValueSize bounds a value in bytes, when written as when read. A summary is a few KiB and always
	// smaller than its source, for which the default limit is 2 MiB; 16 MiB leaves room for raising that.
	maxValueSize = 16 << 20
)

// kindValue is the one kind of record that there is.
const kindValue = 1

var le = binary.LittleEndian

// checksum returns the CRC-32C of b. MakeTable returns the one shared table of this polynomial, so that this
// uses the processor's instruction.
func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// recordSize returns the bytes that a record takes.
func recordSize(k Key, value []byte) int64 {
	return int64(recordFixed + len(k.extractor().name()) + len(value))
}

// appendRecord appends the encoding of a record to b. The key must be valid and the value within
// maxValueSize.
func appendRecord(b []byte, k Key, value []byte) []byte {
	start := len(b)
	b = append(b, 0, 0, 0, 0, kindValue, byte(len(k.extractor().name())), 0, 0)
	b = le.AppendUint32(b, uint32(len(value)))
	b = append(b, k.Revision[:]...)
	b = append(b, k.Hash[:]...)
	b = append(b, k.extractor().name()...)
	b = append(b, value...)
	le.PutUint32(b[start:], checksum(b[start+4:]))
	return b
}

// decodeRecord decodes b, which must be exactly one record under the key want. The value is a part of b.
func decodeRecord(b []byte, want Key) ([]byte, error) {
	if len(b) < recordFixed {
		return nil, damaged("record of %d bytes", len(b))
	}
	if sum := checksum(b[4:]); sum != le.Uint32(b) {
		return nil, damaged("checksum of the record is %08x, not %08x", sum, le.Uint32(b))
	}
	// What follows guards against a writer's mistakes and against malice: chance is caught by now.
	languageLen, valueLen := int64(b[5]), int64(le.Uint32(b[8:]))
	if int64(len(b)) != recordFixed+languageLen+valueLen || valueLen > maxValueSize {
		return nil, damaged("record of %d bytes announces %d+%d", len(b), languageLen, valueLen)
	}
	rest := b[recordFixed:]
	if string(rest[:languageLen]) != want.extractor().name() || Revision(b[12:20]) != want.Revision || Hash(b[20:52]) != want.Hash {
		return nil, damaged("record of another key: %q-%x/%x", rest[:languageLen], b[12:20], b[20:52])
	}
	if b[4] != kindValue || le.Uint16(b[6:]) != 0 {
		return nil, damaged("record of kind %d, with %04x in reserved bytes", b[4], le.Uint16(b[6:]))
	}
	value := rest[languageLen:]
	return value[:len(value):len(value)], nil
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
	b := make([]byte, 0, preambleSize+recordSize(k, value))
	return appendRecord(appendPreamble(b, entryMagic), k, value)
}

// decodeEntry decodes a loose entry that was found under the key want. The value is a part of b.
func decodeEntry(b []byte, want Key) ([]byte, error) {
	if err := checkPreamble(b, entryMagic); err != nil {
		return nil, err
	}
	return decodeRecord(b[preambleSize:], want)
}

// maxEntrySize is the size in bytes of the largest loose entry.
const maxEntrySize = preambleSize + recordFixed + maxNameLen + maxValueSize
