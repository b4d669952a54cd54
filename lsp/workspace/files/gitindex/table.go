package gitindex

import (
	"bytes"
	"hash/maphash"
	"io"
	"slices"
)

// maxAdded bounds the paths that Load names as new: those of a checkout are not worth naming.
const maxAdded = 64

// Table answers which paths an index has. It keeps 8 bytes for each path, and for each
// directory of one. Two paths are taken for one with a probability of one in 10^12 in the
// largest of indexes.
type Table struct {
	seed   maphash.Seed
	hashes []uint64 // sorted
}

// NewTable returns a table without paths.
func NewTable() *Table { return &Table{seed: maphash.MakeSeed()} }

// Load reads an index, see Read, and returns a table of the paths whose names are wanted, and
// of their directories. Added are wanted paths that are new since the table was made, or nil if there
// are too many to name; changed reports whether there are any.
func (t *Table) Load(r io.Reader, size int64, o Options, wanted func(name string) bool) (next *Table, added []string, changed bool, err error) {
	next = &Table{seed: t.seed}
	var dir []byte // of the path before
	var above, news int
	err = Read(r, size, o, func(e Entry) {
		slash := bytes.LastIndexByte(e.Path, '/')
		if !e.Dir && !wanted(string(e.Path[slash+1:])) {
			return
		}
		next.add(e.Path)
		if !t.Has(e.Path) {
			if news++; news <= maxAdded {
				added = append(added, string(e.Path))
			}
		}
		here := e.Path[:max(slash, 0)]
		above = common(dir, here)
		for i := above; i < len(here); i++ {
			if i+1 == len(here) || here[i+1] == '/' {
				next.add(here[:i+1])
			}
		}
		dir = append(dir[:0], here...)
	})
	if err != nil {
		return nil, nil, false, err
	}
	slices.Sort(next.hashes)
	next.hashes = slices.Clip(slices.Compact(next.hashes))
	if news > maxAdded {
		added = nil
	}
	return next, added, news > 0, nil
}

// common returns how long the directory is that two directories have in common.
func common(a, b []byte) (n int) {
	for i := 0; ; i++ {
		switch {
		case i == len(a) && (i == len(b) || b[i] == '/'), i == len(b) && i < len(a) && a[i] == '/':
			return i
		case i == len(a), i == len(b), a[i] != b[i]:
			return n
		case a[i] == '/':
			n = i
		}
	}
}

func (t *Table) add(path []byte) { t.hashes = append(t.hashes, maphash.Bytes(t.seed, path)) }

// Has reports whether a slash-separated path, or something below it, is tracked.
func (t *Table) Has(path []byte) bool {
	_, ok := slices.BinarySearch(t.hashes, maphash.Bytes(t.seed, path))
	return ok
}
