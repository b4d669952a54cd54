// Package mapping maps files into memory for reading, and survives what can happen
// to them meanwhile.
//
// A page of a mapped file may be impossible to read: somebody truncated the file, or
// the disk fails. Touching such a page is a fault, which by default ends the process.
// Guard turns a fault in its own mapping into a *Fault; any other panic passes. A
// fault does not tell its cause. The caller finds it with a read of the same place:
// only that has an error number.
//
// Slices of the mapped memory must not outlive the function that Hold calls.
package mapping

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime/debug"
	"sync"
	"unsafe"

	"github.com/edsrzf/mmap-go"
)

// ErrClosed is returned by Hold for a mapping that was closed.
var ErrClosed = errors.New("mapping is closed")

// Fault is the error of a page that could not be read.
type Fault struct {
	Offset int64 // of the byte that was touched, in the file
}

func (f *Fault) Error() string {
	return fmt.Sprintf("mapped file cannot be read at offset %d", f.Offset)
}

// Mapping is a file in memory. It is safe for concurrent use.
type Mapping struct {
	// readers hold the lock for reading while they look into data, Close for
	// writing.
	readers sync.RWMutex
	data    mmap.MMap // nil: closed
}

// Map maps a file that is not empty. The file stays the caller's, who may close it at
// once: the mapping stays.
func Map(file *os.File) (*Mapping, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("map: %w", err)
	}
	if size := info.Size(); size <= 0 || size > math.MaxInt {
		return nil, fmt.Errorf("map %s: size of %d bytes", file.Name(), size)
	}
	data, err := mmap.Map(file, mmap.RDONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", file.Name(), err)
	}
	return &Mapping{data: data}, nil
}

// Hold calls f with the file's content, which stays mapped until f returns. It does
// not guard f. f must not call Hold of the same mapping: a Close that waits between
// the two calls would never end. The error is f's own or ErrClosed.
func (m *Mapping) Hold(f func(data []byte) error) error {
	m.readers.RLock()
	defer m.readers.RUnlock()
	if m.data == nil {
		return ErrClosed
	}
	return f(m.data)
}

// Guard calls f, which reads memory that a Hold keeps mapped, perhaps in another
// goroutine. A fault in this mapping is returned as a *Fault; every other panic of f
// goes on, faults at other addresses included.
func (m *Mapping) Guard(f func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(old)
	defer func() {
		if p := recover(); p != nil {
			offset, ok := m.offset(p)
			if !ok {
				panic(p)
			}
			err = &Fault{offset}
		}
	}()
	return f()
}

// Append appends n bytes at an offset of the file to b: a copy, so that nothing of the
// mapped memory leaves. The error is a *Fault, ErrClosed, or io.ErrUnexpectedEOF where
// the file had fewer bytes when it was mapped. It allocates nothing but room in b.
func (m *Mapping) Append(b []byte, offset int64, n int) (appended []byte, err error) {
	m.readers.RLock()
	defer m.readers.RUnlock()
	switch size := int64(len(m.data)); {
	case m.data == nil:
		return b, ErrClosed
	case offset < 0 || n < 0 || offset > size || int64(n) > size-offset:
		return b, io.ErrUnexpectedEOF
	}
	old := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(old)
	defer func() {
		if p := recover(); p != nil {
			at, ok := m.offset(p)
			if !ok {
				panic(p)
			}
			appended, err = b, &Fault{at}
		}
	}()
	return append(b, m.data[offset:int(offset)+n]...), nil // which does not clear first what it allocates
}

// offset returns the place in the file of a fault, given what was recovered.
func (m *Mapping) offset(p any) (offset int64, ok bool) {
	fault, ok := p.(interface{ Addr() uintptr }) // as debug.SetPanicOnFault documents
	if !ok || len(m.data) == 0 {
		return 0, false
	}
	first := uintptr(unsafe.Pointer(unsafe.SliceData(m.data)))
	if fault.Addr() < first || fault.Addr()-first >= uintptr(len(m.data)) {
		return 0, false
	}
	return int64(fault.Addr() - first), true
}

// Close waits for the readers and unmaps the file. More than once is as good as
// once.
func (m *Mapping) Close() error {
	m.readers.Lock()
	defer m.readers.Unlock()
	if m.data == nil {
		return nil
	}
	return m.data.Unmap()
}
