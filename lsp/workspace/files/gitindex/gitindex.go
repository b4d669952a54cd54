// Package gitindex reads which paths git tracks, from the file .git/index, of the versions 2
// to 4, split or sparse, see gitformat-index(5). It opens no file: package files does.
//
// An index is not trusted. It is read in one go, and memory is that of one path and of the
// bitmap of a split index, whatever its size. Nothing is checked by its checksum: git
// replaces the file as a whole.
package gitindex

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

const (
	// MaxSize bounds an index, in bytes. That of Linux has 8 MB, of a tree of 3 million files
	// some 300 MB.
	MaxSize = 512 << 20

	// MaxPath bounds a path, in bytes: Linux opens none that is longer.
	MaxPath = 4096

	// maxPaths bounds all paths of an index together, in bytes, since those of version 4 are
	// longer than what they take in the file. A million files have some 60 MB.
	maxPaths = 1 << 30

	// maxLink bounds the extension of a split index, in bytes: bitmaps of a bit for each file.
	maxLink = 16 << 20
)

// ErrUnread is matched by the error of an index that cannot be read: damaged, too large, or of
// a kind that this package does not know.
var ErrUnread = errors.New("git's index cannot be read")

func unread(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnread, fmt.Sprintf(format, args...))
}

// Entry is a path that git tracks. A file in conflict has up to three.
type Entry struct {
	// Path is slash-separated, below the top of the working tree. It is valid until the
	// function that gets it returns.
	Path []byte
	// Dir: Path is that of a directory: of a submodule, or, in a sparse index, of one of which
	// nothing is checked out.
	Dir bool
}

// Options say how to read an index.
type Options struct {
	// SHA256: objects are named by SHA-256.
	SHA256 bool
	// Shared opens the file of the git directory, next to the index, which has the larger
	// part of a split index, and returns its size. Nil: a split index is not read.
	Shared func(name string) (io.ReadCloser, int64, error)
}

// Read calls each for the entries of an index of size bytes, in the order of their paths; of
// a split index first those of its smaller part. Each must not keep the entry's Path. The
// error matches ErrUnread, or is that of r. Until then each was called for some.
func Read(r io.Reader, size int64, o Options, each func(Entry)) error {
	own := reader{options: o, each: func(_ int, e Entry) { each(e) }}
	link, err := own.read(r, size)
	if err != nil || link == nil {
		return err
	}
	if o.Shared == nil {
		return unread("it is split")
	}
	deleted, err := ewah(link.deleted)
	if err != nil {
		return err
	}
	file, size, err := o.Shared("sharedindex." + hex.EncodeToString(link.base))
	if err != nil {
		return err
	}
	defer file.Close()
	shared := reader{options: o, each: func(i int, e Entry) {
		if i/64 >= len(deleted) || deleted[i/64]>>(i%64)&1 == 0 {
			each(e)
		}
	}}
	if link, err = shared.read(file, size); err == nil && link != nil {
		err = unread("the shared part is split, too")
	}
	return err
}

// link is the extension of a split index.
type link struct {
	base    []byte // names the shared part
	deleted []byte // a bitmap of its entries that do not count
}

// reader reads one file.
type reader struct {
	options Options
	each    func(number int, e Entry)

	in    *bufio.Reader
	left  int64 // bytes before the checksum
	path  []byte
	paths int64 // bytes of all paths until now
	buf   [64]byte
}

func (r *reader) hashSize() int {
	if r.options.SHA256 {
		return 32
	}
	return 20
}

// read reads the entries and then the extensions.
func (r *reader) read(in io.Reader, size int64) (*link, error) {
	if size > MaxSize {
		return nil, unread("%d bytes are more than %d", size, MaxSize)
	}
	r.in = bufio.NewReaderSize(io.LimitReader(in, size), 256<<10)
	r.left = size - int64(r.hashSize())
	head, err := r.take(12)
	if err != nil {
		return nil, err
	}
	version, count := binary.BigEndian.Uint32(head[4:]), int(binary.BigEndian.Uint32(head[8:]))
	if string(head[:4]) != "DIRC" || version < 2 || version > 4 {
		return nil, unread("version %d", version)
	}
	for i := range count {
		if err := r.entry(i, version); err != nil {
			return nil, err
		}
	}
	return r.extensions()
}

// take returns the next bytes, at most 64 of them. They are valid until the next call.
func (r *reader) take(n int) ([]byte, error) {
	if r.left < int64(n) {
		return nil, unread("it is cut short")
	}
	r.left -= int64(n)
	_, err := io.ReadFull(r.in, r.buf[:n])
	return r.buf[:n], ended(err)
}

