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
// 10 bytes of memory for each symbol and what the view holds anyway.
func WriteBase(file *os.File, m Merge) error {
	w := merger{Merge: m}
	write := func() error { return w.write(file) }
	if m.Base == nil {
		return write()
	}
	return m.Base.readWhole(write)
}

// merger writes one base.
type merger struct {
	Merge
	out *sectionWriter

	files      []mergedFile // in the order of paths
	languages  []Language
	containers *interner // those of the base and, behind them, new ones; and so on
	affixes    *interner

	// Where the details went: by file of the base, and by row of the view.
	baseDetails []movedDetails
	viewDetails []uint32
	detailsEnd  uint64

	viewContainers []uint32 // new numbers of the view's containers
}

// mergedFile is a file of the new base.
type mergedFile struct {
	path     string
	binding  Binding
	fromBase int    // its number there; -1: none
	fromView *file  // nil: it has no symbols there
	details  uint32 // where they start in the new base
}

// movedDetails are a file's details in the old base and in the new one. The file
// is left out if to is 0.
type movedDetails struct{ from, to uint32 }

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
	m.intern()
	details := m.mergeDetails()
	if m.detailsEnd > math.MaxUint32 {
		return fmt.Errorf("%w: %d bytes of details", ErrTooLarge, m.detailsEnd)
	}
	rows, names := m.mergeNames()
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
		f := mergedFile{path: path, binding: c.Binding, fromBase: -1}
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
			m.files = append(m.files, mergedFile{path: string(path), binding: m.Base.binding(i), fromBase: i})
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
func (m *merger) intern() {
	m.containers, m.affixes = newInterner(), newInterner()
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
}

// mergeDetails returns the details of all files, one after the other, and notes
// where they are.
func (m *merger) mergeDetails() (parts [][]byte) {
	m.detailsEnd = 1
	if m.Base != nil {
		m.baseDetails = make([]movedDetails, m.Base.files.len())
		for i := range m.baseDetails {
			m.baseDetails[i].from = m.Base.files.at(i).details
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

// mergedRows are the rows of the new base, by name.
type mergedRows struct {
	details    []uint32
	containers []uint32
	traits     []rowTraits
}

// mergeNames merges the names of the base and the view, both in order, with those
// of their rows that are in the new base.
func (m *merger) mergeNames() (rows mergedRows, names nameWriter) {
	var old nameReader
	if m.Base != nil {
		old.left = m.Base.names.slice(0, m.Base.names.len())
	}
	var fresh []uint32
	if m.View != nil {
		fresh = sortedNames(m.View.names)
	}
	inOld := old.next()
	for inOld || len(fresh) > 0 {
		order := 0
		switch {
		case !inOld:
			order = 1
		case len(fresh) == 0:
			order = -1
		default:
			order = compareNames(old.name, m.View.names.at(fresh[0]))
		}
		before := len(rows.details)
		var name []byte
		if order <= 0 {
			name = old.name
			m.addBaseRows(&rows, &old)
		}
		if order >= 0 {
			name = m.View.names.at(fresh[0])
			m.addViewRows(&rows, fresh[0])
		}
		if n := len(rows.details) - before; n > 0 {
			t := m.traitsOf(name, order, fresh)
			names.add(name, &t, n)
		}
		if order >= 0 {
			fresh = fresh[1:]
		}
		if order <= 0 {
			inOld = old.next()
		}
	}
	return rows, names
}

// traitsOf returns those of a name that the view may know.
func (m *merger) traitsOf(name []byte, order int, fresh []uint32) traits {
	if order >= 0 {
		return m.View.nameTraits[fresh[0]]
	}
	return traitsOf(name)
}

func (m *merger) addBaseRows(rows *mergedRows, name *nameReader) {
	for row := name.row; row < name.row+name.rows; row++ {
		place := *m.Base.rowDetails.at(int(row))
		file := m.baseDetails[m.Base.fileOf(place)]
		if file.to != 0 {
			rows.details = append(rows.details, place-file.from+file.to)
			rows.containers = append(rows.containers, *m.Base.rowContainers.at(int(row)))
			rows.traits = append(rows.traits, *m.Base.rowTraits.at(int(row)))
		}
	}
}

func (m *merger) addViewRows(rows *mergedRows, name uint32) {
	for at, more := m.View.heads[name], true; more; at, more = m.View.next(at) {
		// Rows of files that were replaced or removed since went nowhere.
		if place := m.viewDetails[at]; place != 0 {
			r := &m.View.rows[at]
			rows.details = append(rows.details, place)
			rows.containers = append(rows.containers, m.viewContainers[r.container])
			rows.traits = append(rows.traits, newRowTraits(r.kind, r.tier, r.rank))
		}
	}
}

// writeFiles writes the sections up to the paths.
func (m *merger) writeFiles() error {
	numbers := make(map[Language]uint8)
	stats := make([]Stat, len(m.files))
	hashes := make([][HashSize]byte, len(m.files))
	records := make([]fileRecord, len(m.files))
	var paths []byte
	for i := range m.files {
		f := &m.files[i]
		number, ok := numbers[f.binding.Language]
		if !ok {
			if len(m.languages) > math.MaxUint8 {
				return fmt.Errorf("%w: %d languages", ErrTooLarge, len(m.languages))
			}
			number = uint8(len(m.languages))
			numbers[f.binding.Language] = number
			m.languages = append(m.languages, f.binding.Language)
		}
		paths = append(paths, f.path...)
		stats[i], hashes[i] = f.binding.Stat, f.binding.Hash
		records[i] = fileRecord{
			pathEnd:  uint32(len(paths)),
			details:  f.details,
			size:     uint32(f.binding.Size),
			symbols:  uint32(f.binding.Symbols),
			language: number,
			class:    f.binding.Class,
		}
		if f.binding.Racy {
			records[i].racy = 1
		}
	}
	if len(paths) > math.MaxUint32 {
		return fmt.Errorf("%w: %d bytes of paths", ErrTooLarge, len(paths))
	}
	m.section(sectionMeta, m.Meta)
	m.section(sectionLanguages, appendLanguages(nil, m.languages))
	m.section(sectionStats, bytesOfAll(stats))
	m.section(sectionHashes, bytesOfAll(hashes))
	m.section(sectionFiles, bytesOfAll(records))
	m.section(sectionPaths, paths)
	return nil
}
