package cachestore

import (
	"os"
	"runtime/debug"

	"github.com/edsrzf/mmap-go"
)

// mapping reads a file that is mapped into memory: a copy takes a tenth of the time of a read system call,
// which is most of what a lookup takes.
//
// Nothing of the mapped memory leaves readAt but copies, which are checked after that. So a file that someone
// overwrites is found damaged, and so is one that someone truncates, though its pages are gone.
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

// readAt copies len(b) bytes at an offset. A file that ends early is damaged; another error is an I/O error.
func (m mapping) readAt(f *os.File, b []byte, offset int64) error {
	if m.data == nil {
		return readFull(f, b, offset)
	}
	if offset < 0 || offset > int64(len(m.data)) || len(b) > len(m.data)-int(offset) {
		return damaged("file ends at %d, before %d", len(m.data), offset+int64(len(b)))
	}
	return copyMapped(b, m.data[offset:])
}

// copyMapped copies from mapped memory, which whoever truncates the file takes away.
func copyMapped(to, from []byte) (err error) {
	old := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(old)
		if p := recover(); p != nil {
			err = damaged("file was truncated: %v", p)
		}
	}()
	copy(to, from)
	return nil
}

func (m mapping) unmap() {
	if m.data != nil {
		_ = m.data.Unmap() // ignore error: it was only read
	}
}
