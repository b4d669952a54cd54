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

// ErrTooLarge is returned by WriteBase for more than 4 GiB of one kind of data, or
// more than 255 languages.
var ErrTooLarge = errors.New("index is too large to write")

// Change tells what has become of a file since a base was written.
type Change struct {
	// Removed files are left out, and the rest of this says nothing.
	Removed bool
	// Kept tells that the symbols are those of the base, and only the binding
	// differs. Otherwise they are those of the view.
	Kept    bool
	Binding Binding
}

// Merge is what a new base is made of.
type Merge struct {
	Meta []byte
	// Base has the files that did not change. Nil: there are none.
	Base *Base
	// View has the symbols of those that did.
	View *View
	// Changes has what changed, by path.
	Changes map[string]Change
}

// WriteBase writes a new base to an empty file. While it is at work it holds some
// 40 bytes of memory for each symbol and 100 for each file, and what the view holds
// anyway.
func WriteBase(file *os.File, m Merge) error {
	w := merger{Merge: m, limit: math.MaxUint32}
	write := func() error { return w.write(file) }
	if m.Base == nil {
		return write()
	}
	return m.Base.readWhole(write)
}

// merger writes one base.
type merger struct {
	Merge
	limit uint64 // bytes of one kind of data, of which offsets have 32 bits
	out   *sectionWriter

	files      []mergedFile // in the order of paths
	languages  []Language
	containers *interner // those of the base and, behind them, new ones; and so on
	affixes    *interner

	// Where the details went: by file of the base, and by row of the view.
	baseDetails []movedDetails
	// baseUnits has a file of the base by place>>unitBits: the last one that starts
	// before that unit, or in its first byte.
	baseUnits   []uint32
	viewDetails []uint32
	detailsEnd  uint64

	viewContainers []uint32 // new numbers of the view's containers
}

// mergedFile is a file of the new base.
type mergedFile struct {
	changed  string // path of a file in Changes; empty: it is as in the base
	fromBase int    // its number there; -1: its symbols are not those of the base
	fromView *file  // nil: it has no symbols there
	details  uint32 // where they start in the new base
}

func (m *merger) path(f *mergedFile) []byte {
	if f.changed == "" {
		return m.Base.path(f.fromBase)
	}
	return []byte(f.changed)
}

func (m *merger) binding(f *mergedFile) Binding {
	if f.changed == "" {
		return m.Base.binding(f.fromBase)
	}
	return m.Changes[f.changed].Binding
}

// movedDetails are a file's details in the old base and in the new one. The file
// is left out if to is 0.
type movedDetails struct{ from, to uint32 }

// unitBits makes units of 64 bytes, about the details of a small file, so that few
// files start in one, and the units of a base need a sixteenth of its details.
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
	if err := m.writeFiles(); err != nil {
		return err
	}
	m.section(sectionDetails, []byte{0})
	for _, part := range details {
		m.out.write(part)
	}
	m.section(sectionContainerEnds, bytesOfAll(m.containers.ends))
	m.section(sectionContainers, m.containers.bytes)
	m.section(sectionAffixEnds, bytesOfAll(m.affixes.ends))
	m.section(sectionAffixes, m.affixes.bytes)
	m.section(sectionNameBlocks, bytesOfAll(names.blocks))
	m.section(sectionNameChars, bytesOfAll(names.chars))
	m.section(sectionNameHints, bytesOfAll(names.hints))
	m.section(sectionNames, names.bytes)
	m.section(sectionRowDetails, bytesOfAll(rows.details))
	m.section(sectionRowContainers, bytesOfAll(rows.containers))
	m.section(sectionRowTraits, bytesOfAll(rows.traits))
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

func (m *merger) section(section int, b []byte) {
	m.out.begin(section)
	m.out.write(b)
}

// plan lists the files of the new base.
func (m *merger) plan() error {
	changed := slices.Sorted(maps.Keys(m.Changes))
	add := func(path string) error {
		c := m.Changes[path]
		if c.Removed {
			return nil
		}
		f := mergedFile{changed: path, fromBase: -1}
		if c.Kept {
			i, ok := m.findInBase(path)
			if !ok {
				return fmt.Errorf("index: %s is kept, but not in the base", path)
			}
			f.fromBase = i
		} else if m.View != nil {
			f.fromView = m.View.file(path)
		}
		m.files = append(m.files, f)
		return nil
	}
	if m.Base != nil {
		m.files = make([]mergedFile, 0, m.Base.files.len()+len(changed))
		for i := range m.Base.files.len() {
			path := m.Base.path(i)
			for len(changed) > 0 && changed[0] < string(path) {
				if err := add(changed[0]); err != nil {
					return err
				}
				changed = changed[1:]
			}
			if len(changed) > 0 && changed[0] == string(path) {
				continue // it comes next
			}
			m.files = append(m.files, mergedFile{fromBase: i})
		}
	}
	for _, path := range changed {
		if err := add(path); err != nil {
			return err
		}
	}
	return nil
}

