package stores

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every store returns what was put, one by one or many at once, and fails for what was not.
func TestStores(t *testing.T) {
	t.Parallel()
	records := MakeRecords(21)
	for _, kind := range Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s, err := Open(kind, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if err := s.PutMany(records[:10]); errors.Is(err, errors.ErrUnsupported) {
				for _, r := range records[:10] {
					if err := s.Put(r); err != nil {
						t.Fatal(err)
					}
				}
			} else if err != nil {
				t.Fatal(err)
			}
			for _, r := range records[10:20] {
				if err := s.Put(r); err != nil {
					t.Fatal(err)
				}
			}
			for i, r := range records[:20] {
				got, err := s.Get(r.Key)
				if err != nil || !bytes.Equal(got, r.Value) {
					t.Errorf("Get of record %d: %d bytes, %v", i, len(got), err)
				}
			}
			if _, err := s.Get(records[20].Key); err == nil {
				t.Error("no error for a key that was not put")
			}
		})
	}
	if _, err := Open("none", t.TempDir()); err == nil {
		t.Error("no error for a store that does not exist")
	}
}

func TestMakeRecords(t *testing.T) {
	t.Parallel()
	records := MakeRecords(3)
	if diff := cmp.Diff(MakeRecords(3), records); diff != "" {
		t.Errorf("records differ between calls:\n%s", diff)
	}
	if bytes.Equal(records[0].Value, records[1].Value) || len(records[2].Value) != ValueSize {
		t.Error("values are equal, or of another length")
	}
}
