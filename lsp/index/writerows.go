package index

// mergedRows are the rows of the new index, by name.
type mergedRows struct {
	details    []uint32
	containers []uint32
	traits     []rowTraits
}

// mergeNames merges the names of the old index and the view, both in order, with those
// of their rows that are in the new index.
func (m *merger) mergeNames() (rows mergedRows, names nameWriter) {
	var old nameReader
	if m.Old != nil {
		old.left = m.Old.names.slice(0, m.Old.names.len())
	}
	var fresh []uint32
	if m.View != nil {
		fresh = sortedNames(m.View.names)
	}
	names.chars = make([]uint64, 0, m.mostNames())
	names.hints = make([]hints, 0, m.mostNames())
	names.blocks = make([]nameBlock, 0, m.mostNames()/blockNames+1)
	most := m.mostRows()
	rows = mergedRows{make([]uint32, 0, most), make([]uint32, 0, most), make([]rowTraits, 0, most)}
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
			m.addOldRows(&rows, &old)
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

// mostNames and mostRows return how many there are at most, so that what grows with
// them is made once. Copies of what is outgrown would double the memory of a merge.
func (m *merger) mostNames() (n int) {
	if m.Old != nil {
		n += m.Old.nameChars.len()
	}
	if m.View != nil {
		n += m.View.names.len()
	}
	return n
}

func (m *merger) mostRows() (n int) {
	if m.Old != nil {
		n += m.Old.rowDetails.len()
	}
	if m.View != nil {
		n += len(m.View.rows)
	}
	return n
}

// traitsOf returns those of a name that the view may know.
func (m *merger) traitsOf(name []byte, order int, fresh []uint32) traits {
	if order >= 0 {
		return m.View.nameTraits[fresh[0]]
	}
	return traitsOf(name)
}

func (m *merger) addOldRows(rows *mergedRows, name *nameReader) {
	for row := name.row; row < name.row+name.rows; row++ {
		if to, ok := m.moved(*m.Old.rowDetails.at(int(row))); ok {
			rows.details = append(rows.details, to)
			rows.containers = append(rows.containers, *m.Old.rowContainers.at(int(row)))
			rows.traits = append(rows.traits, *m.Old.rowTraits.at(int(row)))
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
			rows.traits = append(rows.traits, newRowTraits(r.kind, r.importance, r.rank))
		}
	}
}
