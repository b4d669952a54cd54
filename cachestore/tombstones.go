package cachestore

import (
	"encoding/hex"
	"io"
	"path/filepath"
	"time"
)

// tombstones are the keys whose records in packs are hidden: packs are immutable, so deleting a record means
// hiding it. Each is an empty file, tombstones/<64 hex>-<part>-<language>-<revision>. They are few, mostly none.
//
// A tombstone says nothing about loose entries, which can be removed; so a key that is put again as a loose
// entry is there at once, whoever has seen the tombstone go.
type tombstones struct {
	at       *namespace
	dir      string
	keys     map[Key]struct{}
	modified time.Time // of the directory, before it was read; zero when there is none
	settled  bool      // a later change will show in the modification time
}

// reload returns the tombstones as they are now, which is t when nothing changed. When force is set it reads
// the directory also when it looks unchanged.
func (t *tombstones) reload(now time.Time, force bool) (*tombstones, error) {
	modified, err := t.at.modTime(t.dir)
	if err != nil {
		return nil, err
	}
	if !force && t.settled && modified.Equal(t.modified) {
		return t, nil
	}
	fresh := &tombstones{dir: t.dir, at: t.at, keys: map[Key]struct{}{}, modified: modified, settled: isSettled(modified, now)}
	err = t.at.eachName(t.dir, func(name string) error {
		if k, ok := parseTombstone(name); ok {
			fresh.keys[k] = struct{}{}
		}
		return nil
	})
	return fresh, err
}

func (t *tombstones) hide(k Key) bool {
	_, ok := t.keys[k]
	return ok
}

func tombstoneName(k Key) string { return k.Hash.String() + "-" + k.extractor().String() }

// parseTombstone is the inverse of tombstoneName.
func parseTombstone(name string) (k Key, ok bool) {
	const digits = 2 * len(k.Hash)
	if len(name) <= digits || name[digits] != '-' || !isLowerHex(name[:digits]) {
		return Key{}, false
	}
	x, ok := parseExtractor(name[digits+1:])
	if !ok {
		return Key{}, false
	}
	k = x.key(Hash{})
	_, err := hex.Decode(k.Hash[:], []byte(name[:digits]))
	return k, err == nil
}

func (l layout) writeTombstone(k Key) error {
	name := tombstoneName(k)
	stands := func() bool { return l.at.exists(filepath.Join(l.tombstones, name)) }
	_, err := l.writeFileUnless(l.tombstones, name, stands, func(io.Writer) error { return nil })
	return err
}

func (l layout) removeTombstone(k Key) error {
	return ignoreMissing(l.at.remove(filepath.Join(l.tombstones, tombstoneName(k))))
}