// ended tells an index that ends too early from a disk that fails.
func ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return unread("it is cut short")
	}
	return err
}

// Bits of the flags of an entry.
const (
	flagExtended  = 1 << 14
	modeDir       = 0o040000
	modeSubmodule = 0o160000
)

// entry reads one entry.
func (r *reader) entry(number int, version uint32) error {
	const stat = 40 // times, device, inode, mode, owner, size
	length := stat + r.hashSize() + 2
	head, err := r.take(stat)
	if err != nil {
		return err
	}
	mode := binary.BigEndian.Uint32(head[24:])
	if head, err = r.take(r.hashSize() + 2); err != nil {
		return err
	}
	if flags := binary.BigEndian.Uint16(head[len(head)-2:]); version >= 3 && flags&flagExtended != 0 {
		length += 2
		if _, err := r.take(2); err != nil {
			return err
		}
	}
	if version == 4 {
		drop, err := r.varint()
		if err != nil {
			return err
		}
		if drop > uint64(len(r.path)) {
			return unread("a path is shorter than nothing")
		}
		r.path = r.path[:len(r.path)-int(drop)]
	} else {
		r.path = r.path[:0]
	}
	before := len(r.path)
	if err := r.rest(); err != nil {
		return err
	}
	if version < 4 { // zeros up to a multiple of 8 bytes, of which rest has taken one
		length += len(r.path) - before + 1
		if _, err := r.take((8 - length%8) % 8); err != nil {
			return err
		}
	}
	if r.paths += int64(len(r.path)); r.paths > maxPaths {
		return unread("its paths have more than %d bytes", maxPaths)
	}
	if len(r.path) == 0 {
		return nil // of a split index: the shared part has the path
	}
	e := Entry{Path: r.path}
	if mode == modeDir || mode == modeSubmodule {
		e.Dir, e.Path = true, trimSlash(r.path)
	}
	r.each(number, e)
	return nil
}

func trimSlash(path []byte) []byte {
	if path[len(path)-1] == '/' {
		return path[:len(path)-1]
	}
	return path
}

// rest adds to the path what follows, up to a zero.
func (r *reader) rest() error {
	for {
		part, err := r.in.ReadSlice(0)
		r.left -= int64(len(part))
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return ended(err)
		}
		if r.left < 0 {
			return unread("it is cut short")
		}
		if err == nil {
			part = part[:len(part)-1]
		}
		if len(r.path)+len(part) > MaxPath {
			return unread("a path has more than %d bytes", MaxPath)
		}
		r.path = append(r.path, part...)
		if err == nil {
			return nil
		}
	}
}

// varint reads a number as git writes it in version 4.
func (r *reader) varint() (n uint64, err error) {
	for first := true; ; first = false {
		b, err := r.take(1)
		switch {
		case err != nil:
			return 0, err
		case n > MaxSize:
			return 0, unread("a number is too large")
		case !first:
			n = (n + 1) << 7
		}
		n |= uint64(b[0] & 0x7f)
		if b[0]&0x80 == 0 {
			return n, nil
		}
	}
}

// extensions reads what follows the entries. One that is written in small letters has to be
// known by whoever reads the index.
func (r *reader) extensions() (found *link, err error) {
	for r.left >= 8 {
		head, err := r.take(8)
		if err != nil {
			return nil, err
		}
		name, size := string(head[:4]), int64(binary.BigEndian.Uint32(head[4:]))
		switch {
		case size > r.left:
			return nil, unread("the extension %q is cut short", name)
		case name == "link":
			if found, err = r.link(size); err != nil {
				return nil, err
			}
			continue
		case name[0] >= 'a' && name != "sdir":
			return nil, unread("the extension %q is not known", name)
		}
		r.left -= size
		if _, err := io.CopyN(io.Discard, r.in, size); err != nil {
			return nil, ended(err)
		}
	}
	return found, nil
}

// link reads the extension of a split index: the name of the shared part, and two bitmaps of
// its entries, those that do not count and those that the index has in their place.
func (r *reader) link(size int64) (*link, error) {
	if size < int64(r.hashSize()) || size > maxLink {
		return nil, unread("the extension of a split index has %d bytes", size)
	}
	r.left -= size
	text := make([]byte, size)
	if _, err := io.ReadFull(r.in, text); err != nil {
		return nil, ended(err)
	}
	l := &link{base: text[:r.hashSize()], deleted: text[r.hashSize():]}
	for _, b := range l.base {
		if b != 0 {
			return l, nil
		}
	}
	return nil, nil // there is no shared part
}
