package lsp

import (
	"context"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/answers"
)

// Message is a request or a notification of the client. The method and the params of one
// that is handled in order are valid until its handler returns.
type Message struct {
	Method string
	Params jsonrpc2.RawMessage // as they came; they must not be changed

	ID        jsonrpc2.ID      // of a request
	Documents answers.Snapshot // open when a request was read that is not handled in order
}

// Handler handles messages. Its result, or its error, answers a request; a result of type
// jsonrpc2.RawMessage is passed on as it is. The result of a notification is dropped and its
// error is logged.
type Handler func(ctx context.Context, m *Message) (result any, err error)

// Route says what answers the requests of a method.
type Route struct {
	Handle Handler

	// InOrder has the next message read when a request has been answered, as is done with
	// all notifications: it decides about what follows. Such a handler waits for nothing.
	// The requests of other routes are answered at the same time.
	InOrder bool
}

// Table says what handles each method. A program that embeds the server, such as a proxy,
// may wrap, add, replace and remove entries until Serve is called.
type Table struct {
	Requests      map[string]Route
	Notifications map[string]Handler
}

// AnyMethod is the entry for methods without one of their own. A handler there can pass
// messages on to another server.
const AnyMethod = "*"

// WrapRequests puts a handler around that of a route.
func (t Table) WrapRequests(method string, with func(next Handler) Handler) {
	route := t.Requests[method]
	route.Handle = with(route.Handle)
	t.Requests[method] = route
}

// lookup returns the entry of a method in one of the maps of a table.
func lookup[Entry any](entries map[string]Entry, method string) Entry {
	if entry, ok := entries[method]; ok {
		return entry
	}
	return entries[AnyMethod]
}

// newTable returns the table of the server.
func (s *Server) newTable() Table {
	t := Table{Requests: s.requests(), Notifications: s.notifications()}
	for _, f := range features() {
		t.WrapRequests(f.method, func(next Handler) Handler { return s.unlessOff(f.name, next) })
	}
	return t
}

func (s *Server) requests() map[string]Route {
	return map[string]Route{
		protocol.MethodInitialize: {Handle: s.initialize, InOrder: true},
		protocol.MethodShutdown:   {Handle: plain(s.shutdown), InOrder: true},

		protocol.MethodTextDocumentDocumentSymbol:    {Handle: decoded(s.documentSymbol)},
		protocol.MethodTextDocumentDefinition:        {Handle: decoded(s.definition)},
		protocol.MethodTextDocumentDeclaration:       {Handle: decoded(s.declaration)},
		protocol.MethodTextDocumentHover:             {Handle: decoded(s.hover)},
		protocol.MethodTextDocumentDocumentHighlight: {Handle: decoded(s.documentHighlight)},
		protocol.MethodTextDocumentFoldingRange:      {Handle: decoded(s.foldingRange)},
		protocol.MethodTextDocumentSelectionRange:    {Handle: decoded(s.selectionRange)},

		protocol.MethodWorkspaceSymbol:         {Handle: decoded(s.workspaceSymbol)},
		protocol.MethodWorkspaceSymbolResolve:  {Handle: decoded(s.workspaceSymbolResolve, "location", "uri")},
		protocol.MethodWorkspaceExecuteCommand: {Handle: decoded(s.executeCommand)},

		methodKinds:  {Handle: decoded(s.kinds)},
		methodStatus: {Handle: s.status},
		methodYield:  {Handle: plain(s.yield), InOrder: true},
		methodResume: {Handle: plain(s.resume), InOrder: true},

		AnyMethod: {Handle: func(_ context.Context, m *Message) (any, error) {
			return nil, jsonrpc2.Errorf(jsonrpc2.MethodNotFound, "method %q is not supported", m.Method)
		}, InOrder: true},
	}
}

func (s *Server) notifications() map[string]Handler {
	return map[string]Handler{
		protocol.MethodInitialized:   plain(s.initialized),
		protocol.MethodExit:          plain(s.exit),
		protocol.MethodCancelRequest: plain(s.inFlight.cancelRequest),
		protocol.MethodSetTrace:      plain(s.setTrace),

		protocol.MethodTextDocumentDidOpen:   plain(s.didOpen),
		protocol.MethodTextDocumentDidChange: plain(s.didChange),
		protocol.MethodTextDocumentDidSave:   plain(s.didSave),
		protocol.MethodTextDocumentDidClose:  plain(s.didClose),

		protocol.MethodWorkspaceDidChangeConfiguration:    plain(s.didChangeConfiguration),
		protocol.MethodWorkspaceDidChangeWatchedFiles:     plain(s.didChangeWatchedFiles),
		protocol.MethodWorkspaceDidCreateFiles:            plain(s.didOperateOnFiles),
		protocol.MethodWorkspaceDidRenameFiles:            plain(s.didOperateOnFiles),
		protocol.MethodWorkspaceDidDeleteFiles:            plain(s.didOperateOnFiles),
		protocol.MethodWorkspaceDidChangeWorkspaceFolders: plain(s.didChangeWorkspaceFolders),
		protocol.MethodWindowWorkDoneProgressCancel:       plain(s.cancelProgress),

		methodYield:  plain(s.yield),
		methodResume: plain(s.resume),

		AnyMethod: func(_ context.Context, m *Message) (any, error) {
			s.log.Debug("notification ignored", "method", m.Method)
			return nil, nil
		},
	}
}

// unlessOff makes a request answer null where its feature is not served: for no language,
// or not for that of the document.
func (s *Server) unlessOff(feature string, next Handler) Handler {
	return func(ctx context.Context, m *Message) (any, error) {
		if !s.session.Serves(feature, m.Documents, documentURI(m.Params)) {
			return nil, nil
		}
		return next(ctx, m)
	}
}
