package lsp

import (
	"context"
	"errors"
	"fmt"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/workspace"
)

// The commands of workspace/executeCommand. None has arguments.
const (
	commandWarm   = "symcache.warm"   // looks at all files and stores what the cache lacks; the answer is a workspace.Report
	commandClear  = "symcache.clear"  // empties the cache; the answer is a Cleared
	commandStatus = "symcache.status" // the answer is a Status
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

// ExecuteCommand answers workspace/executeCommand. The long ones report progress,
// and can be cancelled as a request and as a progress.
func (s *Server) ExecuteCommand(ctx context.Context, _ snapshot, _ string, params *protocol.ExecuteCommandParams) (any, error) {
	switch params.Command {
	case commandWarm:
		return s.withProgress(ctx, "Indexing symbols", params.WorkDoneToken, func(ctx context.Context, w *workDone) (any, string, error) {
			defer s.workspace.Hurry()() // somebody looks at its progress
			select {
			case <-s.roots.known:
			case <-ctx.Done():
				return nil, "", ctx.Err()
			}
			report, err := s.workspace.Refill(ctx, func(p workspace.Progress) {
				s.scan.set(p)
				w.report(p)
			})
			if err == nil {
				s.scan.note(&report)
				s.tellStatus(ctx)
			}
			return &report, fmt.Sprintf("%d symbols in %d files", report.Symbols, report.Parsed+report.Reused), err
		})
	case commandClear:
		store := s.options.Engine.Store
		if store == nil {
			return nil, errors.New("there is no cache")
		}
		return s.withProgress(ctx, "Clearing the cache", params.WorkDoneToken, func(ctx context.Context, _ *workDone) (any, string, error) {
			removed, err := store.Clear(ctx)
			cleared := Cleared(removed)
			return &cleared, fmt.Sprintf("%d summaries removed", removed.Entries), err
		})
	case commandStatus:
		return s.Status(), nil
	}
	return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "no command %q", params.Command)
}

// withProgress does some work, until the server is shut down; the message is for people,
// at its end.
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
