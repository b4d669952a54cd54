package lsp

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/answers"
)

// codeRequestFailed is the code of LSP for requests that are right and could not be
// answered.
const codeRequestFailed jsonrpc2.Code = -32803

// dispatch handles a message with what the table has for its method. It runs on the read
// loop up to jsonrpc2.Async.
func (s *Server) dispatch(ctx context.Context, req *jsonrpc2.Request) (result any, err error) {
	// The method and the params are valid until dispatch returns.
	m := &Message{Method: req.Method(), Params: req.Params(), ID: req.ID()}
	if !req.IsCall() {
		// An error would close the connection; no notification is worth that.
		if err := s.notify(ctx, m); err != nil {
			s.log.Warn("notification failed", "method", m.Method, "err", err)
		}
		return nil, nil
	}
	if err := s.admit(m.Method); err != nil {
		return nil, err
	}
	route := lookup(s.table.Requests, m.Method)
	if route.InOrder {
		result, err = s.guard(m.Method, func() (any, error) { return route.Handle(ctx, m) })
		return result, responseError(err)
	}

	begin := time.Now()
	m.Documents = s.session.Snapshot()
	// Not a child of ctx, which is reused for another request when dispatch returns.
	working, cancel := context.WithCancel(jsonrpc2.DetachContext(ctx))
	defer cancel()
	if err := s.inFlight.add(m.ID, cancel); err != nil {
		return nil, err
	}
	defer s.inFlight.remove(m.ID)
	jsonrpc2.Async(ctx)
	m.Method, m.Params = req.Method(), req.Params() // which are copies now, and may outlive the request

	working, ended := s.times.Begin(working, m.Method)
	result, err = untilDone(working, func() (any, error) {
		return s.guard(m.Method, func() (any, error) { return route.Handle(working, m) })
	})
	ended(err)
	s.traced(m, begin, err)
	return result, responseError(err)
}

// responseError returns an error with the code that the protocol has for it.
func responseError(err error) error {
	var invalid answers.InvalidError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return protocol.ErrRequestCancelled
	case errors.As(err, new(*jsonrpc2.Error)):
		return err
	case errors.As(err, &invalid):
		return jsonrpc2.NewError(jsonrpc2.InvalidParams, err.Error())
	}
	return jsonrpc2.NewError(codeRequestFailed, err.Error())
}

// untilDone returns what f does, or the error of ctx when that ends first: f may wait for a
// disk that hangs. Then f runs on, and keeps what it holds.
func untilDone(ctx context.Context, f func() (any, error)) (any, error) {
	type outcome struct {
		result any
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		result, err := f()
		done <- outcome{result, err}
	}()
	select {
	case o := <-done:
		return o.result, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// admit returns an error that answers a request whose method may not be called at this
// point of the server's life.
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

// notify handles a notification. Before initialize and after shutdown it drops all but two
// of them, as the protocol wants it.
func (s *Server) notify(ctx context.Context, m *Message) error {
	always := m.Method == protocol.MethodExit || m.Method == protocol.MethodCancelRequest
	if !always && s.state.Load() != running {
		return nil
	}
	handle := lookup(s.table.Notifications, m.Method)
	_, err := s.guard(m.Method, func() (any, error) { return handle(ctx, m) })
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
