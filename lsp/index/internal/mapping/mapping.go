// Package mapping maps files into memory for reading, and survives what can
// happen to them meanwhile.
//
// Whoever truncates a mapped file takes its pages away, and reading them is a
// fault that would end the process. So all reading happens in functions given
// to Read and Guard, which turn faults into errors; what they see of the memory
// must not outlive them.
package mapping

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/edsrzf/mmap-go"
)

var (
	// ErrClosed is returned for a mapping that was closed.
	ErrClosed = errors.New("mapping is closed")
	// ErrFault is matched by errors of memory that could not be read, or held what
	// nobody can read: the file was changed by someone.
	ErrFault = errors.New("mapped file was changed")
)

// Mapping is a file in memory. It is safe for concurrent use.
type Mapping struct {
	file *os.File

	// readers hold the lock for reading while they look into data, Close for
	// writing.
	readers sync.RWMutex
	data    mmap.MMap // nil: closed
}

// Open maps a file that is not empty. It takes the file over, also when it fails.
func Open(file *os.File) (*Mapping, error) {
	data, err := open(file)
	if err != nil {
		_ = file.Close() // ignore error: it was only read
		return nil, fmt.Errorf("map %s: %w", file.Name(), err)
	}
	return &Mapping{file: file, data: data}, nil
}

func open(file *os.File) (mmap.MMap, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if size := info.Size(); size == 0 || size > math.MaxInt {
		return nil, fmt.Errorf("size of %d bytes", size)
	}
	return mmap.Map(file, mmap.RDONLY, 0)
}

// Read calls f with the file's content. The memory stays mapped until f returns,
// which must not call Read of the same mapping again. The error is f's own,
// ErrClosed, or one that matches ErrFault.
func (m *Mapping) Read(f func(data []byte) error) error {
	m.readers.RLock()
	defer m.readers.RUnlock()
	if m.data == nil {
		return ErrClosed
	}
	return Guard(func() error { return f(m.data) })
}

// Close waits for the readers and unmaps the file. More than once is as good as
// once.
func (m *Mapping) Close() error {
	m.readers.Lock()
	defer m.readers.Unlock()
	if m.data == nil {
		return nil
	}
	return errors.Join(m.data.Unmap(), m.file.Close())
}

// Guard calls f, which reads mapped memory that a Read in another goroutine keeps
// mapped. Faults are errors that match ErrFault, and so are indexes out of range,
// since what is read of a changed file may point anywhere.
func Guard(f func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(old)
	defer func() {
		switch p := recover().(type) {
		case nil:
		case runtime.Error:
			err = fmt.Errorf("%w: %w", ErrFault, p)
		case *abort:
			err = p.cause
		default:
			panic(p)
		}
	}()
	return f()
}

// abort is the panic of Abort.
type abort struct{ cause error }

// Abort ends the function that Guard or Read calls; they return err.
func Abort(err error) { panic(&abort{err}) }
