package cachestore

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Stats says what a user's namespace holds. A value that is stored twice, loose and packed, counts twice.
type Stats struct {
	Root       string                   // the cache directory
	Entries    int                      // values, loose and packed
	Packs      int                      // pack files
	Workspaces int                      // workspaces that have an index
	LastGC     time.Time                // as the manifest has it; zero: never
	Bytes      int64                    // lengths of all entry, pack and index files
	IndexBytes int64                    // of these, of the index files
	ByLanguage map[string]LanguageStats // never nil
}

// LanguageStats is the part of one language, all revisions together.
type LanguageStats struct {
	Entries int   // values, loose and packed
	Bytes   int64 // lengths of loose entries and of records in packs
}

// Stats counts what is stored, by reading directories and the headers of packs. It changes nothing.
func (s *Store) Stats() (Stats, error) {
	if err := s.ready(); err != nil {
		return Stats{}, err
	}
	return s.layout.stats()
}

// ReadStats is like Stats for a store that need not exist, and is not created.
func ReadStats(root string, opts Options) (Stats, error) {
	l, err := newLayout(root, opts.Namespace)
	if err != nil {
		return Stats{}, err
	}
	defer l.at.close()
	return l.stats()
}

func (l layout) stats() (Stats, error) {
	st := Stats{Root: l.root, LastGC: l.readManifest().LastGC, ByLanguage: map[string]LanguageStats{}}
	add := func(language string, entries int, bytes int64) {
		sum := st.ByLanguage[language]
		st.ByLanguage[language] = LanguageStats{Entries: sum.Entries + entries, Bytes: sum.Bytes + bytes}
		st.Entries += entries
	}
	err := l.walkEntries(func(e entryFile) error {
		st.Bytes += e.size
		add(e.key.Language, 1, e.size)
		return nil
	})
	if err != nil {
		return Stats{}, fmt.Errorf("cachestore: count entries: %w", err)
	}
	err = l.walkPacks(func(p packFile) error {
		st.Packs++
		st.Bytes += p.size
		for _, x := range p.extractors() {
			add(x.language, x.records, x.bytes)
		}
		return nil
	})
	if err != nil {
		return Stats{}, fmt.Errorf("cachestore: count packs: %w", err)
	}
	err = l.walkIndexes(func(w workspaceIndexes) error {
		st.Workspaces++
		for _, f := range w.indexes {
			st.Bytes += f.info.Size()
			st.IndexBytes += f.info.Size()
		}
		return nil
	})
	if err != nil {
		return Stats{}, fmt.Errorf("cachestore: count indexes: %w", err)
	}
	return st, nil
}

// WorkspaceIndex is the newest index file of a workspace.
type WorkspaceIndex struct {
	ID    WorkspaceID
	Bytes int64     // its length
	Used  time.Time // when the workspace was last used, to the day
}

// EachIndex calls fn for each workspace that has an index file, with the newest one, which fn closes. The store need not
// exist. EachIndex changes nothing.
func EachIndex(root string, opts Options, fn func(w WorkspaceIndex, file *os.File) error) error {
	l, err := newLayout(root, opts.Namespace)
	if err != nil {
		return err
	}
	defer l.at.close()
	return l.walkIndexes(func(w workspaceIndexes) error {
		newest := w.indexes[0]
		file, err := l.at.open(newest.path)
		if errors.Is(err, fs.ErrNotExist) { // a newer one has been published
			return nil
		}
		if err != nil {
			return fmt.Errorf("cachestore: open an index of workspace %s: %w", w.id, err)
		}
		return fn(WorkspaceIndex{ID: w.id, Bytes: newest.info.Size(), Used: newest.info.ModTime()}, file)
	})
}

// entryFile is a loose entry as its name and length tell it.
type entryFile struct {
	key  Key
	path string
	size int64 // bytes
	used time.Time
}

// walkEntries calls fn for each loose entry. Files that vanish meanwhile are left out, and so are those that do not have
// the name of an entry.
func (l layout) walkEntries(fn func(entryFile) error) error {
	return l.walkShards(func(dir string, x extractor, shard string) error {
		return l.at.eachName(dir, func(name string) error {
			rest, ok := strings.CutSuffix(name, entrySuffix)
			if !ok || !isLowerHex(rest) || len(shard)+len(rest) != 2*len(Hash{}) {
				return nil
			}
			e := entryFile{key: x.key(Hash{}), path: filepath.Join(dir, name)}
			if _, err := hex.Decode(e.key.Hash[:], []byte(shard+rest)); err != nil {
				return nil
			}
			info, err := l.at.lstat(e.path)
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			e.size, e.used = info.Size(), info.ModTime()
			return fn(e)
		})
	})
}

// walkShards calls fn for each directory of loose entries.
func (l layout) walkShards(fn func(dir string, x extractor, shard string) error) error {
	return l.walkExtractors(func(dir string, x extractor) error {
		return l.at.eachName(dir, func(shard string) error {
			if len(shard) != 2 || !isLowerHex(shard) {
				return nil
			}
			return fn(filepath.Join(dir, shard), x, shard)
		})
	})
}

// walkExtractors calls fn for each directory of directories of loose entries.
func (l layout) walkExtractors(fn func(dir string, x extractor) error) error {
	return l.at.eachName(l.entries, func(name string) error {
		x, ok := parseExtractor(name)
		if !ok {
			return nil
		}
		return fn(filepath.Join(l.entries, name), x)
	})
}

// walkDirs calls fn for each directory that GC removes when it is empty, beginning with the deepest.
func (l layout) walkDirs(fn func(dir string) error) error {
	shards := l.walkShards(func(dir string, _ extractor, _ string) error { return fn(dir) })
	extractors := l.walkExtractors(func(dir string, _ extractor) error { return fn(dir) })
	return errors.Join(shards, extractors, l.walkWorkspaces(func(_ WorkspaceID, dir string) error { return fn(dir) }))
}

// packFile is a pack as its header describes it. Of a damaged or foreign one nothing else is known.
type packFile struct {
	path    string
	size    int64       // bytes
	header  *packHeader // nil when it cannot be read
	problem error       // why it cannot: ErrDamaged or ErrForeign
}

// extractors returns what the pack holds, as far as is known.
func (p packFile) extractors() []extractorTotals {
	if p.header == nil {
		return nil
	}
	return p.header.extractors
}

// walkPacks calls fn for each pack.
func (l layout) walkPacks(fn func(packFile) error) error {
	names, err := l.at.packNames(l.packs)
	if err != nil {
		return err
	}
	for _, name := range names {
		p, err := l.readPackFile(filepath.Join(l.packs, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := fn(p); err != nil {
			return err
		}
	}
	return nil
}

func (l layout) readPackFile(path string) (packFile, error) {
	f, err := l.at.open(path)
	if err != nil {
		return packFile{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return packFile{}, err
	}
	p := packFile{path: path, size: info.Size()}
	h, err := readPackHeader(f, p.size)
	switch {
	case err == nil:
		p.header = h
	case !isVerdict(err):
		return packFile{}, err
	default:
		p.problem = err
	}
	return p, nil
}
