package cachestore

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
)

const (
	// writeSize is about how many bytes of a pack are written at once: enough that system calls do not count.
	writeSize = 256 << 10

	// maxPackBytes bounds the records that are brought together into one pack, in bytes: what one file costs
	// when it is damaged or copied again, against the number of files to look into. It is ten Linux kernels.
	maxPackBytes = 1 << 30
)

// packItem is a record of a pack that is about to be written. Of its key it has the hash alone, since a million of them
// are held in memory at a time.
type packItem struct {
	hash      Hash
	extractor uint16 // row of the table
	what      kind
	size      uint32 // of the record, bytes
	used      uint32 // when the record was last used, seconds since 1970
	source    int32  // where the record comes from: the caller's number
	offset    int64  // and where in there
}

// packPlan is a pack that is about to be written: its records in order, and the bytes before them.
type packPlan struct {
	items  []packItem // ascending by hash, extractor and kind, without duplicates
	head   []byte     // header and directory
	record func(b []byte, item *packItem) ([]byte, error)
}

// extractorTable numbers extractors.
type extractorTable struct {
	rows  []extractor
	index map[extractor]uint16
}

func (t *extractorTable) row(x extractor) uint16 {
	if i, ok := t.index[x]; ok {
		return i
	}
	if t.index == nil {
		t.index = map[extractor]uint16{}
	}
	i := uint16(len(t.rows))
	t.rows, t.index[x] = append(t.rows, x), i
	return i
}

// sort brings the rows into their order in a pack, and items to their new numbers.
func (t *extractorTable) sort(items []packItem) {
	before := slices.Clone(t.rows)
	slices.SortFunc(t.rows, extractor.compare)
	for i, x := range t.rows {
		t.index[x] = uint16(i)
	}
	for i := range items {
		items[i].extractor = t.index[before[items[i].extractor]]
	}
}

// planRecords lays out a pack of records, which must be valid. Of those with equal keys the last is taken; a
// plan's item has a record's number as its source.
func planRecords(records []Record) (*packPlan, error) {
	var table extractorTable
	items := make([]packItem, 0, len(records))
	for i, r := range slices.Backward(records) {
		items = append(items, packItem{
			hash: r.Key.Hash, extractor: table.row(r.Key.extractor()), what: kindValue,
			size: uint32(recordSize(r.Value)), source: int32(i),
		})
	}
	return planPack(&table, items, func(b []byte, item *packItem) ([]byte, error) {
		r := &records[item.source]
		return appendRecord(b, r.Key, r.Value), nil
	})
}

// planPack lays out a pack of items, which it sorts. Of those with equal keys the last used is taken, of these
// the first. To write it, record is called for each item, in order, to append the bytes of a record.
func planPack(
	table *extractorTable, items []packItem, record func([]byte, *packItem) ([]byte, error),
) (*packPlan, error) {
	if len(table.rows) > maxPackExtractors {
		return nil, fmt.Errorf("%w: a pack of %d extractors", ErrTooLarge, len(table.rows))
	}
	table.sort(items)
	slices.SortStableFunc(items, func(a, b packItem) int {
		if c := bytes.Compare(a.hash[:], b.hash[:]); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(a.extractor, b.extractor), cmp.Compare(a.what, b.what), cmp.Compare(b.used, a.used))
	})
	items = slices.CompactFunc(items, func(a, b packItem) bool { return a.hash == b.hash && a.extractor == b.extractor && a.what == b.what })
	if len(items) > maxPackRecords {
		return nil, fmt.Errorf("%w: a pack of %d records", ErrTooLarge, len(items))
	}
	totals := make([]extractorTotals, len(table.rows))
	for i, x := range table.rows {
		totals[i].extractor = x
	}
	header := headerSize(len(totals))
	head := make([]byte, header, header+len(items)*slotSize)
	offset := int64(header + len(items)*slotSize)
	var counts [bucketCount]int
	for i := range items {
		it := &items[i]
		head = append(head, it.hash[:]...)
		head = le.AppendUint16(head, it.extractor)
		head = le.AppendUint16(head, uint16(it.what))
		head = le.AppendUint32(head, it.size)
		head = le.AppendUint64(head, uint64(offset))
		counts[it.hash[0]]++
		totals[it.extractor].records++
		totals[it.extractor].bytes += int64(it.size)
		offset += int64(it.size)
	}
	fillHeader(head, header, totals, counts, offset)
	return &packPlan{items: items, head: head, record: record}, nil
}

// fillHeader writes the header into the start of head, behind which the directory already stands.
func fillHeader(head []byte, header int, totals []extractorTotals, counts [bucketCount]int, size int64) {
	b := appendPreamble(head[:0], packMagic)
	b = le.AppendUint64(b, uint64(size))
	b = le.AppendUint32(b, uint32((len(head)-header)/slotSize))
	b = le.AppendUint32(b, uint32(len(totals)))
	for _, x := range totals {
		b = append(b, x.part...)
		b = append(b, make([]byte, maxPartLen-len(x.part))...)
		b = append(b, x.language...)
		b = append(b, make([]byte, maxLanguageLen-len(x.language))...)
		b = append(b, x.revision[:]...)
		b = le.AppendUint64(b, uint64(x.records))
		b = le.AppendUint64(b, uint64(x.bytes))
	}
	directory := head[header:]
	for _, n := range counts {
		bucket := directory[:n*slotSize]
		directory = directory[n*slotSize:]
		b = le.AppendUint32(b, uint32(n))
		b = le.AppendUint32(b, checksum(bucket))
	}
	le.AppendUint32(b, checksum(b))
}

// writeTo writes the pack. It can be called again.
func (p *packPlan) writeTo(w io.Writer) (err error) {
	if _, err := w.Write(p.head); err != nil {
		return err
	}
	var b []byte
	for i := range p.items {
		if b, err = p.record(b, &p.items[i]); err != nil {
			return err
		}
		if len(b) < writeSize {
			continue
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		b = b[:0]
	}
	_, err = w.Write(b)
	return err
}
