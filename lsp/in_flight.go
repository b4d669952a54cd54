package lsp

import (
	"context"
	"fmt"
	"sync"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// maxInFlight bounds the requests that have no answer yet, a few KB each. More are refused:
// an editor has tens.
const maxInFlight = 4096

// inFlight are the requests that have no answer yet.
type inFlight struct {
	mu     sync.Mutex
	cancel map[jsonrpc2.ID]context.CancelFunc
}

func newInFlight() *inFlight { return &inFlight{cancel: make(map[jsonrpc2.ID]context.CancelFunc)} }

// add notes a request; the error is an answer to the client.
func (f *inFlight) add(id jsonrpc2.ID, cancel context.CancelFunc) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.cancel[id]; ok {
		return jsonrpc2.Errorf(jsonrpc2.InvalidRequest, "another request with id %q has no answer yet", id)
	}
	if len(f.cancel) == maxInFlight {
		return jsonrpc2.Errorf(codeRequestFailed, "%d requests have no answer yet: no more are taken", maxInFlight)
	}
	f.cancel[id] = cancel
	return nil
}

func (f *inFlight) remove(id jsonrpc2.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.cancel, id)
}

// cancelRequest handles $/cancelRequest. The request itself replies.
func (f *inFlight) cancelRequest(raw jsonrpc2.RawMessage) error {
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
	f.mu.Lock()
	defer f.mu.Unlock()
	if cancel, ok := f.cancel[id]; ok {
		cancel()
	}
	return nil
}
