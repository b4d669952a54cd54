package tree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
)

const (
	// packageFiles is how many files share a directory, and groupPackages how many
	// of these share one above: 1,000,000 files are 20,000 packages in 200 groups,
	// so that no directory is larger than those of real repositories.
	packageFiles  = 50
	groupPackages = 100
)

// words make up names. Their number is prime to the multipliers in name, which spreads
// first letters and pairs of words evenly.
func words() [23]string {
	return [...]string{
		"Account", "Buffer", "Cluster", "Device", "Event", "Filter", "Gateway", "Handle", "Index", "Job", "Kernel", "Lease",
		"Metric", "Node", "Object", "Policy", "Queue", "Record", "Session", "Token", "Update", "Volume", "Worker",
	}
}

// name returns a name that only file n has, of three words and a number.
func name(n int) string {
	w := words()
	return w[n*7%len(w)] + w[(n/len(w)+n)%len(w)] + w[n*5/3%len(w)] + strconv.Itoa(n)
}

// Synthetic makes a Go workspace of n small files in dir, which is the same each time:
// one module, fifty files a package, each with a type, two methods, two functions and two
// constants that no other file has. It uses parallel workers.
func Synthetic(ctx context.Context, dir string, n, workers int) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/synthetic\n\ngo 1.24\n"), 0o600); err != nil {
		return err
	}
	var next atomic.Int64 // package
	var group sync.WaitGroup
	errs := make([]error, workers)
	for worker := range workers {
		group.Go(func() {
			for errs[worker] == nil {
				first := int(next.Add(1)-1) * packageFiles
				if first >= n {
					return
				}
				errs[worker] = errors.Join(ctx.Err(), writePackage(dir, first, min(first+packageFiles, n)))
			}
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("make a workspace of %d files: %w", n, err)
	}
	return nil
}

// syntheticPath returns the path of file n in its workspace.
func syntheticPath(n int) string {
	pkg := n / packageFiles
	return filepath.Join(fmt.Sprintf("group%03d", pkg/groupPackages), fmt.Sprintf("pkg%05d", pkg), fmt.Sprintf("file%07d.go", n))
}

// writePackage writes the files of one directory, first to end-1.
func writePackage(dir string, first, end int) error {
	if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(syntheticPath(first))), 0o700); err != nil {
		return err
	}
	for n := first; n < end; n++ {
		if err := os.WriteFile(filepath.Join(dir, syntheticPath(n)), syntheticFile(n), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// syntheticFile returns the text of file n, about 700 bytes of valid Go.
func syntheticFile(n int) []byte {
	return fmt.Appendf(nil, `package pkg%05[2]d

const (
	Max%[1]s = %[3]d
	min%[1]s = -Max%[1]s
)

// %[1]s counts what it is told.
type %[1]s struct {
	Total int
	parts []int
}

// New%[1]s returns an empty one.
func New%[1]s() *%[1]s {
	return &%[1]s{parts: make([]int, 0, 8)}
}

// Add counts n, within the bounds.
func (x *%[1]s) Add(n int) {
	n = clamp%[1]s(n)
	x.Total += n
	x.parts = append(x.parts, n)
}

// Reset forgets all.
func (x *%[1]s) Reset() {
	x.Total, x.parts = 0, x.parts[:0]
}

func clamp%[1]s(n int) int {
	if n > Max%[1]s {
		return Max%[1]s
	}
	if n < min%[1]s {
		return min%[1]s
	}
	return n
}
`, name(n), n/packageFiles, n)
}
