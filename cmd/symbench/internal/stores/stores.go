// Package stores puts key-value stores behind one interface, all durable in the same
// sense: what was written is synced when a call returns.
package stores

import (
	"database/sql"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"
	"go.etcd.io/bbolt"

	"github.com/symcache/symcache/cachestore"
)

// ValueSize is the length of all values in bytes: that of a common summary.
const ValueSize = 2 << 10

// Record is a key with its value.
type Record struct {
	Key   cachestore.Hash
	Value []byte
}

// MakeRecords returns n records, always the same ones. Values do not compress, so that no
// store gains from knowing how they are made.
func MakeRecords(n int) []Record {
	records := make([]Record, n)
	var number [8]byte
	for i := range records {
		binary.LittleEndian.PutUint64(number[:], uint64(i))
		key := cachestore.Sum(number[:])
		random := rand.NewChaCha8(key)
		value := make([]byte, ValueSize)
		_, _ = random.Read(value) // ignore error: it is documented as nil
		records[i] = Record{Key: key, Value: value}
	}
	return records
}

// Store is what the contestants have in common.
type Store interface {
	// Put stores one record, durably.
	Put(Record) error
	// PutMany stores records, all together durable when it returns. It returns
	// errors.ErrUnsupported where there is no such thing.
	PutMany([]Record) error
	// Get returns a value that the caller may keep.
	Get(cachestore.Hash) ([]byte, error)
	Close() error
}

// Open opens an empty store of the named kind in a directory.
func Open(kind, dir string) (Store, error) {
	open := map[string]func(string) (Store, error){
		"cachestore": openCachestore, "seed": openSeed, "bbolt": openBolt, "sqlite": openSQLite,
	}[kind]
	if open == nil {
		return nil, fmt.Errorf("no store %q", kind)
	}
	s, err := open(dir)
	if err != nil {
		return nil, fmt.Errorf("open %s in %s: %w", kind, dir, err)
	}
	return s, nil
}

// Kinds returns the names that Open knows, cachestore first.
func Kinds() []string { return []string{"cachestore", "seed", "bbolt", "sqlite"} }

// ours is symcache's own store.
type ours struct{ store *cachestore.Store }

func openCachestore(dir string) (Store, error) {
	s, err := cachestore.Open(dir, cachestore.Options{})
	if err != nil {
		return nil, err
	}
	return ours{s}, nil
}

func (o ours) key(h cachestore.Hash) cachestore.Key {
	return cachestore.Key{Part: cachestore.PartSymbols, Language: "go", Hash: h}
}

func (o ours) Put(r Record) error {
	_, err := o.store.Put(o.key(r.Key), r.Value)
	return err
}

func (o ours) PutMany(records []Record) error {
	pack := make([]cachestore.Record, len(records))
	for i, r := range records {
		pack[i] = cachestore.Record{Key: o.key(r.Key), Value: r.Value}
	}
	_, err := o.store.PutPack(pack)
	return err
}

func (o ours) Get(key cachestore.Hash) ([]byte, error) { return o.store.Get(o.key(key)) }

func (o ours) Close() error { return o.store.Close() }

// bolt is a B+tree in one mapped file; a transaction is synced at its end.
type bolt struct{ db *bbolt.DB }

func boltBucket() []byte { return []byte("values") }

func openBolt(dir string) (Store, error) {
	db, err := bbolt.Open(filepath.Join(dir, "values.db"), 0o600, nil)
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket(boltBucket())
		return err
	})
	return bolt{db}, err
}

func (b bolt) Put(r Record) error { return b.PutMany([]Record{r}) }

func (b bolt) PutMany(records []Record) error {
	return b.db.Update(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(boltBucket())
		for _, r := range records {
			if err := bucket.Put(r.Key[:], r.Value); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b bolt) Get(key cachestore.Hash) (value []byte, err error) {
	err = b.db.View(func(tx *bbolt.Tx) error {
		value = slices.Clone(tx.Bucket(boltBucket()).Get(key[:]))
		return nil
	})
	if value == nil && err == nil {
		err = os.ErrNotExist
	}
	return value, err
}

func (b bolt) Close() error { return b.db.Close() }

// sqlite is a table in one file, with a write-ahead log that is synced at each commit.
type sqlite struct {
	db       *sql.DB
	put, get *sql.Stmt
}

func openSQLite(dir string) (Store, error) {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "values.db")+"?_journal_mode=WAL&_synchronous=FULL")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // calls come one after the other
	if _, err := db.Exec("CREATE TABLE entries (key BLOB PRIMARY KEY, value BLOB NOT NULL)"); err != nil {
		return nil, err
	}
	put, err := db.Prepare("INSERT OR REPLACE INTO entries VALUES (?, ?)")
	if err != nil {
		return nil, err
	}
	get, err := db.Prepare("SELECT value FROM entries WHERE key = ?")
	if err != nil {
		return nil, err
	}
	return &sqlite{db, put, get}, nil
}

func (s *sqlite) Put(r Record) error {
	_, err := s.put.Exec(r.Key[:], r.Value)
	return err
}

func (s *sqlite) PutMany(records []Record) error {
	tx, err := s.db.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // ignore error: after Commit there is nothing to take back
	put := tx.Stmt(s.put)
	for _, r := range records {
		if _, err := put.Exec(r.Key[:], r.Value); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (s *sqlite) Get(key cachestore.Hash) (value []byte, err error) {
	err = s.get.QueryRow(key[:]).Scan(&value)
	return value, err
}

func (s *sqlite) Close() error { return s.db.Close() }
