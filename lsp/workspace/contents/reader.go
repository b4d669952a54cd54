package contents

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/workspace/files/door"
)

const (
	// headSize is how many bytes of a file without an extension are read to find its
	// language in its first line. The kernel reads 256 bytes of a "#!" line.
	headSize = 256

	// readChunk is how many bytes a reader reads before it asks whether the content is
	// still wanted. From memory that takes some 100 us.
	readChunk = 512 << 10

	// firstBuffer is the size in bytes of a reader's first buffer, which holds most sources.
	firstBuffer = 64 << 10
)

// ErrSkipped is matched by the error of a file that is no source: too large, binary,
// gone, not regular or of no known language. Such a file is no failure.
var ErrSkipped = errors.New("not a source file")

// SkipError says why a file is no source.
type SkipError struct{ Reason string }

func (e *SkipError) Error() string { return "not a source file: " + e.Reason }

// Is makes the error match ErrSkipped.
func (e *SkipError) Is(target error) bool { return target == ErrSkipped }

// The reasons of a SkipError, in words for people.
const (
	SkipTooLarge   = "too large"
	SkipBinary     = "binary"
	SkipNotRegular = "not a regular file"
	SkipVanished   = "vanished"
	SkipNoLanguage = "no known language"
)

// classOf returns the class of files that are skipped for a reason until they change, or
// ClassSource where the reason says nothing of a file's content.
func classOf(reason string) index.Class {
	switch reason {
	case SkipTooLarge:
		return index.ClassTooLarge
	case SkipBinary:
		return index.ClassBinary
	case SkipNoLanguage:
		return index.ClassNoLanguage
	}
	return index.ClassSource
}

// File is what a file held at one moment.
type File struct {
	Path     string
	Language *language.Language // nil: none is known
	Text     []byte             // as symbols.Text returns it
	Key      cachestore.Key     // of the summary
	// Binding lacks the number of symbols. Its stat data are of the moment before the
	// content was read.
	Binding index.Binding
}

// Reader reads files. It has a buffer, and so serves one goroutine.
type Reader struct {
	engine *Engine
	buf    []byte
	step   func() // called when a call to the file system has returned
}

// NewReader returns a reader.
func (e *Engine) NewReader() *Reader { return &Reader{engine: e, step: func() {}} }

// Read reads a file below a root and hashes it. Its text is valid until the next call.
//
// The error is a *SkipError where the file is no source. Where it stays none until it
// changes, the binding says so with its class; otherwise the class is ClassSource. Read
// returns ctx's error when ctx ends between two chunks.
func (r *Reader) Read(ctx context.Context, root, path string) (File, error) {
	f := File{Path: path, Language: symbols.Detect(filepath.Base(path), nil)}
	if err := ctx.Err(); err != nil {
		return f, err
	}
	open, info, err := door.Open(root, path)
	switch {
	case err == nil:
		defer open.Close()
	case door.IsGone(err):
		return f, &SkipError{SkipVanished}
	case errors.Is(err, door.ErrIrregular):
		return f, &SkipError{SkipNotRegular}
	default:
		return f, err
	}
	stat := door.StatOpen(open, info)
	f.Binding.Stat, f.Binding.Racy = index.Stat(stat), stat.Racy(r.engine.config.Now())
	if err := r.load(ctx, &f, open, info.Size()); err != nil {
		return f, err
	}
	if f.Key, err = r.engine.Key(f.Language, cachestore.Sum(f.Text)); err != nil {
		return f, err
	}
	f.Binding.Hash, f.Binding.Size = f.Key.Hash, int64(len(f.Text))
	f.Binding.Language = index.Language{ID: f.Key.Language, Revision: f.Key.Revision}
	return f, nil
}

// load finds the language and the text of an open file. Where there are none it sets the
// binding's class.
func (r *Reader) load(ctx context.Context, f *File, open *os.File, size int64) error {
	skip := func(reason string) error {
		f.Binding.Class = classOf(reason)
		return &SkipError{reason}
	}
	most := r.engine.MaxFileSize()
	r.buf = r.buf[:0]
	if f.Language == nil {
		if err := r.fill(ctx, open, headSize); err != nil {
			return fmt.Errorf("read %s: %w", f.Path, err)
		}
		if f.Language = symbols.Detect(filepath.Base(f.Path), r.buf); f.Language == nil {
			return skip(SkipNoLanguage)
		}
	}
	if size > most {
		return skip(SkipTooLarge)
	}
	// One byte more than the bound shows that a file has grown since it was opened.
	if err := r.fill(ctx, open, int(most)+1); err != nil {
		return fmt.Errorf("read %s: %w", f.Path, err)
	}
	if int64(len(r.buf)) > most {
		return skip(SkipTooLarge)
	}
	text, ok := symbols.Text(r.buf)
	switch {
	case !ok:
		return skip(SkipBinary)
	case int64(len(text)) > most: // UTF-16 may take more bytes as UTF-8
		return skip(SkipTooLarge)
	}
	f.Text = text
	return nil
}

// fill reads until the buffer holds limit bytes, or the file or ctx ends.
func (r *Reader) fill(ctx context.Context, f *os.File, limit int) error {
	for len(r.buf) < limit {
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(r.buf) == cap(r.buf) {
			grown := make([]byte, len(r.buf), max(firstBuffer, 2*cap(r.buf)))
			copy(grown, r.buf)
			r.buf = grown
		}
		n, err := f.Read(r.buf[len(r.buf):min(cap(r.buf), limit, len(r.buf)+readChunk)])
		r.step()
		r.buf = r.buf[:len(r.buf)+n]
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}
