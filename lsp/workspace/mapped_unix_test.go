//go:build unix

package workspace

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// W11: no event tells of a change through a memory map. Still no place is wrong, and the change is found by the next scan
// of everything.
func TestChangeThroughMemoryMapIsFound(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"a.go": goFile("Old", "Kept"), "b.go": goFile("B")})
	w := watching(t, filepath.Join(t.TempDir(), "cache"), dir)
	f, err := os.OpenFile(filepath.Join(dir, "a.go"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text := goFile("New", "Kept")
	mapped, err := unix.Mmap(int(f.Fd()), 0, len(text), unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	copy(mapped, text)
	if err := unix.Munmap(mapped); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { // an answer has a bounded time to parse
		if got := found(t, w, dir, "Old"); len(got) > 0 {
			t.Errorf("%v is not there any more", got)
		}
		all(t, w) // each name stands where it is found
		return cmp.Equal([]string{"a.go Kept"}, found(t, w, dir, "Kept"))
	})
	w.Rescan()
	becomes(t, w, func() []string { return []string{"a.go Kept", "a.go New", "b.go B"} }, dir)
}
