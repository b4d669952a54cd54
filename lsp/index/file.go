package index

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"sync"
	"sync/atomic"

	"github.com/symcache/symcache/cachestore/mapping"
)

// File is the index of a workspace as a file, which is searched where it lies: to open it takes the same time whatever
// its size. Layers before it have what has changed since it was written.
//
// Besides the symbols it holds a binding for each file of the workspace, so that a workspace need not read files that
// have not changed. A File never changes. It is safe for concurrent use. All methods but Close fail with a *FileError
// that matches ErrDamaged, ErrUnreadable or ErrClosed, or with a *PanicError.
type File struct {
	file    *os.File
	source  io.ReaderAt // file, but in tests
	mapping *mapping.Mapping
	size    int64  // bytes
	header  []byte // a copy

	// All of these lie in the mapping.
	data          []byte
	blocks        *blocks
	meta          column[byte]
	stats         column[Stat]
	hashes        column[[HashSize]byte]
	files         column[fileRecord]
	paths         column[byte]
	details       column[byte]
	containers    mappedTexts
	nameBlocks    column[nameBlock]
	nameChars     column[uint64]
	nameHints     column[hints]
	names         column[byte]
	rowDetails    column[uint32]
	rowContainers column[uint32]
	rowTraits     column[rowTraits]
	macros        macroColumns

	languages []LanguageRow // not mapped
	masks     bool          // some rows are masked
	damaged   atomic.Bool

	checked     sync.Once // see verdict
	checkResult error
}

// HashSize is the size of a content's hash in bytes.
const HashSize = 32

// Stat tells one version of a file from the next without reading it, in 40 bytes. Two files with equal ones have equal
// contents, unless Binding.Racy.
type Stat struct {
	Size          int64 // bytes
	ModTime       int64 // nanoseconds since 1970
	ChangeTime    int64 // the same; 0 where the system has none
	Inode, Device uint64
}

// Class says whether a file is a source, or why it is none. The values are in index files:
// none of them may change.
type Class uint8

// The classes.
const (
	ClassSource Class = iota
	ClassTooLarge
	ClassBinary
	ClassNoLanguage
)

// Binding is what a file held when it was last read.
type Binding struct {
	Stat     Stat
	Racy     bool // it may have changed without a change of Stat
	Class    Class
	Hash     [HashSize]byte
	Language Language
	Size     int64 // of the content in bytes, less than 4 GiB
	Symbols  int   // in its summary
}

// Open maps a file written by Write. It takes the file over, also when it fails: with an
// error that matches ErrDamaged, ErrForeign or ErrUnreadable, or another one when it
// could not be mapped.
//
// Current reports whether the program uses the symbols of a language and revision. The rows of the others are masked.
// When current is nil, no row is masked.
func Open(file *os.File, current func(Language) bool) (*File, error) {
	f := &File{file: file, source: file}
	if err := f.open(current); err != nil {
		_ = f.Close() // ignore error: it was only read
		var own *FileError
		if errors.As(err, &own) {
			err = own.Err
		}
		return nil, err
	}
	return f, nil
}

func (f *File) open(current func(Language) bool) error {
	info, err := f.file.Stat()
	if err != nil {
		return fmt.Errorf("open an index: %w", err)
	}
	f.size = info.Size()
	if f.size == 0 { // which cannot be mapped
		return damaged("empty file")
	}
	if f.mapping, err = mapping.Map(f.file); err != nil {
		return err
	}
	err = f.mapping.Hold(func(data []byte) error {
		f.data = data
		return f.guarded(f.parse)
	})
	if err != nil {
		return err
	}
	for i := range f.languages {
		row := &f.languages[i]
		row.Masked = current != nil && row.ID != "" && !current(row.Language)
		f.masks = f.masks || row.Masked
	}
	return nil
}

// parse finds the sections of a mapped file.
func (f *File) parse() error {
	h, err := parseHeader(f.data)
	if err != nil {
		return err
	}
	blocks, err := newBlocks(f.data, h)
	if err != nil {
		return err
	}
	f.header, f.blocks = bytes.Clone(f.data[:headerSize]), blocks
	var languages column[byte]
	for _, err := range []error{
		open(&f.meta, blocks, h, tagMeta),
		open(&languages, blocks, h, tagLanguages),
		open(&f.stats, blocks, h, tagStats),
		open(&f.hashes, blocks, h, tagHashes),
		open(&f.files, blocks, h, tagFiles),
		open(&f.paths, blocks, h, tagPaths),
		open(&f.details, blocks, h, tagDetails),
		open(&f.containers.ends, blocks, h, tagContainerEnds),
		open(&f.containers.bytes, blocks, h, tagContainers),
		open(&f.nameBlocks, blocks, h, tagNameBlocks),
		open(&f.nameChars, blocks, h, tagNameChars),
		open(&f.nameHints, blocks, h, tagNameHints),
		open(&f.names, blocks, h, tagNames),
		open(&f.rowDetails, blocks, h, tagRowDetails),
		open(&f.rowContainers, blocks, h, tagRowContainers),
		open(&f.rowTraits, blocks, h, tagRowTraits),
		f.macros.open(blocks, h),
	} {
		if err != nil {
			return err
		}
	}
	if n := f.files.len(); f.stats.len() != n || f.hashes.len() != n {
		return damaged("%d files, %d stats, %d hashes", n, f.stats.len(), f.hashes.len())
	}
	if n := f.nameChars.len(); f.nameHints.len() != n || f.nameBlocks.len() != (n+blockNames-1)/blockNames {
		return damaged("%d blocks of %d names, %d hints", f.nameBlocks.len(), n, f.nameHints.len())
	}
	if n := f.rowDetails.len(); f.rowContainers.len() != n || f.rowTraits.len() != n {
		return damaged("%d details, %d containers, %d traits of symbols", n, f.rowContainers.len(), f.rowTraits.len())
	}
	f.languages, err = decodeLanguages(languages.slice(0, languages.len()))
	return err
}

