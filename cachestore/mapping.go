package cachestore

import (
	"errors"
	"io"
	"os"
	"slices"

	"github.com/symcache/symcache/cachestore/mapping"
)

// mappedFile reads a file that is mapped into memory: a copy takes a tenth of the time of a read system call,
// which is most of what a lookup takes.
//
// Nothing of the mapped memory leaves append but copies, which are checked after that. So a file that someone
// overwrites is found damaged. Where a page cannot be had, the file is read instead: that tells a file that
// someone truncated from a disk that fails.
type mappedFile struct {
	mapping *mapping.Mapping // nil: the file could not be mapped, and is read
}

// mapFile maps a file where that is possible and does no harm: it is not empty, there is room in the address space,
// and the system removes mapped files.
func mapFile(f *os.File) mappedFile {
	if !mapsPacks {
		return mappedFile{}
	}
	m, err := mapping.Map(f)
	if err != nil {
		return mappedFile{}
	}
	return mappedFile{m}
}

// append appends length bytes at an offset of the file to b. A file that ends early is damaged; another error
// is an I/O error.
func (m mappedFile) append(f *os.File, b []byte, offset int64, length int) ([]byte, error) {
	if m.mapping == nil {
		return appendRead(f, b, offset, length)
	}
	b, err := m.mapping.Append(b, offset, length)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return b, damaged("file ends before %d", offset+int64(length))
	case err != nil: // a fault
		return appendRead(f, b, offset, length)
	}
	return b, nil
}

func appendRead(f *os.File, b []byte, offset int64, length int) ([]byte, error) {
	start := len(b)
	b = slices.Grow(b, length)[:start+length]
	err := readFull(f, b[start:], offset)
	return b, err
}

func (m mappedFile) unmap() {
	if m.mapping != nil {
		_ = m.mapping.Close() // ignore error: it was only read
	}
}
