package index

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"sort"
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/symcache/symcache/lsp/index/internal/mapping"
)

// Base is the index of a workspace as a file, which is searched where it lies: to
// open it takes the same time whatever its size. What a workspace knows better by
// now stands in the layers before it.
//
// Besides the symbols it holds a binding for each file, so that a workspace need
// not read what has not changed. A base never changes. It is safe for concurrent
// use; all methods but Close fail with an error that matches ErrDamaged when the
// file is not what was written, or with ErrClosed.
type Base struct {
	mapping *mapping.Mapping
	header  []byte // a copy
	size    int64

	// All of these lie in the mapping.
	meta          column[byte]
	stats         column[Stat]
	hashes        column[[HashSize]byte]
	files         column[fileRecord]
	paths         column[byte]
	details       column[byte]
	containers    mappedTexts
	affixes       mappedTexts
	nameBlocks    column[nameBlock]
	nameChars     column[uint64]
	nameHints     column[hints]
	names         column[byte]
	rowDetails    column[uint32]
	rowContainers column[uint32]
	rowTraits     column[rowTraits]

	languages []Language // not mapped
	damaged   atomic.Bool
}

// HashSize is the size of a content's hash in bytes.
const HashSize = 32

// Language is that of a content, and the revision of what extracted its symbols.
type Language struct {
	ID       string
	Revision [8]byte
}

// Stat tells one version of a file from the next without reading it, 40 bytes.
// Two files with equal ones have equal contents, unless Binding.Racy.
type Stat struct {
	Size          int64 // bytes
	ModTime       int64 // nanoseconds since 1970
	ChangeTime    int64 // the same; 0 where the system has none
	Inode, Device uint64
}

// Class is what a file is to a workspace. The values are the workspace's.
type Class uint8

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

// mappedTexts is a list of texts.
type mappedTexts struct {
	ends  column[uint32]
	bytes column[byte]
}

// at returns text i, which lies in the mapping.
func (t *mappedTexts) at(i uint32) []byte {
	start := uint32(0)
	if i > 0 {
		start = *t.ends.at(int(i) - 1)
	}
	return t.bytes.slice(int(start), int(*t.ends.at(int(i))))
}

// OpenBase maps a file written by WriteBase. It takes the file over, also when it
// fails: with an error that matches ErrDamaged or ErrForeign, or another one
// when it could not be mapped.
func OpenBase(file *os.File) (*Base, error) {
	if info, err := file.Stat(); err == nil && info.Size() == 0 { // which cannot be mapped
		return nil, errors.Join(damaged("empty file"), file.Close())
	}
	m, err := mapping.Open(file)
	if err != nil {
		return nil, err
	}
	b := &Base{mapping: m}
	if err := b.read(b.open); err != nil {
		_ = m.Close() // ignore error: it was only read
		return nil, err
	}
	return b, nil
}

func (b *Base) open(data []byte) error {
	h, err := parseHeader(data)
	if err != nil {
		return err
	}
	blocks, err := newBlocks(data, h)
	if err != nil {
		return err
	}
	b.header, b.size = bytes.Clone(data[:headerSize]), h.fileSize
	s := &h.sections
	var languages column[byte]
	for _, err := range []error{
		open(&b.meta, blocks, s[sectionMeta]),
		open(&languages, blocks, s[sectionLanguages]),
		open(&b.stats, blocks, s[sectionStats]),
		open(&b.hashes, blocks, s[sectionHashes]),
		open(&b.files, blocks, s[sectionFiles]),
		open(&b.paths, blocks, s[sectionPaths]),
		open(&b.details, blocks, s[sectionDetails]),
		open(&b.containers.ends, blocks, s[sectionContainerEnds]),
		open(&b.containers.bytes, blocks, s[sectionContainers]),
		open(&b.affixes.ends, blocks, s[sectionAffixEnds]),
		open(&b.affixes.bytes, blocks, s[sectionAffixes]),
		open(&b.nameBlocks, blocks, s[sectionNameBlocks]),
		open(&b.nameChars, blocks, s[sectionNameChars]),
		open(&b.nameHints, blocks, s[sectionNameHints]),
		open(&b.names, blocks, s[sectionNames]),
		open(&b.rowDetails, blocks, s[sectionRowDetails]),
		open(&b.rowContainers, blocks, s[sectionRowContainers]),
		open(&b.rowTraits, blocks, s[sectionRowTraits]),
	} {
		if err != nil {
			return err
		}
	}
	if n := b.files.len(); b.stats.len() != n || b.hashes.len() != n {
		return damaged("%d files, %d stats, %d hashes", n, b.stats.len(), b.hashes.len())
	}
	if n := b.nameChars.len(); b.nameHints.len() != n || b.nameBlocks.len() != (n+blockNames-1)/blockNames {
		return damaged("%d blocks of %d names, %d hints", b.nameBlocks.len(), n, b.nameHints.len())
	}
	if n := b.rowDetails.len(); b.rowContainers.len() != n || b.rowTraits.len() != n {
		return damaged("%d details, %d containers, %d traits of symbols", n, b.rowContainers.len(), b.rowTraits.len())
	}
	b.languages, err = decodeLanguages(languages.slice(0, languages.len()))
	return err
}

func open[T any](c *column[T], b *blocks, s section) (err error) {
	*c, err = newColumn[T](b, s)
	return err
}

