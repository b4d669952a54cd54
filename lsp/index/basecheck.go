package index

import (
	"bytes"
	"unsafe"

	"github.com/symcache/symcache/lsp/symbols"
)

// Check reads all of the file, where other methods read what they need. It checks
// each block's checksum, that what is not covered by one is as it was written,
// and that all that names a place names one in the file. The error matches
// ErrDamaged, or is ErrClosed.
func (b *Base) Check() error {
	return b.read(func(data []byte) error {
		b.paths.blocks.need(headerSize, int64(len(b.paths.blocks.data))-headerSize)
		for _, check := range []func() error{
			func() error { return b.checkPadding(data) },
			b.checkFiles,
			func() error { return b.containers.check("containers") },
			func() error { return b.affixes.check("affixes") },
			b.checkRows,
		} {
			if err := check(); err != nil {
				return err
			}
		}
		return nil
	})
}

// checkPadding checks the bytes that no checksum covers: those of the header behind
// its own one, and those between the last block and the blocks' checksums. Opening
// has compared the trailer.
func (b *Base) checkPadding(data []byte) error {
	end := int64(len(b.paths.blocks.data))
	for _, zeros := range [][]byte{
		data[unsafe.Offsetof(baseHeader{}.sum)+unsafe.Sizeof(baseHeader{}.sum) : headerSize],
		data[end : end+padding(end)],
	} {
		if len(bytes.Trim(zeros, "\x00")) > 0 {
			return damaged("padding")
		}
	}
	return nil
}

func (b *Base) checkFiles() error {
	var last []byte
	var start, details uint32
	for i := range b.files.len() {
		f := b.files.at(i)
		if f.pathEnd < start || int(f.pathEnd) > b.paths.len() {
			return damaged("path of file %d ends at %d", i, f.pathEnd)
		}
		path := b.path(i)
		if i > 0 && bytes.Compare(last, path) >= 0 {
			return damaged("file %d, %q, comes after %q", i, path, last)
		}
		if f.details < max(details, 1) || int(f.details) > b.details.len() {
			return damaged("details of file %d are at %d", i, f.details)
		}
		if int(f.language) >= len(b.languages) {
			return damaged("file %d is of language %d", i, f.language)
		}
		last, start, details = path, f.pathEnd, f.details
	}
	if int(start) != b.paths.len() {
		return damaged("%d bytes of paths, of which %d are named", b.paths.len(), start)
	}
	return nil
}

func (t *mappedTexts) check(what string) error {
	end := uint32(0)
	for i := range t.ends.len() {
		next := *t.ends.at(i)
		if next < end {
			return damaged("%s: text %d ends at %d", what, i, next)
		}
		end = next
	}
	if int(end) != t.bytes.len() {
		return damaged("%s: %d bytes, of which %d are named", what, t.bytes.len(), end)
	}
	return nil
}

// checkRows checks the names, and the symbols of each.
func (b *Base) checkRows() error {
	var last []byte
	var names, row uint32
	for i := range b.nameBlocks.len() {
		block := b.nameBlocks.at(i)
		if block.firstRow != row {
			return damaged("block %d of names begins with row %d, not %d", i, block.firstRow, row)
		}
		var all traits
		for r := b.namesFrom(i); r.next(); names++ {
			if names > 0 && compareNames(last, r.name) >= 0 {
				return damaged("name %q comes after %q", r.name, last)
			}
			t := traitsOf(r.name)
			if t.chars != *b.nameChars.at(int(names)) {
				return damaged("characters of name %q", r.name)
			}
			if t.hints() != *b.nameHints.at(int(names)) {
				return damaged("hints of name %q", r.name)
			}
			all.chars, all.starts, all.pairs = all.chars|t.chars, all.starts|t.starts, all.pairs|t.pairs
			for ; row < r.row+r.rows; row++ {
				if err := b.checkRow(row, r.name); err != nil {
					return err
				}
			}
			last = append(last[:0], r.name...)
		}
		if all != block.traits {
			return damaged("traits of block %d of names", i)
		}
	}
	if int(names) != b.nameChars.len() || int(row) != b.rowDetails.len() {
		return damaged("%d names of %d, %d symbols of %d", names, b.nameChars.len(), row, b.rowDetails.len())
	}
	return nil
}

// checkRow checks one symbol.
func (b *Base) checkRow(row uint32, name []byte) error {
	if t := *b.rowTraits.at(int(row)); t != newRowTraits(t.kind(), t.tier(), t.rank()) ||
		t.kind() < symbols.File || t.kind() > symbols.TypeParameter {
		return damaged("symbol %q has traits %04x", name, t)
	}
	if id := *b.rowContainers.at(int(row)); int64(id) >= int64(b.containers.ends.len()) {
		return damaged("symbol %q is in container %d", name, id)
	}
	place := *b.rowDetails.at(int(row))
	if int64(place) >= int64(b.details.len()) || b.fileOf(place) < 0 {
		return damaged("symbol %q has its detail at %d", name, place)
	}
	d := b.detail(place, len(name))
	if affixes := int64(b.affixes.ends.len()); d.labelled && int64(d.prefix) >= affixes || d.affixes && int64(d.suffix) >= affixes {
		return damaged("symbol %q has affixes %d and %d", name, d.prefix, d.suffix)
	}
	return nil
}
