package index

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
)

// ErrTooLarge is returned by Write for more than 4 GiB of one kind of data, or more
// than 65,536 rows of languages.
var ErrTooLarge = errors.New("index is too large to write")

// Change says what has become of a file since a File was written.
type Change struct {
	// Removed: the file is left out, and the other fields mean nothing.
	Removed bool
	// Kept: the symbols are those of the File, and only the binding differs. Otherwise they are those of the view.
	Kept    bool
	Binding Binding
}

// Update is what a new File is made of.
type Update struct {
	Meta []byte
	// Old has the files that did not change. Nil: there are none.
	Old *File
	// View has the symbols of those that did.
	View *View
	// Changes has what changed, by path.
	Changes map[string]Change
}

// Write writes a new index to an empty file. While it is at work it holds some
// 40 bytes of memory for each symbol and 100 for each file, and what the view holds
// anyway.
func Write(file *os.File, m Update) error {
	w := merger{Update: m, limit: math.MaxUint32}
	write := func() error { return w.write(file) }
	if m.Old == nil {
		return write()
	}
	return m.Old.readWhole(write)
}

// merger writes one index.
type merger struct {
	Update
	limit uint64 // bytes of one kind of data, of which offsets have 32 bits
	out   *sectionWriter

	files      []mergedFile // in the order of paths
	languages  []LanguageRow
	containers *interner // those of the old index and, behind them, new ones

	// Where the details went: by file of the old index, and by row of the view.
	oldDetails []movedDetails
	// oldUnits has a file of the old index by place>>unitBits: the last one that starts
	// before that unit, or in its first byte.
	oldUnits    []uint32
	viewDetails []uint32
	detailsEnd  uint64

	viewContainers []uint32 // new numbers of the view's containers
}

// mergedFile is a file of the new index.
type mergedFile struct {
	changed  string // path of a file in Changes; empty: it is as in the old index
	fromOld  int    // its number there; -1: its symbols are not the old ones
	fromView *file  // nil: it has no symbols there
	details  uint32 // where they start in the new index
	macros   int
}

func (m *merger) path(f *mergedFile) []byte {
	if f.changed == "" {
		return m.Old.path(f.fromOld)
	}
	return []byte(f.changed)
}

func (m *merger) binding(f *mergedFile) Binding {
	if f.changed == "" {
		return m.Old.binding(f.fromOld)
	}
	return m.Changes[f.changed].Binding
}

// movedDetails are a file's details in the old index and in the new one. The file
// is left out if to is 0.
type movedDetails struct{ from, to uint32 }

// unitBits makes units of 64 bytes, about the details of a small file, so that few
// files start in one, and the units of an index need a sixteenth of its details.
const unitBits = 6

func (m *merger) write(file *os.File) error {
	if err := m.plan(); err != nil {
		return err
	}
	if _, err := file.Seek(headerSize, io.SeekStart); err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(file, blockSize)
	m.out = newSectionWriter(buffered)

	// The details come first as all else says where they are, so they are encoded
	// before the sections begin and written in their turn.
	if err := m.intern(); err != nil {
		return err
	}
	details := m.mergeDetails()
	if err := m.checkSize("details", int(m.detailsEnd)); err != nil {
		return err
	}
	rows, names := m.mergeNames()
	if err := m.checkSize("names", len(names.bytes)); err != nil {
		return err
	}
	macros := m.mergeMacros()
	if err := m.checkSize("macros", len(macros.bytes)); err != nil {
		return err
	}
	if err := m.writeFiles(); err != nil {
		return err
	}
	m.section(tagDetails, []byte{0})
	for _, part := range details {
		m.out.write(part)
	}
	m.section(tagContainerEnds, bytesOfAll(m.containers.ends))
	m.section(tagContainers, m.containers.bytes)
	m.section(tagNameBlocks, bytesOfAll(names.blocks))
	m.section(tagNameChars, bytesOfAll(names.chars))
	m.section(tagNameHints, bytesOfAll(names.hints))
	m.section(tagNames, names.bytes)
	m.section(tagRowDetails, bytesOfAll(rows.details))
	m.section(tagRowContainers, bytesOfAll(rows.containers))
	m.section(tagRowTraits, bytesOfAll(rows.traits))
	m.section(tagMacroBlocks, bytesOfAll(macros.starts))
	m.section(tagMacros, macros.bytes)
	header, err := m.out.finish()
	if err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	_, err = file.WriteAt(header, 0)
	return err
}

