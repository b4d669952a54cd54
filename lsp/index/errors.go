package index

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/symcache/symcache/cachestore/mapping"
)

var (
	// ErrDamaged is matched by the errors of a file that is not what was written: a
	// checksum failed, or a place named in it is not there.
	ErrDamaged = errors.New("index is damaged")
	// ErrForeign is matched by those of a file in another format.
	ErrForeign = errors.New("index is of another version")
	// ErrUnreadable is matched by those of a file that cannot be read now, as of a disk
	// that fails. It says nothing of the file.
	ErrUnreadable = errors.New("index cannot be read")
	// ErrClosed is matched by those of a file that was closed.
	ErrClosed = mapping.ErrClosed
)

// FileError is an error of one file. A Search of several layers fails with it.
type FileError struct {
	File *File
	Err  error
}

func (e *FileError) Error() string { return e.Err.Error() }
func (e *FileError) Unwrap() error { return e.Err }

// PanicError is a panic in this package, which is a bug of this program and says
// nothing of a file.
type PanicError struct {
	Value any
	Stack []byte // of the goroutine that panicked
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic in the index: %v", e.Value) }

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrDamaged, fmt.Errorf(format, args...))
}

// misplacedError is a place that is not in the file. Either the file names it, or code
// of this package has computed it wrongly.
type misplacedError struct{ PanicError }

func misplaced(format string, args ...any) error {
	return &misplacedError{PanicError{Value: fmt.Sprintf(format, args...), Stack: debug.Stack()}}
}

// abort ends the function that protect calls, which returns err.
func abort(err error) { panic(&aborted{err}) }

// aborted is the panic of abort.
type aborted struct{ cause error }

// protect calls f and returns the error with which it aborts, or a *PanicError.
func protect(f func() error) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case *aborted:
			err = p.cause
		default:
			err = &PanicError{Value: p, Stack: debug.Stack()}
		}
	}()
	return f()
}

// read runs fn with the file mapped. It may run fn twice. The error is that of guarded.
func (f *File) read(fn func() error) error {
	err := f.readOnce(fn)
	if isPassing(err) {
		err = f.readOnce(fn)
	}
	return err
}

// readOnce is read for what cannot be done twice.
func (f *File) readOnce(fn func() error) error {
	return f.errorOf(f.mapping.Hold(func([]byte) error { return f.guarded(fn) }))
}

// readWhole is readOnce for what would not notice that a part of the file was cut off
// and reads as zeros.
func (f *File) readWhole(fn func() error) error {
	return f.readOnce(func() error {
		if err := fn(); err != nil {
			return err
		}
		return f.checkEnds()
	})
}

// checkEnds checks that the file begins and ends as it did when it was opened.
func (f *File) checkEnds() error {
	data := f.data
	if !bytes.Equal(data[:headerSize], f.header) || string(data[len(data)-len(trailer):]) != trailer {
		return damaged("file was changed")
	}
	return nil
}

// guarded calls fn, which reads the file while it is held mapped, and finds out what an
// error means. Damage is noted. The error is a *FileError, perhaps of another file, a
// *PanicError, or one of fn's own.
//
// A fault is a page that could not be read. The reason is what read(2) of the same
// block says: an error of the disk; less than there was; the wrong bytes; or nothing, as
// the trouble has passed.
//
// A place that is not in the file is damage only if Check finds some. Otherwise the code
// that computed it is wrong.
func (f *File) guarded(fn func() error) error {
	err := protect(func() error { return f.mapping.Guard(fn) })
	var fault *mapping.Fault
	var misplaced *misplacedError
	switch {
	case err == nil || errors.As(err, new(*FileError)):
		return err
	case errors.As(err, &fault):
		err = f.ask(fault)
	case errors.As(err, &misplaced):
		if err = f.verdict(); err == nil {
			err = &misplaced.PanicError
		}
	}
	return f.errorOf(err)
}

// errorOf makes an error that tells of a file one of this file, unless it is one of a
// file already. Other errors, as a bug's or the context's, stay as they are.
func (f *File) errorOf(err error) error {
	switch {
	case errors.As(err, new(*FileError)):
		return err
	case errors.Is(err, ErrDamaged):
		f.damaged.Store(true)
		return &FileError{f, err}
	case errors.Is(err, ErrUnreadable), errors.Is(err, ErrClosed):
		return &FileError{f, err}
	}
	return err
}

// verdict checks the whole file, once: a bug may ask again with each search.
func (f *File) verdict() error {
	f.checked.Do(func() {
		f.checkResult = protect(func() error { return f.mapping.Guard(f.checkAll) })
		var fault *mapping.Fault
		switch {
		case errors.As(f.checkResult, new(*misplacedError)):
			f.checkResult = damaged("%w", f.checkResult)
		case errors.As(f.checkResult, &fault):
			f.checkResult = f.ask(fault)
		}
	})
	return f.checkResult
}

// errPassing is the error of a place that can be read after all.
var errPassing = errors.New("a page of it could not be mapped, but can be read")

func isPassing(err error) bool { return errors.Is(err, errPassing) }

// ask reads the block of a fault by a system call, whose error tells the reason.
func (f *File) ask(fault *mapping.Fault) error {
	from := fault.Offset / headerSize * headerSize
	to, sum := min(from+headerSize, f.size), uint32(0)
	block := int64(-1)
	if f.blocks != nil && from >= headerSize && from < int64(len(f.blocks.data)) {
		block = (from - headerSize) >> blockBits
		from, to = f.blocks.place(block)
		sum = f.blocks.sums[block]
	}
	b := make([]byte, to-from)
	_, err := f.source.ReadAt(b, from)
	switch {
	case errors.Is(err, io.EOF):
		return damaged("file ends before %d", to)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrUnreadable, err)
	case block >= 0 && castagnoli(b) != sum:
		return damaged("checksum of block %d", block)
	}
	return fmt.Errorf("%w: %w", ErrUnreadable, errPassing)
}
