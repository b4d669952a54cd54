package stores

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/symcache/symcache/cachestore"
)

// seed replays how the design that symcache began with wrote an entry: a directory for the
// language, one for the content and one for the path; a lock file with a PID, made exclusively and
// synced; a temporary file, synced and renamed; the lock file removed.
type seed struct{ root string }

//nolint:unparam // opens as the others do
func openSeed(dir string) (Store, error) { return seed{dir}, nil }

func (s seed) path(key cachestore.Hash) string {
	pathHash := cachestore.Sum(key[:])
	return filepath.Join(s.root, "user", "go", key.String(), hex.EncodeToString(pathHash[:]), "file.bin")
}

func (s seed) Put(r Record) error {
	path := s.path(r.Key)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	lock := path + ".lock"
	if err := writeSynced(lock, os.O_EXCL, fmt.Append(nil, os.Getpid())); err != nil {
		return err
	}
	if err := writeSynced(path+".tmp", os.O_TRUNC, r.Value); err != nil {
		return err
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return err
	}
	return os.Remove(lock)
}

func (s seed) PutMany([]Record) error { return errors.ErrUnsupported }

func (s seed) Get(key cachestore.Hash) ([]byte, error) { return os.ReadFile(s.path(key)) }

func (s seed) Close() error { return nil }

func writeSynced(path string, flag int, b []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|flag, 0o644)
	if err != nil {
		return err
	}
	if _, err = f.Write(b); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
