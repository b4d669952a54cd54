package lsp

import (
	"context"
	"encoding/json"
	"reflect"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/answers"
)

// plain makes a handler of a function that decodes its params itself and has no result but
// null.
func plain(handle func(params jsonrpc2.RawMessage) error) Handler {
	return func(_ context.Context, m *Message) (any, error) { return nil, handle(m.Params) }
}

// decoded makes a handler of a question with typed params. The question gets the URI at a
// path of members, textDocument.uri where none is given, as the client spells it.
func decoded[P, R any](ask func(context.Context, answers.Snapshot, string, *P) (R, error), uriPath ...string) Handler {
	if len(uriPath) == 0 {
		uriPath = []string{"textDocument", "uri"}
	}
	return func(ctx context.Context, m *Message) (any, error) {
		params := new(P)
		if err := unmarshal(m.Params, params); err != nil {
			return nil, err
		}
		result, err := ask(ctx, m.Documents, memberString(m.Params, uriPath...), params)
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

// unmarshalPlain decodes params with URIs as the client spells them: the protocol's type
// would change them.
func unmarshalPlain(raw jsonrpc2.RawMessage, params any) error {
	if err := json.Unmarshal(raw, params); err != nil {
		return jsonrpc2.Errorf(jsonrpc2.InvalidParams, "invalid params: %v", err)
	}
	return nil
}
