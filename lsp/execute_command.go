package lsp

import (
	"context"
	"errors"
	"fmt"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/answers"
)

// The commands of workspace/executeCommand. None has arguments.
const (
	commandWarm   = "symcache.warm"   // looks at all files and stores what the cache lacks; the answer is a scan.Report
	commandClear  = "symcache.clear"  // empties the cache; the answer is a Cleared
	commandStatus = "symcache.status" // the answer is an answers.Status
)

func commands() []string { return []string{commandWarm, commandClear, commandStatus} }

// Cleared is what symcache.clear has removed.
type Cleared struct {
	Entries    int   `json:"entries"`
	Packs      int   `json:"packs"`
	Workspaces int   `json:"workspaces"`
	Bytes      int64 `json:"bytes"`
	Left       int   `json:"left"` // files that are in use: Windows does not remove them
}

// executeCommand answers workspace/executeCommand. The long commands report progress, and
// can be cancelled as a request and as a progress.
func (s *Server) executeCommand(ctx context.Context, _ answers.Snapshot, _ string, params *protocol.ExecuteCommandParams) (any, error) {
	switch params.Command {
	case commandWarm:
		return s.withProgress(ctx, "Indexing symbols", params.WorkDoneToken, s.warm)
	case commandClear:
		if s.options.Engine.Store == nil {
			return nil, errors.New("there is no cache")
		}
		return s.withProgress(ctx, "Clearing the cache", params.WorkDoneToken, s.clear)
	case commandStatus:
		return s.session.Status(), nil
	}
	return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "no command %q", params.Command)
}

func (s *Server) warm(ctx context.Context, w *workDone) (result any, message string, err error) {
	report, err := s.session.Refill(ctx, w.report)
	if err == nil {
		s.tellStatus(ctx)
	}
	return &report, scanResult(&report), err
}

func (s *Server) clear(ctx context.Context, _ *workDone) (result any, message string, err error) {
	removed, err := s.options.Engine.Store.Clear(ctx)
	cleared := Cleared(removed)
	return &cleared, fmt.Sprintf("%d summaries removed", removed.Entries), err
}

// withProgress does some work, until the server is shut down. The message is for people, at
// the end of the progress.
func (s *Server) withProgress(ctx context.Context, title string, token protocol.ProgressToken,
	work func(context.Context, *workDone) (result any, message string, err error)) (any, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.background, cancel)()
	w := s.beginProgress(title, token, cancel)
	result, message, err := work(ctx, w)
	if err != nil {
		message = err.Error()
	}
	w.end(message)
	if err != nil {
		return nil, err
	}
	return result, nil
}
