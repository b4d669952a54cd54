package cachestore

import (
	"errors"
	"fmt"
	"io/fs"
)

var (
	// ErrMiss is matched by every *MissError.
	ErrMiss = errors.New("cachestore: miss")

	// ErrForeign says that a file is of a format version, or a record of a kind or part, that this program does not
	// know.
	ErrForeign = errors.New("of another version")

	// ErrDamaged says that a file is not what was written.
	ErrDamaged = errors.New("damaged")
)

// Reason says why a lookup missed.
type Reason string

// The reasons.
const (
	ReasonAbsent  Reason = "absent"  // nothing is stored under the key, or it was deleted
	ReasonDamaged Reason = "damaged" // what is stored, or the pack that may hold it, failed its checks
	ReasonForeign Reason = "foreign" // it is stored in a format, or under a part, that this program does not know
)

// MissError is a lookup that found no usable value. It is a normal outcome, not a failure.
type MissError struct {
	Key    Key
	Reason Reason
	Cause  error // what was found wrong; nil when absent
}

func (e *MissError) Error() string {
	if e.Cause == nil {
		return fmt.Sprintf("cachestore: miss: %s: %s", e.Key, e.Reason)
	}
	return fmt.Sprintf("cachestore: miss: %s: %s: %v", e.Key, e.Reason, e.Cause)
}

// Is makes errors.Is(err, ErrMiss) true.
func (e *MissError) Is(target error) bool { return target == ErrMiss }

// Unwrap returns the cause.
func (e *MissError) Unwrap() error { return e.Cause }

// Findings of a place that was searched without success. Any other error is an I/O error.
var (
	errAbsent  = errors.New("absent")
	errDeleted = errors.New("deleted") // hidden by a tombstone: also ends the search of base caches
)

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
	case errors.Is(err, errAbsent), errors.Is(err, errDeleted), errors.Is(err, fs.ErrNotExist):
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
		return &MissError{Key: k, Reason: ReasonAbsent}
	case 1:
		return &MissError{Key: k, Reason: ReasonForeign, Cause: finding}
	case 2:
		return &MissError{Key: k, Reason: ReasonDamaged, Cause: finding}
	default:
		return fmt.Errorf("cachestore: get %s: %w", k, finding)
	}
}
