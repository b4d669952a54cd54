package lsp

import (
	"fmt"
	"time"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// setTrace switches the traces of requests that the client gets on or off.
func (s *Server) setTrace(raw jsonrpc2.RawMessage) error {
	var params protocol.SetTraceParams
	if err := unmarshal(raw, &params); err != nil {
		return err
	}
	switch params.Value {
	case protocol.TraceValueOff, protocol.TraceValueMessages, protocol.TraceValueVerbose:
		s.trace.Store(params.Value)
		return nil
	}
	return fmt.Errorf("no trace value %q", params.Value)
}

// traced sends a trace of a request that was answered, if the client wants traces.
func (s *Server) traced(m *Message, begin time.Time, err error) {
	level, _ := s.trace.Load().(protocol.TraceValue)
	if level != protocol.TraceValueMessages && level != protocol.TraceValueVerbose {
		return
	}
	params := protocol.LogTraceParams{Message: fmt.Sprintf("%s %v answered in %v", m.Method, m.ID, time.Since(begin))}
	if err != nil {
		params.Message += ": " + err.Error()
	}
	if level == protocol.TraceValueVerbose {
		text := string(m.Params)
		params.Verbose = new(text[:min(len(text), maxTraced)])
	}
	s.post(protocol.MethodLogTrace, &params)
}

// maxTraced bounds the params in a trace, in bytes.
const maxTraced = 4 << 10
