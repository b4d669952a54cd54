package lsp

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/timing"
	"github.com/symcache/symcache/lsp/workspace"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// Options are what a Server starts with. The client may override some of Engine and
// Workspace in its initialize request, see Settings.
type Options struct {
	Engine    contents.Config
	Workspace workspace.Config
	Version   string // of the program, for serverInfo
	Logger    *slog.Logger
	// Slow is how long a request takes at least to be logged with its phases. 0: timing.DefaultSlow.
	Slow time.Duration
}

// Server answers one client.
type Server struct {
	options Options
	log     *slog.Logger
	conn    client // nil: answers work, nothing is told unasked

	waits waits

	// The following is set by initialize, before any other message is looked at.
	features  features
	encoding  encoding
	initial   Settings    // before the client's configuration
	parent    *os.Process // the client's; nil: unknown
	engine    *contents.Engine
	workspace *workspace.Workspace

	state     atomic.Int32  // a lifecycle
	working   chan struct{} // has a token per request at work
	documents documents
	overlay   *overlay
	roots     folders
	resolver  *resolver
	hints     hints
	scan      scanState
	refused   atomic.Bool // the user knows that a folder is
	switches  switches

	times      *timing.Recorder
	clientLog  *clientLog
	trace      atomic.Value  // a protocol.TraceValue
	outbox     chan note     // notifications to be sent
	configure  chan struct{} // has a token when the configuration is to be fetched
	progresses progresses

	// background is what runs besides requests; stop ends it.
	background context.Context
	stop       context.CancelFunc
	startOnce  sync.Once
	named      chan struct{} // closed by initialize, which names the folders
	patience   chan struct{} // closed when no answer waits for the folders any more
	started    chan struct{} // closed by initialized
	exited     chan int      // gets the exit code
}

// client is what a Server needs of a connection.
type client interface {
	Call(ctx context.Context, method string, params, result any) (jsonrpc2.ID, error)
	Notify(ctx context.Context, method string, params any) error
}

// waits are how long a server waits, at most, for what may never come.
type waits struct {
	// Empty is how long an answer that would be empty waits for scans to end: what asks
	// so early takes nothing for the truth.
	Empty time.Duration

	// Root is how long the workspace waits for the file system of one of its folders; it
	// goes on with the others then. Asking takes some microseconds; a disk that spins up
	// or an automatic mount takes seconds, and its folder comes later.
	Root time.Duration

	// Settle is how long an answer waits for files just saved to be read again, which
	// takes some milliseconds. Not longer: a disk may hang.
	Settle time.Duration

	// Stop is how long the end waits for work in the background. It is cut short without
	// harm: the cache survives that at any moment. But it may never end, where it writes
	// to a client that has stopped reading, and a disk may hang. A signal has to end the
	// program within a second, and there are two such waits.
	Stop time.Duration
}

// lifecycle of a server, in this order.
const (
	created int32 = iota
	running
	shutDown
)

// NewServer returns a server that waits for its initialize request.
func NewServer(options Options) *Server {
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{
		options:    options,
		waits:      waits{Empty: 2 * time.Second, Root: time.Second / 2, Settle: 100 * time.Millisecond, Stop: 400 * time.Millisecond},
		encoding:   protocol.PositionEncodingKindUTF16,
		working:    make(chan struct{}, maxConcurrent),
		overlay:    newOverlay(),
		roots:      newFolders(),
		hints:      newHints(),
		scan:       newScanState(),
		switches:   newSwitches(),
		outbox:     make(chan note, maxOutbox),
		configure:  make(chan struct{}, 1),
		progresses: progresses{cancel: make(map[protocol.ProgressToken]context.CancelFunc)},
		named:      make(chan struct{}),
		patience:   make(chan struct{}),
		started:    make(chan struct{}),
		exited:     make(chan int, 1),
	}
	s.resolver = newResolver(s.wakeRoots)
	s.clientLog = newClientLog(options.Logger.Handler(), s.post)
	s.log = slog.New(s.clientLog)
	s.options.Engine.Logger = s.log
	s.times = timing.NewRecorder(options.Slow, s.log)
	s.background, s.stop = context.WithCancel(context.Background())
	return s
}

// Serve answers the client at the other end of in and out until it exits or
// goes away, or ctx ends. It returns the exit code that LSP asks for: 0 after
// shutdown and exit, else 1. Closing in and out ends what still reads them.
func (s *Server) Serve(ctx context.Context, in io.ReadCloser, out io.Writer) (exitCode int) {
	defer s.times.Flush()
	// The end of the stream ends the requests at work: nobody waits for them.
	connected, disconnect := context.WithCancel(ctx)
	defer disconnect()
	conn := jsonrpc2.NewConn(newStream(in, out, in, s.log, disconnect), jsonrpc2.WithCodec(codec{}))
	s.conn = conn
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.inBackground()
	}()
	defer func() {
		s.stop()
		select {
		case <-ended:
		case <-time.After(s.waits.Stop):
			s.log.Warn("not all work has ended; the client may have stopped reading")
		}
	}()
	conn.Go(connected, s.handler())
	select {
	case code := <-s.exited:
		return code
	case <-conn.Done():
	case <-connected.Done():
		// What was being answered ends now, unless that is written to who does not read.
		select {
		case <-conn.Done():
		case <-ctx.Done():
			return 1
		case <-time.After(s.waits.Stop):
		}
	}
	select {
	case code := <-s.exited:
		return code
	default:
	}
	if err := conn.Err(); err != nil {
		s.log.Error("connection lost", "err", err)
	} else {
		s.log.Info("client went away without exit")
	}
	return 1
}

// exit ends Serve.
func (s *Server) exit(code int) {
	select {
	case s.exited <- code:
	default: // it has been said
	}
}

// codec encodes the params and results of the protocol's types.
type codec struct{}

func (codec) Marshal(v any) ([]byte, error) {
	if raw, ok := v.(jsonrpc2.RawMessage); ok {
		return raw, nil
	}
	return protocol.Marshal(v)
}

func (codec) Unmarshal(data []byte, v any) error {
	if raw, ok := v.(*jsonrpc2.RawMessage); ok {
		*raw = bytes.Clone(data)
		return nil
	}
	return protocol.Unmarshal(data, v)
}