func (m *merger) checkSize(kind string, size int) error {
	if uint64(size) > m.limit {
		return fmt.Errorf("%w: %d bytes of %s", ErrTooLarge, size, kind)
	}
	return nil
}

func (m *merger) section(tag string, b []byte) {
	m.out.begin(tag)
	m.out.write(b)
}

// plan lists the files of the new index.
func (m *merger) plan() error {
	changed := slices.Sorted(maps.Keys(m.Changes))
	add := func(path string) error {
		c := m.Changes[path]
		if c.Removed {
			return nil
		}
		f := mergedFile{changed: path, fromOld: -1}
		if c.Kept {
			i, ok := m.findInOld(path)
			if !ok {
				return fmt.Errorf("index: %s is kept, but was not there", path)
			}
			f.fromOld = i
		} else if m.View != nil {
			f.fromView = m.View.file(path)
		}
		m.files = append(m.files, f)
		return nil
	}
	if m.Old != nil {
		m.files = make([]mergedFile, 0, m.Old.files.len()+len(changed))
		for i := range m.Old.files.len() {
			path := m.Old.path(i)
			for len(changed) > 0 && changed[0] < string(path) {
				if err := add(changed[0]); err != nil {
					return err
				}
				changed = changed[1:]
			}
			if len(changed) > 0 && changed[0] == string(path) {
				continue // it comes next
			}
			m.files = append(m.files, mergedFile{fromOld: i})
		}
	}
	for _, path := range changed {
		if err := add(path); err != nil {
			return err
		}
	}
	return nil
}

func (m *merger) findInOld(path string) (int, bool) {
	if m.Old == nil {
		return 0, false
	}
	return m.Old.find(path)
}

// intern takes over the containers that rows name by number, so that the rows of the old index need not be changed.
// Containers that no row names any more are kept until an index is made without an old one.
func (m *merger) intern() error {
	m.containers = newInterner()
	containers := 0
	if m.Old != nil {
		containers = m.Old.containers.bytes.len()
	}
	if m.View != nil {
		containers += len(m.View.containers.bytes)
	}
	// Before, since an interner counts in 32 bits; those that both have are counted twice.
	if err := m.checkSize("containers", containers); err != nil {
		return err
	}
	if m.Old != nil {
		for i := range m.Old.containers.ends.len() {
			m.containers.intern(string(m.Old.containers.at(uint32(i))))
		}
	}
	if m.View != nil {
		m.viewContainers = make([]uint32, m.View.containers.len())
		for i := range m.viewContainers {
			m.viewContainers[i], _ = m.containers.intern(string(m.View.containers.at(uint32(i))))
		}
	}
	return nil
}

// mergeDetails returns the details of all files, one after the other, and notes
// where they are.
func (m *merger) mergeDetails() (parts [][]byte) {
	m.detailsEnd = 1
	if m.Old != nil {
		m.oldDetails = make([]movedDetails, m.Old.files.len())
		m.oldUnits = make([]uint32, m.Old.details.len()>>unitBits+1)
		unit := 0
		for i := range m.oldDetails {
			from := m.Old.files.at(i).details
			m.oldDetails[i].from = from
			for ; unit < len(m.oldUnits) && uint32(unit)<<unitBits < from; unit++ {
				m.oldUnits[unit] = uint32(max(i-1, 0))
			}
		}
		for ; unit < len(m.oldUnits); unit++ {
			m.oldUnits[unit] = uint32(max(len(m.oldDetails)-1, 0))
		}
	}
	if m.View != nil {
		m.viewDetails = make([]uint32, len(m.View.rows))
	}
	for i := range m.files {
		f := &m.files[i]
		f.details = uint32(m.detailsEnd)
		var part []byte
		switch {
		case f.fromOld >= 0:
			part = m.Old.detailsOf(f.fromOld)
			m.oldDetails[f.fromOld].to = uint32(m.detailsEnd)
		case f.fromView != nil:
			part = m.viewFileDetails(f.fromView)
		}
		parts = append(parts, part)
		m.detailsEnd += uint64(len(part))
	}
	return parts
}

