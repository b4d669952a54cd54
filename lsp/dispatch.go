package lsp

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"sync"
	"time"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/timing"
)

const (
	// maxConcurrent bounds the requests at work; the others wait, and can be
	// cancelled while they do. It is far above what an editor has at work at once,
	// and bounds the memory of answers.
	maxConcurrent = 32

	// maxInFlight bounds the requests that have no answer yet, a few KB each. What
	// is above is refused: an editor has tens.
	maxInFlight = 4096
)

// codeRequestFailed is the code of LSP for requests that are right and could not
// be answered.
const codeRequestFailed jsonrpc2.Code = -32803

// request is a method that is answered. It gets the open documents as they were
// when the request was read.
type request func(ctx context.Context, docs snapshot, params jsonrpc2.RawMessage) (any, error)

// notification is a method that is not answered; the next message is read when
// it returns.
type notification func(params jsonrpc2.RawMessage) error

func (s *Server) requests() map[string]request {
	all := map[string]request{
		protocol.MethodTextDocumentDocumentSymbol:    decoded(s.DocumentSymbol),
		protocol.MethodTextDocumentDefinition:        decoded(s.Definition),
		protocol.MethodTextDocumentDeclaration:       decoded(s.Declaration),
		protocol.MethodTextDocumentHover:             decoded(s.Hover),
		protocol.MethodTextDocumentDocumentHighlight: decoded(s.DocumentHighlight),
		protocol.MethodTextDocumentFoldingRange:      decoded(s.FoldingRange),
		protocol.MethodTextDocumentSelectionRange:    decoded(s.SelectionRange),
		protocol.MethodWorkspaceSymbol:               decoded(s.WorkspaceSymbol),
	}
	for _, f := range featureList() {
		all[f.method] = s.unlessOff(f.name, all[f.method])
	}
	all[protocol.MethodWorkspaceSymbolResolve] = decoded(s.WorkspaceSymbolResolve, "location", "uri")
	all[protocol.MethodWorkspaceExecuteCommand] = decoded(s.ExecuteCommand)
	all[methodStatus] = func(context.Context, snapshot, jsonrpc2.RawMessage) (any, error) { return s.Status(), nil }
	return all
}

// unlessOff makes a request answer null where its feature is not served, be it for
// all languages or for that of the document.
func (s *Server) unlessOff(feature string, answer request) request {
	return func(ctx context.Context, docs snapshot, raw jsonrpc2.RawMessage) (any, error) {
		served := len(s.switches.served(feature)) > 0
		if uri := documentURI(raw); served && uri != "" {
			served = s.switches.serves(feature, languageOf(docs, uri))
		}
		if !served {
			return nil, nil
		}
		return answer(ctx, docs, raw)
	}
}

func (s *Server) notifications() map[string]notification {
	return map[string]notification{
		protocol.MethodInitialized:                        s.initialized,
		protocol.MethodTextDocumentDidOpen:                s.didOpen,
		protocol.MethodTextDocumentDidChange:              s.didChange,
		protocol.MethodTextDocumentDidSave:                s.didSave,
		protocol.MethodTextDocumentDidClose:               s.didClose,
		protocol.MethodWorkspaceDidChangeConfiguration:    s.didChangeConfiguration,
		protocol.MethodWorkspaceDidChangeWatchedFiles:     s.didChangeWatchedFiles,
		protocol.MethodWorkspaceDidCreateFiles:            s.didOperateOnFiles,
		protocol.MethodWorkspaceDidRenameFiles:            s.didOperateOnFiles,
		protocol.MethodWorkspaceDidDeleteFiles:            s.didOperateOnFiles,
		protocol.MethodWorkspaceDidChangeWorkspaceFolders: s.didChangeWorkspaceFolders,
		protocol.MethodSetTrace:                           s.setTrace,
		protocol.MethodWindowWorkDoneProgressCancel:       s.cancelProgress,
		methodYield:  func(raw jsonrpc2.RawMessage) error { return s.yieldMessage(methodYield, raw) },
		methodResume: func(raw jsonrpc2.RawMessage) error { return s.yieldMessage(methodResume, raw) },
	}
}

