package bindings

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
)

// meta is the note in an index file.
type meta struct {
	// Kind is the kind of root: "workspace". Later programs may write others.
	Kind string `json:"kind"`
	// Complete: all files have been looked at.
	Complete bool `json:"complete"`
	// Detection is detectionRules of the program by which all files were looked at.
	Detection string `json:"detection"`
	// Root is the path of the root, which need not be UTF-8. It is for people: an index file is found by its
	// name. Files of earlier programs lack it.
	Root []byte `json:"root,omitempty"`
}

const kindWorkspace = "workspace"

// openIndex opens an index file and reads its note. It takes the file over, also when it
// fails. Uses is as for index.Open.
func openIndex(opened *os.File, uses func(index.Language) bool) (*index.File, meta, error) {
	file, err := index.Open(opened, uses)
	if err != nil {
		return nil, meta{}, err
	}
	var note meta
	encoded, err := file.Meta()
	if err == nil {
		if err = json.Unmarshal(encoded, &note); err != nil {
			err = fmt.Errorf("%w: %w", index.ErrDamaged, err)
		}
	}
	if err != nil {
		closeIndex(file)
		return nil, meta{}, err
	}
	return file, note, nil
}

// Described is what an index file says of its root.
type Described struct {
	Root     string // the path, empty where the file does not say it
	Files    int    // sources
	Symbols  int
	Macros   int
	Complete bool // all files have been looked at
}

// Describe reads what an index file says of its root. It closes the file. The error is as that of IndexKeys.
func Describe(file *os.File) (Described, error) {
	opened, note, err := openIndex(file, nil)
	if err != nil {
		return Described{}, verdict(err)
	}
	defer opened.Close()
	d := Described{Root: string(note.Root), Symbols: opened.Symbols(), Macros: opened.Macros(), Complete: note.Complete}
	for _, row := range opened.Languages() {
		if row.ID != "" {
			d.Files += row.Files
		}
	}
	return d, nil
}

// IndexKeys calls name for each summary that an index file names. It closes the file. The
// error matches cachestore.ErrForeign where another version of the program has written it.
func IndexKeys(file *os.File, name func(cachestore.Key)) error {
	opened, err := index.Open(file, nil)
	if err != nil {
		return verdict(err)
	}
	defer opened.Close()
	return verdict(eachKey(opened, name))
}

// CheckIndex is IndexKeys, but reads all of the index file and checks it. The error also
// matches cachestore.ErrDamaged where it is damaged.
func CheckIndex(file *os.File, name func(cachestore.Key)) error {
	opened, _, err := openIndex(file, nil)
	if err != nil {
		return verdict(err)
	}
	defer opened.Close()
	if err := opened.Check(); err != nil {
		return verdict(err)
	}
	return verdict(eachKey(opened, name))
}

// verdict translates an error of an index file into one of the store.
func verdict(err error) error {
	switch {
	case errors.Is(err, index.ErrForeign):
		return fmt.Errorf("%w: %w", cachestore.ErrForeign, err)
	case errors.Is(err, index.ErrDamaged):
		return fmt.Errorf("%w: %w", cachestore.ErrDamaged, err)
	}
	return err
}

func eachKey(file *index.File, name func(cachestore.Key)) error {
	return file.Each(func(_ string, b index.Binding) bool {
		if b.Class == index.ClassSource {
			name(SummaryKey(b))
		}
		return true
	})
}

// SummaryKey returns the key of the summary that the binding of a source names.
func SummaryKey(b index.Binding) cachestore.Key {
	return cachestore.Key{Part: cachestore.PartSymbols, Language: b.Language.ID, Revision: b.Language.Revision, Hash: b.Hash}
}
