package door

import (
	"errors"
	"io/fs"
	"os"
	"time"
)

// Stat is what the file system says of one version of a file. Another version of the
// file, or another file of the same name, has another Stat, unless it is younger than the
// clocks of file systems can tell, see Racy.
type Stat struct {
	Size          int64 // bytes
	ModTime       int64 // nanoseconds since 1970
	ChangeTime    int64 // the same; 0 where the system has none
	Inode, Device uint64
}

// racyTime is how long after a change of a file its times may stay the same when it
// changes again: as long as the coarsest clock of a file system ticks (FAT: 2 s).
const racyTime = 2 * time.Second

// Racy reports whether a file that has this Stat now may change without a change of
// its Stat. A time in the future says nothing either.
func (s Stat) Racy(now time.Time) bool {
	return max(s.ModTime, s.ChangeTime) > now.Add(-racyTime).UnixNano()
}

// TypeOf returns the type bits of what is at a path. It follows no link.
func TypeOf(path string) (fs.FileMode, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return 0, err
	}
	return info.Mode().Type(), nil
}

// IsMissing reports whether nothing is at a path, for certain.
func IsMissing(path string) bool {
	_, err := os.Lstat(path)
	return IsGone(err)
}

// SameFile reports whether two paths name one file. It follows no link.
func SameFile(a, b string) bool {
	first, errFirst := os.Lstat(a)
	second, errSecond := os.Lstat(b)
	return errors.Join(errFirst, errSecond) == nil && os.SameFile(first, second)
}
