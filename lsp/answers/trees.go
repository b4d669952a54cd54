package answers

import (
	"container/list"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/symcache/symcache/lsp/resolve"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/symbols/syntax"
)

// maxTrees bounds the syntax trees of open documents that are kept, in bytes: 12 MiB. Trees take
// 3.5 to 5 times as much as their texts, so that is the trees of some 2.5 MB of sources: of a
// hundred open files of ordinary length, or of one of the longest that have trees
// (symbols.MaxTree).
const maxTrees = 12 << 20

// trees are the syntax trees of open documents. Each version of a document is parsed at most
// once while its tree is kept, when somebody first asks, in a goroutine of its own: a question
// waits for that for a bounded time, and goes on without a tree. From then on each later version
// of the document is parsed when it comes, off the read loop.
//
//	edit    version 1 (asked for: parsed, kept) -> released; version 2 is parsed, unasked
//	edit    version 3 before that has ended     -> version 2 is given up, version 3 is parsed
//	close                                       -> released
//
// A tree belongs to its document, a version that never changes. So no question can get that of
// another version. Trees that nobody has asked for the longest time are dropped when all
// together take more than max.
type trees struct {
	parser  treeParser
	resolve *resolve.Engine
	log     *slog.Logger
	wait    time.Duration // that a question waits for a tree
	max     int           // bytes

	life context.Context // of all parsing
	end  context.CancelFunc

	mu    sync.Mutex
	kept  list.List // of *docTree, the one asked for last in front
	bytes int       // of those
}

// treeParser makes trees, see contents.Engine.
type treeParser interface {
	Tree(ctx context.Context, lang *language.Language, text []byte) (*syntax.Tree, error)
	Names(lang *language.Language, tree *syntax.Tree) *language.Names
}

// docTree is the tree of one version of a document. All of it is under the mu of trees.
type docTree struct {
	wanted   bool           // somebody has asked for this version or one before it
	released bool           // the version is no longer that of an open document
	none     bool           // parsing has failed: the text has no tree
	kept     *list.Element  // nil: the tree is not kept
	tree     *syntax.Tree   // nil unless it is kept
	names    *resolve.Names // of tree; nil until somebody asks
	bytes    int            // that the two take, as it is counted
	parsing  *parsing       // nil: nobody parses
}

// parsing is one run of the parser.
type parsing struct {
	waiting int // questions; under the mu of trees
	cancel  context.CancelFunc
	done    chan struct{}
	tree    *syntax.Tree // nil: there is none; read after done
}

func newTrees(parser treeParser, log *slog.Logger, wait time.Duration, maxBytes int) *trees {
	t := &trees{parser: parser, resolve: resolve.NewEngine(), log: log, wait: wait, max: maxBytes}
	t.life, t.end = context.WithCancel(context.Background())
	return t
}

// of returns the tree of a document. It is nil where there is none: the text is too large or
// of no language, it takes longer than wait, or ctx ends.
func (t *trees) of(ctx context.Context, d *document) *syntax.Tree {
	if !hasTree(d) {
		return nil
	}
	t.mu.Lock()
	own := d.tree
	own.wanted = true
	if own.kept != nil || own.none {
		defer t.mu.Unlock()
		if own.kept != nil {
			t.kept.MoveToFront(own.kept)
		}
		return own.tree
	}
	if own.parsing == nil {
		t.begin(d)
	}
	p := own.parsing
	p.waiting++
	t.mu.Unlock()

	timeout := time.NewTimer(t.wait)
	defer timeout.Stop()
	select {
	case <-p.done:
	case <-timeout.C:
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if p.waiting--; p.waiting == 0 && own.released {
		p.cancel()
	}
	if isClosed(p.done) {
		return p.tree
	}
	return nil
}

// hasTree reports whether a document may have a tree.
func hasTree(d *document) bool {
	return d.lang != nil && d.lost == nil && len(d.text) <= symbols.MaxTreeText
}

// replace says that a version has taken the place of another one, or that a document is closed
// (next is nil) or opened (old is nil). It does not wait: the read loop calls it. A nil trees
// does nothing.
func (t *trees) replace(old, next *document) {
	if t == nil || old == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.release(old.tree)
	if next != nil && old.tree.wanted && hasTree(next) {
		next.tree.wanted = true
		t.begin(next)
	}
}

// release drops what is known of a version. Questions that wait for its tree get it.
func (t *trees) release(own *docTree) {
	own.released = true
	t.drop(own)
	if own.parsing != nil && own.parsing.waiting == 0 {
		own.parsing.cancel()
	}
}

// drop lets go of a tree.
func (t *trees) drop(own *docTree) {
	if own.kept == nil {
		return
	}
	t.kept.Remove(own.kept)
	t.bytes -= own.bytes
	own.kept, own.tree, own.names, own.bytes = nil, nil, nil, 0
}

// begin has a document parsed.
func (t *trees) begin(d *document) {
	ctx, cancel := context.WithCancel(t.life)
	p := &parsing{cancel: cancel, done: make(chan struct{})}
	own, lang, text, uri := d.tree, d.lang, d.text, d.uri
	own.parsing = p
	go func() {
		defer cancel()
		tree, err := t.parser.Tree(ctx, lang, text)
		t.mu.Lock()
		defer t.mu.Unlock()
		own.parsing = nil
		switch {
		case err == nil:
			p.tree = tree
			t.keep(own, tree)
		case ctx.Err() == nil:
			own.none = true
			t.log.Debug("a document has no syntax tree", "uri", uri, "err", err)
		}
		close(p.done)
	}()
}

// keep keeps a tree, unless its version is released or it is too large, and drops others for it.
func (t *trees) keep(own *docTree, tree *syntax.Tree) {
	if own.released || tree.Bytes() > t.max {
		return
	}
	own.tree, own.kept = tree, t.kept.PushFront(own)
	t.grow(own, tree.Bytes())
}

// grow counts what a document takes, and drops others that are too much together with it.
func (t *trees) grow(own *docTree, bytes int) {
	own.bytes += bytes
	for t.bytes += bytes; t.bytes > t.max; {
		t.drop(t.kept.Back().Value.(*docTree))
	}
}

// namesOfText is namesOf for a text that is not open.
func (t *trees) namesOfText(ctx context.Context, lang *language.Language, text []byte) (*resolve.Names, error) {
	tree, err := t.parser.Tree(ctx, lang, text)
	if err != nil {
		return nil, ctx.Err()
	}
	return t.resolve.Names(ctx, resolve.Document{Language: t.parser.Names(lang, tree), Text: text, Tree: tree})
}

// namesOf returns what the names in a document mean, nil where that is not known. They are
// worked out once while its tree is kept.
func (t *trees) namesOf(ctx context.Context, d *document) (*resolve.Names, error) {
	tree := t.of(ctx, d)
	if tree == nil {
		return nil, ctx.Err()
	}
	t.mu.Lock()
	own := d.tree
	names := own.names
	t.mu.Unlock()
	if names != nil {
		return names, nil
	}
	names, err := t.resolve.Names(ctx, resolve.Document{Language: t.parser.Names(d.lang, tree), Text: d.text, Tree: tree})
	if err != nil || names == nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if own.tree == tree && own.names == nil {
		own.names = names
		t.grow(own, names.Bytes())
	}
	return names, nil
}

// close ends all parsing, and drops all trees.
func (t *trees) close() {
	t.end()
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.kept.Len() > 0 {
		t.drop(t.kept.Back().Value.(*docTree))
	}
}
