//go:build !cgo

package treesitter

import (
	"context"
	"unsafe"
)

// Query is a compiled query. Without cgo there is none.
type Query struct{}

// Compile returns ErrNoCgo.
func Compile(grammar unsafe.Pointer, source string) (*Query, error) { return nil, ErrNoCgo }

// CaptureNames returns nil.
func (q *Query) CaptureNames() []string { return nil }

// Patterns returns nil.
func (q *Query) Patterns() [][]Predicate { return nil }

// PatternStarts returns nil.
func (q *Query) PatternStarts() []uint32 { return nil }

// Parser runs queries. Without cgo there is none.
type Parser struct{}

// NewParser returns ErrNoCgo.
func NewParser() (*Parser, error) { return nil, ErrNoCgo }

// Run returns ErrNoCgo.
func (p *Parser) Run(ctx context.Context, q *Query, text []byte, limits Limits,
	use func(captures []Capture, status Status)) error {
	return ErrNoCgo
}

// IdlePool runs queries in the background. Without cgo there is none.
type IdlePool struct{}

// NewIdlePool returns ErrNoCgo.
func NewIdlePool(n int) (*IdlePool, error) { return nil, ErrNoCgo }

// Run returns ErrNoCgo.
func (p *IdlePool) Run(ctx context.Context, q *Query, text []byte, limits Limits,
	use func(captures []Capture, status Status)) error {
	return ErrNoCgo
}

// Turn returns ErrNoCgo.
func (p *IdlePool) Turn(ctx context.Context) error { return ErrNoCgo }

// Fingerprint returns ErrNoCgo.
func Fingerprint(grammar unsafe.Pointer) ([]byte, error) { return nil, ErrNoCgo }
