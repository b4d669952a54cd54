package answers

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/timing"
	"github.com/symcache/symcache/lsp/workspace"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/scan"
)

// MaxConcurrent bounds the questions of a session that are worked on at once; the others
// wait, and end with their contexts. It is far above what an editor asks at once, and
// bounds the memory of answers.
const MaxConcurrent = 32

// Options are what a Session begins with.
type Options struct {
	Engine    contents.Config
	Workspace workspace.Config
	Version   string   // of the program, for Status
	Folders   []string // absolute paths, as the client spells them
	Encoding  Encoding // empty: UTF-16
	Settings  Settings
	Waits     Waits // zero: DefaultWaits
	Events    Events

	// Canonical returns the canonical path of a folder, and may never return. Nil:
	// workspace.Canonical.
	Canonical func(folder string) (string, error)
}

// Waits are how long a session waits, at most, for what may never come.
type Waits struct {
	// Empty is how long an answer that would be empty waits for scans to end: a client that
	// asks so early would take an empty answer for the final one.
	Empty time.Duration

	// Folder is how long the workspace waits for the file system of a folder before it goes
	// on with the others. Asking takes some microseconds; a disk that spins up or an
	// automatic mount takes seconds, and its folder comes later.
	Folder time.Duration

	// Settle is how long an answer waits for files just saved to be read again, which takes
	// some milliseconds. It is short because a disk may hang.
	Settle time.Duration

	// Tree is how long an answer waits for a document to be parsed, which takes 20 ms for
	// 100 KB. Then it is made without its syntax tree, coarser.
	Tree time.Duration
}

// DefaultWaits are those of a session whose client is a person's editor.
func DefaultWaits() Waits {
	return Waits{Empty: 2 * time.Second, Folder: time.Second / 2, Settle: 100 * time.Millisecond, Tree: 500 * time.Millisecond}
}

// Events are called by a session from the goroutines of OpenFolders and Run. Nil functions
// are not called.
type Events struct {
	// ScanBegins is called when a scan of all folders begins. Of the functions that it
	// returns, progress is called every 100 ms, and ended once.
	ScanBegins func(context.Context) (progress func(scan.Progress), ended func(scan.Report))

	// BadFolders is called with the reasons why some folders cannot be used.
	BadFolders func(error)
}

// Session answers one client. It is safe for concurrent use.
type Session struct {
	options   Options
	log       *slog.Logger
	engine    *contents.Engine
	workspace *workspace.Workspace

	documents documents
	buffers   *buffers
	folders   folders
	resolver  *resolver
	hints     hints
	scans     scans
	services  services

	turns    chan struct{} // has a token for each question that is worked on
	opened   chan struct{} // closed when the first folders are known to the workspace
	patience chan struct{} // closed when no answer waits for that any more
}

// New returns a session without documents. It looks at no disk: OpenFolders does, and Run
// keeps what is known of the folders up to date.
func New(options Options) *Session {
	options.Encoding = cmp.Or(options.Encoding, protocol.PositionEncodingKindUTF16)
	if options.Waits == (Waits{}) {
		options.Waits = DefaultWaits()
	}
	if options.Canonical == nil {
		options.Canonical = workspace.Canonical
	}
	log := options.Engine.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	engine := contents.NewEngine(options.Engine)
	s := &Session{
		options:   options,
		log:       log,
		engine:    engine,
		workspace: workspace.Empty(engine, options.Workspace),
		buffers:   newBuffers(),
		folders:   newFolders(options.Folders, Look{options.Workspace.Settings, options.Engine.MaxFileSize}),
		hints:     newHints(),
		scans:     newScans(),
		services:  newServices(options.Settings),
		turns:     make(chan struct{}, MaxConcurrent),
		opened:    make(chan struct{}),
		patience:  make(chan struct{}),
	}
	s.documents.trees = newTrees(engine, log, options.Waits.Tree, maxTrees)
	s.resolver = newResolver(options.Canonical, s.wakeFolders)
	time.AfterFunc(options.Waits.Empty, func() { close(s.patience) })
	return s
}

// Close closes the index files, and drops what is known of documents. It is called after Run
// has returned.
func (s *Session) Close() {
	s.documents.trees.close()
	s.workspace.Close()
}

// Encoding returns the unit of columns.
func (s *Session) Encoding() Encoding { return s.options.Encoding }

// turn waits until a question may be worked on; done is called when that is over. Nobody
// holds a turn while waiting for anything but the processor and the disk.
func (s *Session) turn(ctx context.Context) (done func(), err error) {
	defer timing.In(ctx, timing.Queue)()
	select {
	case s.turns <- struct{}{}:
		return func() { <-s.turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// InvalidError is a question that cannot be answered because of a mistake in it.
type InvalidError string

func (e InvalidError) Error() string { return string(e) }

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
