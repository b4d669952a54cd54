//go:build unix

package cachestore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// asUser becomes another user. A child that was root does so before it does anything else.
func asUser(uid int) error { return errors.Join(syscall.Setgid(uid), syscall.Setuid(uid)) }

// openRole becomes a user, opens a store, puts a value and gets it, and says why not: UID ROOT.
func openRole(args []string) error {
	uid, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	if err := asUser(uid); err != nil {
		return err
	}
	s, err := Open(args[1], Options{})
	var place *PlaceError
	if errors.As(err, &place) {
		say("%s %s", place.Reason, place.Path)
		return nil
	}
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.Put(keyOf(1), valueOf(keyOf(1))); err != nil {
		return err
	}
	if _, err := s.Get(keyOf(1)); err != nil {
		return err
	}
	say("ok")
	return nil
}

// sharedRoot makes a cache directory in which everybody may make files and nobody may rename those of others.
func sharedRoot(t *testing.T) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can play several users")
	}
	root := filepath.Join(openTempDir(t), "shared")
	if err := errors.Join(os.Mkdir(root, 0o777), os.Chmod(root, 0o777|fs.ModeSticky)); err != nil {
		t.Fatal(err)
	}
	return root
}

// openTempDir is t.TempDir for all users.
func openTempDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chmod(filepath.Dir(dir), 0o755)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// In a shared root the first user who comes makes the directory of namespaces. It could put others' namespaces away,
// so they refuse it, until the owner of the root takes it over.
func TestSharedRootOfFirstComer(t *testing.T) {
	t.Parallel()
	root := sharedRoot(t)
	version := filepath.Join(root, layoutVersion)
	open := func(uid int, want string) {
		t.Helper()
		if got := startChild(t, "open", strconv.Itoa(uid), root).finish(); got != want+"\n" {
			t.Errorf("user %d: %q, want %q", uid, got, want)
		}
	}
	open(12345, "ok")
	for _, other := range []int{0, 12346} {
		open(other, string(PlaceUntrusted)+" "+version)
	}
	open(12345, "ok") // which is still its own
	d := mustDiagnose(t, root, Options{})
	var place *PlaceError
	if len(d.Problems) == 0 || !errors.As(d.Problems[len(d.Problems)-1].Err, &place) || place.Reason != PlaceUntrusted || place.Owner != 0 {
		t.Errorf("Diagnose = %+v", d.Problems)
	}
	if err := os.Chown(version, 0, 0); err != nil {
		t.Fatal(err)
	}
	for _, uid := range []int{0, 12345, 12346} {
		open(uid, "ok")
	}
}

// A directory of namespaces that others may write needs the sticky bit.
func TestRefusesNamespacesThatOthersMayRename(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, c := range []struct {
		mode fs.FileMode
		want bool
	}{{0o777, false}, {0o770, false}, {0o777 | fs.ModeSticky, true}, {0o755, true}} {
		if err := os.Chmod(s.layout.version, c.mode); err != nil {
			t.Fatal(err)
		}
		again, err := Open(s.layout.root, Options{})
		var place *PlaceError
		switch {
		case c.want && err != nil:
			t.Errorf("%v: %v", c.mode, err)
		case !c.want && (!errors.As(err, &place) || place.Reason != PlaceOpen || place.Path != s.layout.version):
			t.Errorf("%v is not refused: %v", c.mode, err)
		}
		if err == nil {
			_ = again.Close()
		}
	}
}

// Who renames directories above a store that is open, and puts others there, leads it nowhere else: it reads and
// writes where it did, with entries, packs, indexes, locks and all.
func TestOpenStoreStaysWhereItIs(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "cache")
	s := openAt(t, root, Options{})
	mustPutPack(t, s, recordsOf(0, 5))
	mustPut(t, s, keyOf(5), valueOf(keyOf(5)))
	moved := filepath.Join(root, "moved")
	if err := os.Rename(s.layout.version, moved); err != nil {
		t.Fatal(err)
	}
	trap := openAt(t, root, Options{})
	mustPutPack(t, trap, []Record{{keyOf(1), []byte("wrong")}})
	mustPut(t, trap, keyOf(5), []byte("wrong"))
	before := filesUnder(t, trap.Dir())

	s.own.expire()
	for n := range 6 {
		wantValue(t, s, keyOf(n), valueOf(keyOf(n)))
	}
	mustPut(t, s, keyOf(6), valueOf(keyOf(6)))
	mustPutPack(t, s, recordsOf(7, 9))
	if _, err := s.Workspace(testWorkspace()).Publish(writeTestIndex(1)); err != nil {
		t.Fatal(err)
	}
	unlock, ok, err := s.TryLockShards([]byte{0x7f})
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	unlock()
	mustGC(t, s, GCOptions{})
	if after := filesUnder(t, trap.Dir()); len(after) != len(before) {
		t.Errorf("the other directory had %v, has %v", before, after)
	}
	if err := os.RemoveAll(trap.layout.version); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(moved, s.layout.version); err != nil {
		t.Fatal(err)
	}
	wantKept(t, openAt(t, root, Options{}), 0, 9, true)
}

