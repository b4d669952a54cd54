package cachestore

import (
	"os"
	"runtime/debug"
	"slices"

	"github.com/edsrzf/mmap-go"
)

// mapping reads a file that is mapped into memory: a copy takes a tenth of the time of a read system call,
// which is most of what a lookup takes.
//
// Nothing of the mapped memory leaves append but copies, which are checked after that. So a file that someone
// overwrites is found damaged, and so is one that someone truncates, though its pages are gone. What a page cannot be
// had for otherwise, such as a disk that fails, tells the file when it is read.
type mapping struct {
	data mmap.MMap // nil: the file could not be mapped, and is read
}

// mapFile maps a file where that is possible: it is not empty, and there is room in the address space.
func mapFile(f *os.File) mapping {
	data, err := mmap.Map(f, mmap.RDONLY, 0)
	if err != nil {
		return mapping{}
	}
	return mapping{data}
}

// append appends length bytes at an offset of the file to b. A file that ends early is damaged; another error
// is an I/O error.
func (m mapping) append(f *os.File, b []byte, offset int64, length int) ([]byte, error) {
	if m.data == nil {
		return appendRead(f, b, offset, length)
	}
	if offset < 0 || offset > int64(len(m.data)) || length > len(m.data)-int(offset) {
		return b, damaged("file ends at %d, before %d", len(m.data), offset+int64(length))
	}
	if b, ok := appendMapped(b, m.data[offset:int(offset)+length]); ok {
		return b, nil
	}
	return appendRead(f, b, offset, length)
}

func appendRead(f *os.File, b []byte, offset int64, length int) ([]byte, error) {
	start := len(b)
	b = slices.Grow(b, length)[:start+length]
	err := readFull(f, b[start:], offset)
	return b, err
}

// appendMapped appends mapped memory; ok is false when it cannot be read.
func appendMapped(to, from []byte) (b []byte, ok bool) {
	old := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(old)
		if p := recover(); p != nil {
			b, ok = to, false
		}
	}()
	return append(to, from...), true // which does not clear first what it allocates
}

func (m mapping) unmap() {
	if m.data != nil {
		_ = m.data.Unmap() // ignore error: it was only read
	}
}