func (m *merger) findInBase(path string) (int, bool) {
	if m.Base == nil {
		return 0, false
	}
	return m.Base.find(path)
}

// intern takes over the texts that rows and details name by number, so that those
// of the old base need not be changed. Texts that nobody names any more are kept until a
// base is made anew.
func (m *merger) intern() error {
	m.containers, m.affixes = newInterner(), newInterner()
	containers, affixes := 0, 0
	if m.Base != nil {
		containers, affixes = m.Base.containers.bytes.len(), m.Base.affixes.bytes.len()
	}
	if m.View != nil {
		containers, affixes = containers+len(m.View.containers.bytes), affixes+len(m.View.affixes.bytes)
	}
	// Before, since an interner counts in 32 bits; those that both have are counted twice.
	if err := errors.Join(m.checkSize("containers", containers), m.checkSize("labels", affixes)); err != nil {
		return err
	}
	if m.Base != nil {
		for i := range m.Base.containers.ends.len() {
			m.containers.intern(string(m.Base.containers.at(uint32(i))))
		}
		for i := range m.Base.affixes.ends.len() {
			m.affixes.intern(string(m.Base.affixes.at(uint32(i))))
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
	if m.Base != nil {
		m.baseDetails = make([]movedDetails, m.Base.files.len())
		m.baseUnits = make([]uint32, m.Base.details.len()>>unitBits+1)
		unit := 0
		for i := range m.baseDetails {
			from := m.Base.files.at(i).details
			m.baseDetails[i].from = from
			for ; unit < len(m.baseUnits) && uint32(unit)<<unitBits < from; unit++ {
				m.baseUnits[unit] = uint32(max(i-1, 0))
			}
		}
		for ; unit < len(m.baseUnits); unit++ {
			m.baseUnits[unit] = uint32(max(len(m.baseDetails)-1, 0))
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
		case f.fromBase >= 0:
			part = m.Base.detailsOf(f.fromBase)
			m.baseDetails[f.fromBase].to = uint32(m.detailsEnd)
		case f.fromView != nil:
			part = m.viewFileDetails(f.fromView)
		}
		parts = append(parts, part)
		m.detailsEnd += uint64(len(part))
	}
	return parts
}

// viewFileDetails encodes the details of a file in the view.
func (m *merger) viewFileDetails(f *file) (b []byte) {
	v := m.View
	for at := f.first; at < f.first+f.count; at++ {
		r := &v.rows[at]
		name := v.names.at(r.name)
		d := readDetail(v.details[r.detail:], len(name))
		if d.labelled {
			d.prefix, _ = m.affixes.intern(string(v.affixes.at(d.prefix)))
		}
		if d.affixes {
			d.suffix, _ = m.affixes.intern(string(v.affixes.at(d.suffix)))
		}
		d.flags = r.flags
		m.viewDetails[at] = uint32(m.detailsEnd) + uint32(len(b))
		b = appendDetail(b, &d, len(name))
	}
	return b
}

// moved returns where a detail of the base is in the new one, unless its file is left
// out.
func (m *merger) moved(place uint32) (to uint32, ok bool) {
	i := m.baseUnits[place>>unitBits]
	for int(i)+1 < len(m.baseDetails) && m.baseDetails[i+1].from <= place {
		i++
	}
	file := m.baseDetails[i]
	return place - file.from + file.to, file.to != 0
}

// writeFiles writes the sections up to the paths.
func (m *merger) writeFiles() error {
	numbers := make(map[Language]uint8)
	size := 0
	for i := range m.files {
		f := &m.files[i]
		size += len(m.path(f))
		lang := m.binding(f).Language
		if _, ok := numbers[lang]; ok {
			continue
		}
		if len(m.languages) > math.MaxUint8 {
			return fmt.Errorf("%w: %d languages", ErrTooLarge, len(m.languages))
		}
		numbers[lang] = uint8(len(m.languages))
		m.languages = append(m.languages, lang)
	}
	if err := m.checkSize("paths", size); err != nil {
		return err
	}
	m.section(sectionMeta, m.Meta)
	m.section(sectionLanguages, appendLanguages(nil, m.languages))
	writeColumn(m, sectionStats, func(f *mergedFile) Stat { return m.binding(f).Stat })
	writeColumn(m, sectionHashes, func(f *mergedFile) [HashSize]byte { return m.binding(f).Hash })
	pathEnd := uint32(0)
	writeColumn(m, sectionFiles, func(f *mergedFile) fileRecord {
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
	m.out.begin(sectionPaths)
	for i := range m.files {
		m.out.write(m.path(&m.files[i]))
	}
	return nil
}

// writeColumn writes a section with a record for each file.
func writeColumn[T any](m *merger, section int, record func(*mergedFile) T) {
	m.out.begin(section)
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