// open finds the section of a column. A file without one was written by a program that
// goes by other rules.
func open[T any](c *column[T], b *blocks, h *fileHeader, tag string) (err error) {
	s, ok := h.find(tag)
	if !ok {
		return fmt.Errorf("%w: no section %q", ErrForeign, tag)
	}
	*c, err = newColumn[T](b, s)
	return err
}

// Close unmaps the file when nobody reads it any more.
func (f *File) Close() error {
	if f.mapping == nil {
		return f.file.Close()
	}
	if err := f.mapping.Close(); err != nil {
		return err
	}
	if err := f.file.Close(); !errors.Is(err, os.ErrClosed) { // by an earlier Close
		return err
	}
	return nil
}

// Damaged reports whether a method has found the file damaged.
func (f *File) Damaged() bool { return f.damaged.Load() }

// Len returns how many files there are. It reads nothing of the file.
func (f *File) Len() int { return len(f.files.items) }

// Symbols returns how many symbols there are. It reads nothing of the file.
func (f *File) Symbols() int { return len(f.rowDetails.items) }

// Macros returns how many macros the files define. It reads nothing of the file.
func (f *File) Macros() (n int) {
	for i := range f.languages {
		n += f.languages[i].Macros
	}
	return n
}

// Languages returns the rows of languages, which nobody may change. It reads nothing of
// the file.
func (f *File) Languages() []LanguageRow { return f.languages }

// Meta returns what was given to Write.
func (f *File) Meta() (meta []byte, err error) {
	err = f.read(func() error {
		meta = bytes.Clone(f.meta.slice(0, f.meta.len()))
		return nil
	})
	return meta, err
}

// Lookup returns the number of a path, which is from 0 to Len-1, and its binding. Its
// language may be that of a masked row.
func (f *File) Lookup(path string) (i int, binding Binding, ok bool, err error) {
	err = f.read(func() error {
		if i, ok = f.find(path); ok {
			binding = f.binding(i)
		}
		return nil
	})
	return i, binding, ok && err == nil, err
}

// Below returns the numbers of the files below a directory, those from from up to to.
func (f *File) Below(dir string) (from, to int, err error) {
	first, end := bounds(dir)
	err = f.read(func() error {
		from, _ = f.find(first)
		to, _ = f.find(end)
		return nil
	})
	return from, to, err
}

// At returns the path of file i and its binding.
func (f *File) At(i int) (path string, binding Binding, err error) {
	err = f.read(func() error {
		path, binding = string(f.path(i)), f.binding(i)
		return nil
	})
	return path, binding, err
}

// Each calls fn with each path and its binding, in order, until fn returns false.
func (f *File) Each(fn func(path string, binding Binding) bool) error {
	for i := range f.Len() {
		path, binding, err := f.At(i)
		if err != nil || !fn(path, binding) {
			return err
		}
	}
	return nil
}

// find is Lookup inside of read.
func (f *File) find(path string) (int, bool) {
	i := sort.Search(f.files.len(), func(i int) bool { return string(f.path(i)) >= path })
	return i, i < f.files.len() && string(f.path(i)) == path
}

// path returns that of file i, which lies in the mapping.
func (f *File) path(i int) []byte {
	start := uint32(0)
	if i > 0 {
		start = f.files.at(i - 1).pathEnd
	}
	return f.paths.slice(int(start), int(f.files.at(i).pathEnd))
}

// row returns that of a file's language.
func (f *File) row(i int) *LanguageRow {
	number := int(f.files.at(i).language)
	if number >= len(f.languages) {
		abort(misplaced("row %d of %d", number, len(f.languages)))
	}
	return &f.languages[number]
}

func (f *File) binding(i int) Binding {
	r := f.files.at(i)
	return Binding{
		Stat:     *f.stats.at(i),
		Racy:     r.racy != 0,
		Class:    r.class,
		Hash:     *f.hashes.at(i),
		Language: f.row(i).Language,
		Size:     int64(r.size),
		Symbols:  int(r.symbols),
	}
}

// masked reports whether file i is of a language whose symbols nobody uses.
func (f *File) masked(i int) bool { return f.masks && f.row(i).Masked }

// fileOf returns the number of the file that has a detail.
func (f *File) fileOf(detail uint32) int {
	return sort.Search(f.files.len(), func(i int) bool { return f.files.at(i).details > detail }) - 1
}

// detailsOf returns the details of file i.
func (f *File) detailsOf(i int) []byte {
	end := f.details.len()
	if i+1 < f.files.len() {
		end = int(f.files.at(i + 1).details)
	}
	return f.details.slice(int(f.files.at(i).details), end)
}