// A cache that was deleted is made again by who writes, also by a process that had it open, with the same checks.
func TestDeletedCacheIsMadeAgain(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "cache")
	s := openAt(t, root, Options{})
	mustPut(t, s, keyOf(1), valueOf(keyOf(1)))
	if err := os.RemoveAll(root); err != nil {
		t.Fatal(err)
	}
	mustPut(t, openAt(t, root, Options{}), keyOf(2), valueOf(keyOf(2)))
	s.own.expire()
	wantMiss(t, s, keyOf(1), errAbsent)
	wantValue(t, s, keyOf(2), valueOf(keyOf(2)))

	if err := os.RemoveAll(root); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(t.TempDir(), root); err != nil { // a link to the root itself is the user's own choice
		t.Fatal(err)
	}
	elsewhere := t.TempDir()
	if err := os.Symlink(elsewhere, filepath.Join(root, layoutVersion)); err != nil {
		t.Fatal(err)
	}
	var place *PlaceError
	if _, err := s.Put(keyOf(3), nil); !errors.As(err, &place) || place.Reason != PlaceNotDirectory {
		t.Errorf("Put through a link: %v", err)
	}
	if names := filesUnder(t, elsewhere); len(names) != 1 {
		t.Errorf("the link was followed: %v", names)
	}
}

// Where there is no place for a cache, Open says which directory is at fault, as Diagnose does; base caches are read
// all the same, and writing says that it does not.
func TestNoPlaceToStore(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root can play two users")
	}
	base := newStore(t)
	mustPutPack(t, base, recordsOf(0, 5))
	openToAll(t, base.layout.root)
	dir := openTempDir(t)
	closed, private, file := filepath.Join(dir, "closed"), filepath.Join(dir, "private"), filepath.Join(dir, "file")
	if err := errors.Join(os.Mkdir(closed, 0o755), os.Mkdir(private, 0o700), os.WriteFile(file, nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	for root, want := range map[string]string{
		filepath.Join(closed, "a", "cache"): "closed " + closed,
		filepath.Join(file, "cache"):        "not a directory " + file,
		"/nonexistent/.cache/symcache":      "closed /",
		filepath.Join(private, "cache"):     "closed " + private,
	} {
		if got := startChild(t, "nowhere", root, base.layout.root).finish(); got != want+"\nok\n" {
			t.Errorf("%s: %q, want %q", root, got, want)
		}
	}
}

// openToAll lets all users read a cache.
func openToAll(t *testing.T, root string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Dir(root), func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chmod(path, 0o755)
	})
	if err := errors.Join(err, os.Chmod(filepath.Dir(filepath.Dir(root)), 0o755)); err != nil {
		t.Fatal(err)
	}
}

// nowhereRole becomes another user, fails to open a store, says why, and reads a base without it: ROOT BASE.
func nowhereRole(args []string) error {
	if err := asUser(12345); err != nil {
		return err
	}
	opts := Options{Base: args[1:]}
	_, err := Open(args[0], opts)
	var place *PlaceError
	if !errors.As(err, &place) {
		return errors.Join(errors.New("it was opened"), err)
	}
	d, err := Diagnose(args[0], opts, 0)
	if err != nil {
		return err
	}
	for _, p := range d.Problems {
		var found *PlaceError
		if !errors.As(p.Err, &found) {
			continue
		}
		say("%s %s", found.Reason, found.Path)
		if *found != *place && found.Error() != place.Error() {
			say("but Open says %v", place)
		}
	}
	s, err := OpenBases(opts)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.Get(keyOf(1)); err != nil {
		return err
	}
	if _, err := s.Get(keyOf(9)); !errors.Is(err, ErrMiss) {
		return err
	}
	_, put := s.Put(keyOf(9), nil)
	_, pack := s.PutPack(recordsOf(9, 12))
	_, index := s.Workspace(testWorkspace()).Publish(writeTestIndex(1))
	for _, err := range []error{put, pack, index} {
		if !errors.Is(err, ErrNoPlace) {
			return errors.Join(errors.New("it was written"), err)
		}
	}
	unlock, ok, err := s.TryLockShards([]byte{1, 2})
	if !ok || err != nil {
		return errors.Join(errors.New("no lock"), err)
	}
	unlock()
	if st, err := s.Stats(); err != nil || st.Bytes != 0 {
		return errors.Join(errors.New("there is something"), err)
	}
	say("ok")
	return nil
}
