package cachestore

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
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

	damaged  atomic.Bool // something in it was found damaged
	reopened bool        // because of damage that was found in the file that was there before

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

// isForeign reports whether the file is known to be of another format version.
func (p *pack) isForeign() bool {
	head := p.head.Load()
	return head != nil && errors.Is(head.err, ErrForeign)
}

// get returns a copy of a value, errAbsent, another finding, or an I/O error.
func (p *pack) get(k Key) ([]byte, error) {
	at, prefix, err := p.find(k)
	if err != nil {
		return nil, err
	}
	b, err := p.append(nil, at.offset, at.length)
	if err != nil {
		return nil, err
	}
	return decodeRecord(b, extendSum(prefix, at.hash))
}

// find returns where the value of a key is, without reading it, and the checksum of what comes before the hash;
// errAbsent, another finding, or an I/O error.
func (p *pack) find(k Key) (at place, prefix uint32, err error) {
	h, err := p.header()
	if err != nil {
		return place{}, 0, err
	}
	x, ok := h.extractorIndex(k.extractor())
	if !ok || h.starts[k.shard()] == h.starts[int(k.shard())+1] {
		return place{}, 0, errAbsent
	}
	bucket, err := p.bucket(h, k.shard())
	if err != nil {
		return place{}, 0, err
	}
	at, err = bucket.find(k.Hash, x)
	return at, h.extractors[x].prefix, err
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

// packSum is the SHA-256 of a pack's bytes, by which the pack is named.
type packSum [sha256.Size]byte

func (sum packSum) String() string { return hex.EncodeToString(sum[:]) }

// isPackName reports whether a file in the directory of packs is one.
func isPackName(name string) bool {
	sum, ok := strings.CutSuffix(filepath.Base(name), packSuffix)
	return ok && len(sum) == 2*sha256.Size && isLowerHex(sum)
}

// isSound reports whether a pack has the bytes by which it is named.
func (l layout) isSound(path string) bool {
	f, err := l.at.open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return false
	}
	return packSum(hash.Sum(nil)).String()+packSuffix == filepath.Base(path)
}