// newBlocks checks the checksums of a file's blocks, and that it ends with them.
func newBlocks(data []byte, h *baseHeader) (*blocks, error) {
	end := h.end()
	count := blockCount(end)
	sums, ok := bytes.CutSuffix(data[end+padding(end):], []byte(trailer))
	if !ok {
		return nil, damaged("no trailer")
	}
	if int64(len(sums)) != 4*count {
		return nil, damaged("%d bytes of checksums for %d blocks", len(sums), count)
	}
	if castagnoli(sums) != h.blocksSum {
		return nil, damaged("checksum of the blocks' checksums")
	}
	return &blocks{
		data: data[:end],
		sums: unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(sums))), count),
		good: make([]atomic.Uint32, (count+31)/32),
	}, nil
}

func appendLanguages(b []byte, languages []Language) []byte {
	for _, l := range languages {
		b = append(appendText(b, l.ID), l.Revision[:]...)
	}
	return b
}

// decodeLanguages may panic on what appendLanguages did not write.
func decodeLanguages(b []byte) (languages []Language, err error) {
	for len(b) > 0 {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)) {
			return nil, damaged("languages")
		}
		l := Language{ID: string(b[size : size+int(n)])}
		b = b[size+int(n):]
		b = b[copy(l.Revision[:], b[:len(l.Revision)]):]
		languages = append(languages, l)
	}
	return languages, nil
}

// Close unmaps the file when nobody reads it any more.
func (b *Base) Close() error { return b.mapping.Close() }

// Damaged tells whether a method has found the file damaged.
func (b *Base) Damaged() bool { return b.damaged.Load() }

// read runs f with the file mapped; what f aborts with is returned.
func (b *Base) read(f func(data []byte) error) error {
	return b.judge(b.mapping.Read(f))
}

// readWhole is read for what would not notice that a part of the file was cut off
// and reads as zeros.
func (b *Base) readWhole(f func() error) error {
	return b.read(func(data []byte) error {
		if err := f(); err != nil {
			return err
		}
		if !bytes.Equal(data[:headerSize], b.header) || string(data[len(data)-len(trailer):]) != trailer {
			return damaged("file was changed")
		}
		return nil
	})
}

// judge notes errors that tell of damage, the first that comes by.
func (b *Base) judge(err error) error {
	if errors.As(err, new(*judged)) {
		return err
	}
	if errors.Is(err, mapping.ErrFault) {
		err = damaged("%w", err)
	}
	if errors.Is(err, ErrDamaged) {
		b.damaged.Store(true)
		err = &judged{err}
	}
	return err
}

// judged is an error that tells of damage to a base that has noted it.
type judged struct{ error }

func (j *judged) Unwrap() error { return j.error }

// BaseStats tells what a base holds.
type BaseStats struct {
	Files, Symbols int
	Bytes          int64 // of the file
}

// Stats reads nothing of the file.
func (b *Base) Stats() BaseStats {
	return BaseStats{Files: len(b.files.items), Symbols: len(b.rowDetails.items), Bytes: b.size}
}

// Meta returns what was given to WriteBase.
func (b *Base) Meta() (meta []byte, err error) {
	err = b.read(func([]byte) error {
		meta = bytes.Clone(b.meta.slice(0, b.meta.len()))
		return nil
	})
	return meta, err
}

// Lookup returns the number of a path, which is from 0 to Files-1, and its
// binding.
func (b *Base) Lookup(path string) (i int, binding Binding, ok bool, err error) {
	err = b.read(func([]byte) error {
		if i, ok = b.find(path); ok {
			binding = b.binding(i)
		}
		return nil
	})
	return i, binding, ok && err == nil, err
}

// Below returns the numbers of the files below a directory, those from from up to to.
func (b *Base) Below(dir string) (from, to int, err error) {
	separator := string(os.PathSeparator)
	first := strings.TrimSuffix(dir, separator) + separator
	end := strings.TrimSuffix(dir, separator) + string(os.PathSeparator+1) // the next after all of them
	err = b.read(func([]byte) error {
		from, _ = b.find(first)
		to, _ = b.find(end)
		return nil
	})
	return from, to, err
}

// Path returns the path of file i.
func (b *Base) Path(i int) (path string, err error) {
	err = b.read(func([]byte) error {
		path = string(b.path(i))
		return nil
	})
	return path, err
}

// Each calls f with each path and its binding, in order, until f returns false.
func (b *Base) Each(f func(path string, binding Binding) bool) error {
	for i := range len(b.files.items) {
		var path string
		var binding Binding
		err := b.read(func([]byte) error {
			path, binding = string(b.path(i)), b.binding(i)
			return nil
		})
		if err != nil || !f(path, binding) {
			return err
		}
	}
	return nil
}

// find is Lookup inside of read.
func (b *Base) find(path string) (int, bool) {
	i := sort.Search(b.files.len(), func(i int) bool { return string(b.path(i)) >= path })
	return i, i < b.files.len() && string(b.path(i)) == path
}

// path returns that of file i, which lies in the mapping.
func (b *Base) path(i int) []byte {
	start := uint32(0)
	if i > 0 {
		start = b.files.at(i - 1).pathEnd
	}
	return b.paths.slice(int(start), int(b.files.at(i).pathEnd))
}

func (b *Base) binding(i int) Binding {
	f := b.files.at(i)
	return Binding{
		Stat:     *b.stats.at(i),
		Racy:     f.racy != 0,
		Class:    f.class,
		Hash:     *b.hashes.at(i),
		Language: b.languages[f.language],
		Size:     int64(f.size),
		Symbols:  int(f.symbols),
	}
}

// fileOf returns the number of the file that has a detail.
func (b *Base) fileOf(detail uint32) int {
	return sort.Search(b.files.len(), func(i int) bool { return b.files.at(i).details > detail }) - 1
}

// detailsOf returns the details of file i.
func (b *Base) detailsOf(i int) []byte {
	end := b.details.len()
	if i+1 < b.files.len() {
		end = int(b.files.at(i + 1).details)
	}
	return b.details.slice(int(b.files.at(i).details), end)
}
