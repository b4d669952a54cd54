package lsp

import (
	"context"
	"fmt"
)

// methodServerStatus is a notification that rust-analyzer began with. It says whether the
// answers are complete.
const methodServerStatus = "experimental/serverStatus"

// ServerStatus are the params of experimental/serverStatus.
type ServerStatus struct {
	Health    string `json:"health"` // ok, warning or error
	Quiescent bool   `json:"quiescent"`
	Message   string `json:"message,omitempty"`
}

// tellStatus sends the status to a client that wants to know it.
func (s *Server) tellStatus(ctx context.Context) {
	if s.conn == nil || !s.client.serverStatus {
		return
	}
	if err := s.conn.Notify(ctx, methodServerStatus, s.serverStatus()); err != nil {
		s.log.Debug("cannot tell the status", "err", err)
	}
}

func (s *Server) serverStatus() ServerStatus {
	ready, report := s.session.Readiness()
	status := ServerStatus{Health: "ok", Quiescent: ready}
	switch {
	case !ready:
		status.Message = "looking at files"
	case s.options.Engine.Store == nil || s.options.Engine.Store.Dir() == "":
		status.Health, status.Message = "warning", "working without a cache"
	case report != nil && report.Failed > 0:
		status.Health, status.Message = "warning", fmt.Sprintf("%d files could not be read", report.Failed)
	}
	return status
}
