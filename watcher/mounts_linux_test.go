package watcher

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A real table, with what is odd in it: spaces and backslashes in names, options of any number, and lines of no use.
func TestParseMountInfo(t *testing.T) {
	t.Parallel()
	text := `22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 22 0:40 / /mnt/with\040space rw shared:7 master:2 - nfs4 server:/export\040a rw,vers=4.2
41 22 0:41 / /mnt/back\134slash\011tab rw - fuse.sshfs me@host:/ rw
42 22 8:2 / /mnt/ntfs rw - fuseblk /dev/sda2 rw
43 22 0:43 / /mnt/c rw - 9p C:\134 rw,aname=drvfs
nonsense
44 22 0:44 / relative rw - nfs server:/ rw
45 22 0:45 / /cut rw -
`
	want := []mount{
		{"/", "ext4", false}, {"/mnt/with space", "nfs4", true}, {"/mnt/back\\slash\ttab", "fuse.sshfs", true},
		{"/mnt/ntfs", "fuseblk", false}, {"/mnt/c", "9p", true},
	}
	if got := parseMountInfo(text); !slices.Equal(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// Whatever the table says, what it names is absolute.
func FuzzParseMountInfo(f *testing.F) {
	f.Add(`22 1 254:0 / / rw,relatime - ext4 /dev/vda rw`)
	f.Add(`40 22 0:40 / /mnt/\04 \ rw - nfs4 - x` + "\n" + `\777 1 2 3 /\777 - 9p`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, m := range parseMountInfo(text) {
			if !filepath.IsAbs(m.path) || m.kind == "" || strings.ContainsAny(m.kind, " \n") {
				t.Errorf("%+v", m)
			}
		}
	})
}

// The table of this system has the root directory. It is read again only when something is mounted.
func TestMountInfoOfThisSystem(t *testing.T) {
	t.Parallel()
	table := openMounts().(*mountInfo)
	defer table.close()
	first := table.list(nil)
	if m := mountOf(first, "/"); m.path != "/" || m.kind == "" {
		t.Errorf("the root directory lies on %+v", m)
	}
	if len(table.list(nil)) == 0 {
		t.Error("nothing is mounted the second time")
	}
}
