package files

import (
	"errors"
	"slices"

	"github.com/symcache/symcache/lsp/workspace/files/hanging"
)

// ErrRootUnread is matched by the error of a root that is there and cannot be read:
// access to its parent has changed, or what is needed for it has not come yet.
var ErrRootUnread = errors.New("root cannot be read")

// IsPassing reports whether an error says nothing of a file, so that the file is to be
// read again soon: too many files are open, or a disk or a network has trouble.
func IsPassing(err error) bool {
	return errors.Is(err, ErrRootUnread) || errors.Is(err, hanging.ErrHangs) ||
		slices.ContainsFunc(systemPassing, func(e error) bool { return errors.Is(err, e) })
}