// decoded makes a request of a method with typed params. It gets the URI at a path
// of members, textDocument.uri unless told otherwise, as the client spells it.
func decoded[P, R any](answer func(context.Context, snapshot, string, *P) (R, error), uriPath ...string) request {
	return func(ctx context.Context, docs snapshot, raw jsonrpc2.RawMessage) (any, error) {
		params := new(P)
		if err := unmarshal(raw, params); err != nil {
			return nil, err
		}
		uri := documentURI(raw)
		if len(uriPath) > 0 {
			uri = memberString(raw, uriPath...)
		}
		result, err := answer(ctx, docs, uri, params)
		if v := reflect.ValueOf(result); v.Kind() == reflect.Slice && v.IsNil() {
			return nil, err // null: not known, which is not the same as none
		}
		return result, err
	}
}

// unmarshal decodes params; the error is an answer to the client.
func unmarshal(raw jsonrpc2.RawMessage, params any) error {
	if len(raw) == 0 {
		raw = jsonrpc2.RawMessage("{}")
	}
	if err := protocol.Unmarshal(raw, params); err != nil {
		return jsonrpc2.Errorf(jsonrpc2.InvalidParams, "invalid params: %v", err)
	}
	return nil
}

// handler returns the handler of all messages. It runs on the read loop; what
// is after jsonrpc2.Async does not.
func (s *Server) handler() jsonrpc2.Handler {
	requests, notifications := s.requests(), s.notifications()
	inFlight := cancellers{cancel: make(map[jsonrpc2.ID]context.CancelFunc)}

	return func(ctx context.Context, req *jsonrpc2.Request) (result any, err error) {
		if !req.IsCall() {
			// An error would close the connection; no notification is worth that.
			if err := s.notify(req, notifications, &inFlight); err != nil {
				s.log.Warn("notification failed", "method", req.Method(), "err", err)
			}
			return nil, nil
		}
		if err := s.admit(req.Method()); err != nil {
			return nil, err
		}
		switch req.Method() {
		// These decide about what follows them, so they are done before it is read.
		case protocol.MethodInitialize:
			return s.guard(req.Method(), func() (any, error) { return s.initialize(req.Params()) })
		case protocol.MethodShutdown:
			s.shutdown()
			return nil, nil
		case methodYield, methodResume:
			return s.guard(req.Method(), func() (any, error) { return nil, s.yieldMessage(req.Method(), req.Params()) })
		}
		answer, ok := requests[req.Method()]
		if !ok {
			return nil, jsonrpc2.Errorf(jsonrpc2.MethodNotFound, "method %q is not supported", req.Method())
		}

		begin, docs := time.Now(), s.documents.snapshot()
		id := req.ID()
		// Not a child of ctx, which is reused for another request when this returns.
		working, cancel := context.WithCancel(jsonrpc2.DetachContext(ctx))
		defer cancel()
		if err := inFlight.add(id, cancel); err != nil {
			return nil, err
		}
		defer inFlight.remove(id)
		jsonrpc2.Async(ctx)

		method, params := req.Method(), req.Params() // an answer may outlive the request
		working, ended := s.times.Begin(working, method)
		result, err = untilDone(working, func() (any, error) {
			return s.guard(method, func() (any, error) { return answer(working, docs, params) })
		})
		ended(err)
		s.traced(req, begin, err)
		switch {
		case errors.Is(err, context.Canceled):
			return nil, protocol.ErrRequestCancelled
		case err != nil && !errors.As(err, new(*jsonrpc2.Error)):
			return nil, jsonrpc2.NewError(codeRequestFailed, err.Error())
		}
		return result, err
	}
}

