package cachestore

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
)

// pack reads one immutable pack file. It keeps the header once read and the buckets it was asked for. All
// methods may be called at once; two callers may read the same bucket twice, and keep one.
type pack struct {
	path   string
	open   *descriptors
	memory *atomic.Int64 // bytes of buckets kept by all packs of the store

	head    atomic.Pointer[packHead]
	buckets [bucketCount]atomic.Pointer[slots]
}

// packHead is the outcome of reading a pack's header: a pack that is damaged stays so, and is not read again.
type packHead struct {
	header *packHeader
	err    error // ErrDamaged or ErrForeign
}

// header returns the header, reading it on first use. A pack that is gone is fs.ErrNotExist.
func (p *pack) header() (*packHeader, error) {
	if head := p.head.Load(); head != nil {
		return head.header, head.err
	}
	f, err := p.open.acquire(p.path)
	if err != nil {
		return nil, err
	}
	defer p.open.release(f)
	info, err := f.file.Stat()
	if err != nil {
		return nil, err
	}
	h, err := readPackHeader(f, info.Size())
	if err == nil || isVerdict(err) {
		p.head.Store(&packHead{h, err})
	}
	return h, err
}

// get returns a copy of a value, errAbsent, another finding, or an I/O error.
func (p *pack) get(k Key) ([]byte, error) {
	offset, length, err := p.find(k)
	if err != nil {
		return nil, err
	}
	b, err := p.append(nil, offset, length)
	if err != nil {
		return nil, err
	}
	return decodeRecord(b, k)
}

// find returns where the record of a key is, without reading the record.
func (p *pack) find(k Key) (offset int64, length int, err error) {
	h, err := p.header()
	if err != nil {
		return 0, 0, err
	}
	x, ok := h.extractorIndex(k.extractor())
	if !ok || h.starts[k.shard()] == h.starts[int(k.shard())+1] {
		return 0, 0, errAbsent
	}
	bucket, err := p.bucket(h, k.shard())
	if err != nil {
		return 0, 0, err
	}
	offset, length, ok = bucket.find(k.Hash, x)
	if !ok {
		return 0, 0, errAbsent
	}
	return offset, length, nil
}

func (p *pack) bucket(h *packHeader, shard byte) (slots, error) {
	if kept := p.buckets[shard].Load(); kept != nil {
		return *kept, nil
	}
	f, err := p.open.acquire(p.path)
	if err != nil {
		return nil, err
	}
	defer p.open.release(f)
	b, err := h.readBucket(f, shard)
	if err != nil {
		return nil, err
	}
	if p.buckets[shard].CompareAndSwap(nil, &b) {
		p.memory.Add(int64(len(b)))
	}
	return b, nil
}

// append appends length bytes at an offset of the file.
func (p *pack) append(b []byte, offset int64, length int) ([]byte, error) {
	f, err := p.open.acquire(p.path)
	if err != nil {
		return b, err
	}
	defer p.open.release(f)
	return f.mapping.append(f.file, b, offset, length)
}

// forget drops the buckets, and the descriptor.
func (p *pack) forget() {
	p.forgetBuckets()
	p.open.drop(p.path)
}

func (p *pack) forgetBuckets() {
	for i := range p.buckets {
		if old := p.buckets[i].Swap(nil); old != nil {
			p.memory.Add(-int64(len(*old)))
		}
	}
}

// packID returns a name that no other pack has, and by which packs sort by age: nanoseconds since 1970, then
// a random number.
func packID(nanoseconds int64, random uint64) string {
	return fmt.Sprintf("%016x-%016x", uint64(nanoseconds), random)
}

// isPackName reports whether a file in the directory of packs is one.
func isPackName(name string) bool {
	id, ok := strings.CutSuffix(filepath.Base(name), packSuffix)
	return ok && len(id) == 33 && isLowerHex(id[:16]) && id[16] == '-' && isLowerHex(id[17:])
}
