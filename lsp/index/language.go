package index

import (
	"encoding/binary"
	"errors"
)

// Language is the language of a content, with the revision of what extracted its
// symbols. The zero Language is that of a file without symbols.
type Language struct {
	ID       string
	Revision [8]byte
}

// LanguageRow is what an index file says of all its files of one language and
// revision.
type LanguageRow struct {
	Language
	Files, Symbols int
	Macros         int // that the files define
	// Masked: the program that opened the file does not use these symbols.
	Masked bool
}

// A row of the section langs is
//
//	length   of the row in bytes, without this number
//	id       of the language, with its length; empty for files without symbols
//	files    how many have the row's number
//	symbols  in them
//	parts    how many follow: the name of each, with its length, and its revision, 8
//	         bytes. The part symbols comes first.
//	macros   that the files define; not in rows of a file without macros
//
// All numbers are varints. A row may be longer than this program knows, and may have
// parts that it does not know; it skips both, and does not write them: it would not
// know whether they still hold.
//
// A language has several rows while its files were extracted by several revisions. A
// row that does not have the revision of the program that opens the file is masked:
// Search does not show its files, and whoever looks one of them up reads the file
// again. All other files are not affected. When a new index file is made of an old one
// the files of a masked row stay, with their row, until they are bound anew or removed.
const partSymbols = "symbols"

func appendLanguages(b []byte, rows []LanguageRow) []byte {
	for i := range rows {
		r := &rows[i]
		row := appendText(nil, r.ID)
		row = binary.AppendUvarint(row, uint64(r.Files))
		row = binary.AppendUvarint(row, uint64(r.Symbols))
		row = binary.AppendUvarint(row, 1)
		row = append(appendText(row, partSymbols), r.Revision[:]...)
		row = binary.AppendUvarint(row, uint64(r.Macros))
		b = appendText(b, string(row))
	}
	return b
}

var errLanguages = errors.New("rows of languages")

// decodeLanguages is the inverse of appendLanguages.
func decodeLanguages(b []byte) (rows []LanguageRow, err error) {
	all := varReader{left: b}
	for len(all.left) > 0 {
		row := varReader{left: all.text()}
		r := LanguageRow{Language: Language{ID: string(row.text())}}
		r.Files, r.Symbols = int(row.number()), int(row.number())
		for parts := row.number(); parts > 0 && !row.bad; parts-- {
			name, revision := row.text(), row.bytes(uint64(len(r.Revision)))
			if string(name) == partSymbols && !row.bad {
				copy(r.Revision[:], revision)
			}
		}
		if len(row.left) > 0 {
			r.Macros = int(row.number())
		}
		if all.bad || row.bad {
			return nil, damaged("%w", errLanguages)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// varReader decodes varints and texts. Once something is not there it is bad, and what
// it returns is empty.
type varReader struct {
	left []byte
	bad  bool
}

func (r *varReader) number() uint64 {
	n, size := binary.Uvarint(r.left)
	if size <= 0 {
		r.left, r.bad = nil, true
		return 0
	}
	r.left = r.left[size:]
	return n
}

func (r *varReader) bytes(n uint64) []byte {
	if n > uint64(len(r.left)) {
		r.left, r.bad = nil, true
		return nil
	}
	b := r.left[:n]
	r.left = r.left[n:]
	return b
}

func (r *varReader) text() []byte { return r.bytes(r.number()) }
