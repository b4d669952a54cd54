package lsp

import "context"

// methodStatus is a request that only we have. It has no params; its answer is an
// answers.Status.
const methodStatus = "symcache/status"

// status answers symcache/status.
func (s *Server) status(context.Context, *Message) (any, error) { return s.session.Status(), nil }
