package cachestore

import (
	"os"
	"path/filepath"
	"testing"
)

// What programs of all versions wrote for the user is found and removed; what is somebody else's stays.
func TestFootprintsOfAllLayouts(t *testing.T) {
	t.Parallel()
	for _, shared := range []bool{false, true} {
		root := filepath.Join(t.TempDir(), "cache")
		store, err := Open(root, Options{Namespace: "me"})
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		earlier := filepath.Join(root, "v1", "me")
		if err := os.MkdirAll(earlier, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(earlier, "entry"), []byte("12345"), 0o600); err != nil {
			t.Fatal(err)
		}
		theirs := filepath.Join(root, "v2", "them")
		want := 4 // the namespaces, CACHEDIR.TAG, README
		if shared {
			want = 2
			if err := os.Mkdir(theirs, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		found, err := Footprints(root, Options{Namespace: "me"})
		if err != nil || len(found) != want || found[0] != (Footprint{earlier, 1, 5}) {
			t.Errorf("shared: %t: %+v, %v", shared, found, err)
		}
		if err := RemoveFootprints(root, Options{Namespace: "me"}); err != nil {
			t.Error(err)
		}
		if exists(root) != shared || exists(theirs) != shared || exists(earlier) {
			t.Errorf("shared: %t: the root is left: %t, the part of others: %t, one's own: %t", shared, exists(root), exists(theirs), exists(earlier))
		}
		if found, err := Footprints(root, Options{Namespace: "me"}); err != nil || len(found) != 0 {
			t.Errorf("left: %+v, %v", found, err)
		}
	}
}