// untilDone returns what f does, or the error of ctx when that ends first: f may wait for
// a disk that hangs. It runs on then, and holds its turn, see begin.
func untilDone(ctx context.Context, f func() (any, error)) (any, error) {
	type answer struct {
		result any
		err    error
	}
	answered := make(chan answer, 1)
	go func() {
		result, err := f()
		answered <- answer{result, err}
	}()
	select {
	case a := <-answered:
		return a.result, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// admit returns an error that answers the request where its method may not be called at
// this point of the server's life.
func (s *Server) admit(method string) error {
	state := s.state.Load()
	switch {
	case state == shutDown:
		return jsonrpc2.NewError(jsonrpc2.InvalidRequest, "server is shut down: only exit may follow")
	case method == protocol.MethodInitialize:
		if state != created {
			return jsonrpc2.NewError(jsonrpc2.InvalidRequest, "server is initialized already")
		}
	case state == created:
		return jsonrpc2.NewError(jsonrpc2.ServerNotInitialized, "server is not initialized: initialize must be first")
	}
	return nil
}

func (s *Server) notify(req *jsonrpc2.Request, known map[string]notification, inFlight *cancellers) error {
	method := req.Method()
	switch method {
	case protocol.MethodExit:
		code := 1
		if s.state.Load() == shutDown {
			code = 0
		}
		s.exit(code)
		return nil
	case protocol.MethodCancelRequest:
		return inFlight.cancelRequest(req.Params())
	}
	if state := s.state.Load(); state == created || state == shutDown {
		return nil // to be dropped, says the protocol
	}
	handle, ok := known[method]
	if !ok {
		s.log.Debug("notification ignored", "method", method)
		return nil
	}
	_, err := s.guard(method, func() (any, error) { return nil, handle(req.Params()) })
	return err
}

// guard turns a panic into an error: it would end the connection.
func (s *Server) guard(method string, f func() (any, error)) (result any, err error) {
	defer func() {
		if r := recover(); r != nil {
			s.log.Error("panic", "method", method, "panic", r, "stack", string(debug.Stack()))
			result, err = nil, jsonrpc2.Errorf(jsonrpc2.InternalError, "internal error: %v", r)
		}
	}()
	return f()
}

// begin waits until a request may be at work; end is called when it is not any
// more. A request that waits for something else than the processor is not.
func (s *Server) begin(ctx context.Context) (end func(), err error) {
	defer timing.In(ctx, timing.Queue)()
	select {
	case s.working <- struct{}{}:
		return func() { <-s.working }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// cancellers are the requests in flight.
type cancellers struct {
	mu     sync.Mutex
	cancel map[jsonrpc2.ID]context.CancelFunc
}

// add notes a request; the error is an answer to the client.
func (c *cancellers) add(id jsonrpc2.ID, cancel context.CancelFunc) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.cancel[id]; ok {
		return jsonrpc2.Errorf(jsonrpc2.InvalidRequest, "another request with id %q has no answer yet", id)
	}
	if len(c.cancel) == maxInFlight {
		return jsonrpc2.Errorf(codeRequestFailed, "%d requests have no answer yet: no more are taken", maxInFlight)
	}
	c.cancel[id] = cancel
	return nil
}

func (c *cancellers) remove(id jsonrpc2.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.cancel, id)
}

// cancelRequest handles $/cancelRequest. The reply is given by the request.
func (c *cancellers) cancelRequest(raw jsonrpc2.RawMessage) error {
	var params protocol.CancelParams
	if err := unmarshal(raw, &params); err != nil {
		return err
	}
	var id jsonrpc2.ID
	switch v := params.ID.(type) {
	case protocol.Integer:
		id = jsonrpc2.NewNumberID(int64(v))
	case protocol.String:
		id = jsonrpc2.NewStringID(string(v))
	default:
		return fmt.Errorf("id %v is neither number nor string", params.ID)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if cancel, ok := c.cancel[id]; ok {
		cancel()
	}
	return nil
}
