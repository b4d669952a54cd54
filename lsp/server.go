package lsp

import (
	"context"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/answers"
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
	table   Table
	conn    connection // nil: requests are answered, and nothing else is sent

	// asked is what the session begins with, but for what initialize says.
	asked answers.Options
	// stopWait is how long the end waits for work in the background. That work may never
	// end, where it writes to a client that has stopped reading or a disk hangs. Cutting it
	// short does no harm: the cache survives that at any moment. A signal has to end the
	// program within a second, and there are two such waits.
	stopWait time.Duration

	// The following is set by initialize, before any other message is looked at.
	session *answers.Session
	client  clientCapabilities
	initial Settings    // before the client's configuration
	parent  *os.Process // the client's; nil: unknown

	state    atomic.Int32             // a lifecycle
	settings atomic.Pointer[Settings] // as they hold
	inFlight *inFlight
	refused  atomic.Bool // the user knows that a folder is refused
	alone    atomic.Bool // the user knows that no folder is open

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
	opened     chan struct{} // closed by initialize, which makes the session
	started    chan struct{} // closed by initialized
	exited     chan int      // gets the exit code
}

// connection is what a Server needs of a connection to its client.
type connection interface {
	Call(ctx context.Context, method string, params, result any) (jsonrpc2.ID, error)
	Notify(ctx context.Context, method string, params any) error
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
		stopWait:   400 * time.Millisecond,
		inFlight:   newInFlight(),
		outbox:     make(chan note, maxOutbox),
		configure:  make(chan struct{}, 1),
		progresses: progresses{cancel: make(map[protocol.ProgressToken]context.CancelFunc)},
		opened:     make(chan struct{}),
		started:    make(chan struct{}),
		exited:     make(chan int, 1),
	}
	s.clientLog = newClientLog(options.Logger.Handler(), s.post)
	s.log = slog.New(s.clientLog)
	s.options.Engine.Logger = s.log
	s.times = timing.NewRecorder(options.Slow, s.log)
	s.asked = answers.Options{
		Version: options.Version,
		Waits:   answers.DefaultWaits(),
		Events:  answers.Events{ScanBegins: s.scanBegins, BadFolders: s.tellBadFolders},
	}
	s.table = s.newTable()
	s.background, s.stop = context.WithCancel(context.Background())
	return s
}

// Table returns what handles each method. It may be changed until Serve is called.
func (s *Server) Table() Table { return s.table }

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
		case <-time.After(s.stopWait):
			s.log.Warn("not all work has ended; the client may have stopped reading")
		}
	}()
	conn.Go(connected, s.dispatch)
	select {
	case code := <-s.exited:
		return code
	case <-conn.Done():
	case <-connected.Done():
		// Answers end now, unless one is being written to a client that does not read.
		select {
		case <-conn.Done():
		case <-ctx.Done():
			return 1
		case <-time.After(s.stopWait):
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
