package cachestore

import (
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// published is a pack that stands under its name.
type published struct {
	path string
	size int64 // bytes
}

// publishPack writes a pack, durably, under the SHA-256 of its bytes.
//
// The name is known when the temporary file is whole. A pack that stands under it has the same bytes if it is sound,
// and is then left as it is, but for its modification time: its records were stored just now. One that is not sound
// is repaired: the new file is renamed over it. So it does not matter who of several processes publishes the same
// set first:
//
//	A: temp, sync                rename        sync directory
//	B:       temp, sync   looks         rename (the same bytes), or finds A's pack sound
//
// A reader that has the old file open reads on from it. Where Windows does not replace a file that somebody has open,
// the repair fails until its readers let go.
//
// GC looks at the modification time again just before it removes a pack, so that it does not remove one that was
// published again since it took stock.
func (s *Store) publishPack(plan *packPlan) (p published, err error) {
	dir := s.layout.packs
	err = s.layout.retryMissing(dir, func() error {
		hash := sha256.New()
		temp, size, err := s.layout.writeTemp(dir, func(f *os.File) error {
			hash.Reset()
			return plan.writeTo(io.MultiWriter(f, hash))
		})
		if err != nil {
			return err
		}
		p = published{filepath.Join(dir, packSum(hash.Sum(nil)).String()+packSuffix), size}
		return s.layout.publish(temp, func() error { return s.namePack(temp, p.path) })
	})
	if err != nil {
		return published{}, err
	}
	s.own.expire()
	return p, nil
}

// namePack gives a pack its name, under which another may stand.
func (s *Store) namePack(temp, path string) error {
	if s.layout.isSound(path) {
		now := s.now()
		err := s.layout.at.chtimes(path, now)
		if err == nil {
			return s.layout.at.remove(temp)
		}
		if !errors.Is(err, fs.ErrNotExist) { // else it was collected just now
			return err
		}
	}
	s.own.packs.open.drop(path)
	return s.layout.replace(temp, path, func() bool { return s.layout.isSound(path) })
}
