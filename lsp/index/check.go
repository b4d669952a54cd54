package index

import (
	"bytes"

	"github.com/symcache/symcache/lsp/symbols"
)

// Check reads all of the file, where other methods read what they need. It checks each block's checksum, the bytes that
// no checksum covers, and that each place that is named in the file is there.
func (f *File) Check() error {
	return f.readOnce(func() error {
		if err := f.verdict(); err != nil {
			return err
		}
		return f.checkEnds()
	})
}

// checkAll is Check with the file mapped.
func (f *File) checkAll() error {
	f.blocks.need(headerSize, int64(len(f.blocks.data))-headerSize)
	for _, check := range []func() error{
		f.checkPadding,
		f.checkFiles,
		func() error { return f.containers.check("containers") },
		f.checkRows,
		f.checkMacros,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkPadding checks the bytes that no checksum covers: those between the last block
// and the blocks' checksums. Opening has compared the trailer.
func (f *File) checkPadding() error {
	end := int64(len(f.blocks.data))
	if len(bytes.Trim(f.data[end:end+padding(end)], "\x00")) > 0 {
		return damaged("padding")
	}
	return nil
}

func (f *File) checkFiles() error {
	var last []byte
	var start, details uint32
	files, symbols := make([]int, len(f.languages)), make([]int, len(f.languages))
	for i := range f.files.len() {
		r := f.files.at(i)
		if r.pathEnd < start || int(r.pathEnd) > f.paths.len() {
			return damaged("path of file %d ends at %d", i, r.pathEnd)
		}
		path := f.path(i)
		if i > 0 && bytes.Compare(last, path) >= 0 {
			return damaged("file %d, %q, comes after %q", i, path, last)
		}
		if r.details < max(details, 1) || int(r.details) > f.details.len() {
			return damaged("details of file %d are at %d", i, r.details)
		}
		if int(r.language) >= len(f.languages) {
			return damaged("file %d is of language %d", i, r.language)
		}
		files[r.language]++
		symbols[r.language] += int(r.symbols)
		last, start, details = path, r.pathEnd, r.details
	}
	for i, row := range f.languages {
		if row.Files != files[i] || row.Symbols != symbols[i] {
			return damaged("language %d has %d files with %d symbols, not %d with %d", i, files[i], symbols[i], row.Files, row.Symbols)
		}
	}
	if int(start) != f.paths.len() {
		return damaged("%d bytes of paths, of which %d are named", f.paths.len(), start)
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
func (f *File) checkRows() error {
	var last []byte
	var names, row uint32
	for i := range f.nameBlocks.len() {
		block := f.nameBlocks.at(i)
		if block.firstRow != row {
			return damaged("block %d of names begins with row %d, not %d", i, block.firstRow, row)
		}
		var all traits
		for r := f.namesFrom(i); r.next(); names++ {
			if names > 0 && compareNames(last, r.name) >= 0 {
				return damaged("name %q comes after %q", r.name, last)
			}
			t := traitsOf(r.name)
			if t.chars != *f.nameChars.at(int(names)) {
				return damaged("characters of name %q", r.name)
			}
			if t.hints() != *f.nameHints.at(int(names)) {
				return damaged("hints of name %q", r.name)
			}
			all.chars, all.starts, all.pairs = all.chars|t.chars, all.starts|t.starts, all.pairs|t.pairs
			for ; row < r.row+r.rows; row++ {
				if err := f.checkRow(row, r.name); err != nil {
					return err
				}
			}
			last = append(last[:0], r.name...)
		}
		if all != block.traits {
			return damaged("traits of block %d of names", i)
		}
	}
	if int(names) != f.nameChars.len() || int(row) != f.rowDetails.len() {
		return damaged("%d names of %d, %d symbols of %d", names, f.nameChars.len(), row, f.rowDetails.len())
	}
	return nil
}

// checkRow checks one symbol.
func (f *File) checkRow(row uint32, name []byte) error {
	if t := *f.rowTraits.at(int(row)); t != newRowTraits(t.kind(), t.importance(), t.rank()) ||
		t.kind() < symbols.File || t.kind() > symbols.TypeParameter {
		return damaged("symbol %q has traits %04x", name, t)
	}
	if id := *f.rowContainers.at(int(row)); int64(id) >= int64(f.containers.ends.len()) {
		return damaged("symbol %q is in container %d", name, id)
	}
	place := *f.rowDetails.at(int(row))
	if int64(place) >= int64(f.details.len()) || f.fileOf(place) < 0 {
		return damaged("symbol %q has its detail at %d", name, place)
	}
	f.detail(place, len(name)) // which aborts where there is none
	return nil
}

// checkMacros checks the macros, and counts them by row of a language.
func (f *File) checkMacros() error {
	counts := make([]int, len(f.languages))
	var last []byte
	names := 0
	for i := range f.macros.starts.len() {
		if i == 0 && *f.macros.starts.at(0) != 0 {
			return damaged("macros begin at %d", *f.macros.starts.at(0))
		}
		for r := f.macros.from(i); r.next(); names++ {
			if names/blockNames != i {
				return damaged("macro %q is in block %d", r.name, i)
			}
			if names > 0 && compareNames(last, r.name) >= 0 {
				return damaged("macro %q comes after %q", r.name, last)
			}
			last = append(last[:0], r.name...)
			if r.rows == 0 {
				return damaged("macro %q has no place", r.name)
			}
			for before := (placedMacro{}); r.place(); before = r.at {
				if int64(r.at.file) >= int64(f.files.len()) || comparePlaces(before, r.at) > 0 {
					return damaged("macro %q is in file %d, line %d, after file %d, line %d", r.name, r.at.file, r.at.line, before.file, before.line)
				}
				counts[f.files.at(int(r.at.file)).language]++
			}
		}
		if names == i*blockNames {
			return damaged("block %d of macros is empty", i)
		}
	}
	if n := f.macros.starts.len(); (names+blockNames-1)/blockNames != n || n == 0 && f.macros.bytes.len() > 0 {
		return damaged("%d macros in %d blocks", names, n)
	}
	for i, row := range f.languages {
		if f.macros.there && row.Macros != counts[i] {
			return damaged("language %d has %d macros, not %d", i, counts[i], row.Macros)
		}
	}
	return nil
}
