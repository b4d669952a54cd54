//go:build !cgo

package treesitter

import (
	"context"
	"unsafe"

	"github.com/symcache/symcache/lsp/symbols/syntax"
)

// Grammar is a grammar made ready. Without cgo there is none.
type Grammar struct{}

// NewGrammar returns ErrNoCgo.
func NewGrammar(grammar unsafe.Pointer) (*Grammar, error) { return nil, ErrNoCgo }

// Names returns nil.
func (g *Grammar) Names() *syntax.Grammar { return nil }

// Parser parses texts. Without cgo there is none.
type Parser struct{}

// NewParser returns ErrNoCgo.
func NewParser() (*Parser, error) { return nil, ErrNoCgo }

// Parse returns ErrNoCgo.
func (p *Parser) Parse(ctx context.Context, g *Grammar, text []byte, limits Limits, use func(*Result)) error {
	return ErrNoCgo
}

// IdlePool parses in the background. Without cgo there is none.
type IdlePool struct{}

// NewIdlePool returns ErrNoCgo.
func NewIdlePool(n int) (*IdlePool, error) { return nil, ErrNoCgo }

// Parse returns ErrNoCgo.
func (p *IdlePool) Parse(ctx context.Context, g *Grammar, text []byte, limits Limits, use func(*Result)) error {
	return ErrNoCgo
}

// Turn returns ErrNoCgo.
func (p *IdlePool) Turn(ctx context.Context) error { return ErrNoCgo }

// Fingerprint returns ErrNoCgo.
func Fingerprint(grammar unsafe.Pointer) ([]byte, error) { return nil, ErrNoCgo }
