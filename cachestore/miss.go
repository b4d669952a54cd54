package cachestore

import (
	"errors"
	"fmt"
	"io/fs"
)

var (
	// ErrMiss is matched by the error of a lookup that found no usable value, which is a normal outcome. Where there
	// was something that cannot be used, the error also matches ErrDamaged or ErrForeign, and says what was wrong.
	ErrMiss = errors.New("cachestore: miss")

	// ErrForeign says that a file is of a format version, or a record of a kind or part, that this program does not
	// know.
	ErrForeign = errors.New("of another version")

	// ErrDamaged says that a file is not what was written.
	ErrDamaged = errors.New("damaged")
)

// missError is a lookup that found no usable value.
type missError struct {
	key   Key
	cause error // errAbsent, or the gravest finding
}

func (e *missError) Error() string { return fmt.Sprintf("cachestore: miss: %s: %v", e.key, e.cause) }

// Is makes errors.Is(err, ErrMiss) true.
func (e *missError) Is(target error) bool { return target == ErrMiss }

// Unwrap returns the cause.
func (e *missError) Unwrap() error { return e.cause }

// errAbsent says that there is nothing under a key. It is a finding, as ErrDamaged and ErrForeign are: what a place has
// in which a lookup found no value. Any other error is an I/O error.
var errAbsent = errors.New("absent")

// damaged returns an error that matches ErrDamaged and says what was wrong.
func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

// isVerdict reports whether err says for good that a file is of no use.
func isVerdict(err error) bool { return errors.Is(err, ErrDamaged) || errors.Is(err, ErrForeign) }

// isFinding reports whether err speaks about what is stored; if not, the storage could not be asked.
func isFinding(err error) bool { return err != nil && gravity(err) < gravityIO }

const gravityIO = 3

// gravity orders findings by how much they tell about a miss; no finding tells least.
func gravity(err error) int {
	switch {
	case err == nil:
		return -1
	case errors.Is(err, errAbsent), errors.Is(err, fs.ErrNotExist):
		return 0
	case errors.Is(err, ErrForeign):
		return 1
	case errors.Is(err, ErrDamaged):
		return 2
	default:
		return gravityIO
	}
}

// graver returns the finding that tells more; the first of two equals.
func graver(a, b error) error {
	if gravity(b) > gravity(a) {
		return b
	}
	return a
}

// lookupError turns the gravest finding of a lookup into what the caller sees.
func lookupError(k Key, finding error) error {
	switch gravity(finding) {
	case 0:
		return &missError{k, errAbsent}
	case gravityIO:
		return fmt.Errorf("cachestore: get %s: %w", k, finding)
	}
	return &missError{k, finding}
}