// viewFileDetails returns the details of a file in the view, which lie there as they do
// in a file.
func (m *merger) viewFileDetails(f *file) []byte {
	v := m.View
	start := func(row uint32) uint32 {
		if int(row) < len(v.rows) {
			return v.rows[row].detail
		}
		return uint32(len(v.details))
	}
	from, to := start(f.first), start(f.first+f.count)
	for at := f.first; at < f.first+f.count; at++ {
		m.viewDetails[at] = uint32(m.detailsEnd) + v.rows[at].detail - from
	}
	return v.details[from:to]
}

// moved returns where a detail of the old index is in the new one, unless its file is left
// out.
func (m *merger) moved(place uint32) (to uint32, ok bool) {
	i := m.oldUnits[place>>unitBits]
	for int(i)+1 < len(m.oldDetails) && m.oldDetails[i+1].from <= place {
		i++
	}
	file := m.oldDetails[i]
	return place - file.from + file.to, file.to != 0
}

// writeFiles writes the sections up to the paths.
func (m *merger) writeFiles() error {
	numbers := make(map[Language]uint16)
	size := 0
	for i := range m.files {
		f := &m.files[i]
		size += len(m.path(f))
		b := m.binding(f)
		number, ok := numbers[b.Language]
		if !ok {
			if len(m.languages) > math.MaxUint16 {
				return fmt.Errorf("%w: %d rows of languages", ErrTooLarge, len(m.languages))
			}
			number = uint16(len(m.languages))
			numbers[b.Language] = number
			m.languages = append(m.languages, LanguageRow{Language: b.Language})
		}
		m.languages[number].Files++
		m.languages[number].Symbols += int(uint32(b.Symbols)) // as the files say
		m.languages[number].Macros += f.macros
	}
	if err := m.checkSize("paths", size); err != nil {
		return err
	}
	m.section(tagMeta, m.Meta)
	m.section(tagLanguages, appendLanguages(nil, m.languages))
	writeColumn(m, tagStats, func(f *mergedFile) Stat { return m.binding(f).Stat })
	writeColumn(m, tagHashes, func(f *mergedFile) [HashSize]byte { return m.binding(f).Hash })
	pathEnd := uint32(0)
	writeColumn(m, tagFiles, func(f *mergedFile) fileRecord {
		pathEnd += uint32(len(m.path(f)))
		b := m.binding(f)
		r := fileRecord{
			pathEnd:  pathEnd,
			details:  f.details,
			size:     uint32(b.Size),
			symbols:  uint32(b.Symbols),
			language: numbers[b.Language],
			class:    b.Class,
		}
		if b.Racy {
			r.racy = 1
		}
		return r
	})
	m.out.begin(tagPaths)
	for i := range m.files {
		m.out.write(m.path(&m.files[i]))
	}
	return nil
}

// writeColumn writes a section with a record for each file.
func writeColumn[T any](m *merger, tag string, record func(*mergedFile) T) {
	m.out.begin(tag)
	chunk := make([]T, 0, min(1024, len(m.files)))
	for i := range m.files {
		if len(chunk) == cap(chunk) {
			m.out.write(bytesOfAll(chunk))
			chunk = chunk[:0]
		}
		chunk = append(chunk, record(&m.files[i]))
	}
	m.out.write(bytesOfAll(chunk))
}
