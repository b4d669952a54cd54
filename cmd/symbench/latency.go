package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/symcache/symcache/cmd/symbench/internal/lspclient"
	"github.com/symcache/symcache/cmd/symbench/internal/report"
	"github.com/symcache/symcache/cmd/symbench/internal/system"
	"github.com/symcache/symcache/cmd/symbench/internal/tree"
)

const (
	// latencyCalls is how often each method is asked in a round: p99 is the 20th largest.
	latencyCalls = 2000

	// latencyTime bounds how long one method is asked in a round; with less calls p99 says less.
	latencyTime = 30 * time.Second

	// latencyDocuments is how many documents are open, files of ordinary size all over the tree.
	latencyDocuments = 100
)

// latency asks: how long does each method take, and how much of that is the transport? Each
// request to the server is followed by one to an echo, as long and with a result as long, by the
// same frames over the same kind of pipe.
func (b *bench) latency(ctx context.Context, t namedTree) (*report.Table, error) {
	table := &report.Table{
		Question: "latency of each method", Tree: t.name, Rounds: b.rounds,
		Columns: []report.Column{
			{Name: "p50", Unit: report.Seconds}, {Name: "echo p50", Unit: report.Seconds}, {Name: "of echo", Unit: report.Times},
			{Name: "p99", Unit: report.Seconds}, {Name: "echo p99", Unit: report.Seconds},
			{Name: "answer, median", Unit: report.Bytes}, {Name: "calls", Unit: report.Count}, {Name: "empty", Unit: report.Count},
		},
	}
	if b.before != "" {
		table.Columns = append(table.Columns, report.Column{Name: "before p50", Unit: report.Seconds},
			report.Column{Name: "of before", Unit: report.Times}, report.Column{Name: "before p99", Unit: report.Seconds})
	}
	var sample tree.Sample
	if _, err := child(ctx, &sample, "sample", t.dir); err != nil {
		return nil, err
	}
	var servers []warmed
	for _, p := range b.programs() {
		cache, err := b.dir("cache-*")
		if err != nil {
			return nil, err
		}
		defer b.remove(cache)
		s := warmServer(p, t)
		if err := s.prime(ctx, s, cache); err != nil {
			return nil, fmt.Errorf("fill the cache of %s: %w", s.name, err)
		}
		servers = append(servers, warmed{s, cache})
	}
	rows := map[string]*report.Row{}
	for round := range b.rounds {
		b.logf("%s, latency, round %d", t.name, round+1)
		err := b.latencySession(ctx, servers, t, &sample, func(method string, f figures) {
			if rows[method] == nil {
				rows[method] = table.AddRow(method, "")
			}
			for column, figure := range f {
				rows[method].Samples[column] = append(rows[method].Samples[column], figure)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	table.Note("one request at a time, to the server and to the echo in turns; %d documents are open, places and names are "+
		"drawn from them; \"of echo\" is how many times the p50 of the echo the server's is", min(latencyDocuments, len(sample.Documents)))
	return table, nil
}

// warmed is a server with its cache.
type warmed struct {
	*server
	cache string
}

// talk is a session with a server, and what to ask it.
type talk struct {
	client  *lspclient.Client
	methods []method
}

// latencySession runs the servers and the echo side by side and reports each method's figures.
func (b *bench) latencySession(ctx context.Context, servers []warmed, t namedTree, sample *tree.Sample,
	done func(method string, f figures)) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var talks []talk
	for _, s := range servers {
		c, err := lspclient.Start(system.Command(ctx, t.dir, nil, s.program, s.args(s.cache)...))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, c.Close()) }()
		methods, err := b.prepareTalk(ctx, c, s.server, t, sample)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		talks = append(talks, talk{c, methods})
	}
	self, err := selfPath()
	if err != nil {
		return err
	}
	echo, err := lspclient.Start(system.Command(ctx, t.dir, nil, self, echoCommand))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, echo.Close()) }()
	for i, m := range talks[0].methods {
		f, err := b.methodLatency(ctx, talks, i, echo)
		if err != nil {
			return err
		}
		done(m.name, f)
	}
	return nil
}

// prepareTalk waits for a server's first answers, opens the documents, and returns what to ask about them.
func (b *bench) prepareTalk(ctx context.Context, c *lspclient.Client, s *server, t namedTree, sample *tree.Sample) ([]method, error) {
	text, err := os.ReadFile(sample.Document)
	if err != nil {
		return nil, err
	}
	first, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	if _, err := firstAnswers(first, c, s, t, sample, string(text), figures{}); err != nil {
		return nil, err
	}
	p, err := b.drawPlaces(ctx, c, sample)
	if err != nil {
		return nil, err
	}
	return p.methods(), nil
}

// methodLatency times the method with number which, of all servers in turns.
func (b *bench) methodLatency(ctx context.Context, talks []talk, which int, echo *lspclient.Client) (figures, error) {
	calls := latencyCalls
	switch {
	case b.short:
		calls /= 100
	case b.baseline != "":
		calls /= 10 // the p50 alone is looked at
	}
	took := make([][]float64, len(talks))
	var echoTook, lengths []float64
	empty := 0
	end := time.Now().Add(latencyTime)
	for i := 0; i < calls && time.Now().Before(end); i++ {
		// The server to measure comes last: the echo's answer is as long as its.
		var params any
		var result json.RawMessage
		for j, t := range slices.Backward(talks) {
			m := t.methods[which]
			params = m.params(i)
			start := time.Now()
			if err := t.client.Call(ctx, m.method, params, &result); err != nil {
				return nil, err
			}
			took[j] = append(took[j], time.Since(start).Seconds())
		}
		lengths = append(lengths, float64(len(result)))
		if text := string(result); text == "null" || text == "[]" || text == "" {
			empty++
		}
		start := time.Now()
		if err := echo.Call(ctx, echoCommand, echoParams{len(result), params}, &result); err != nil {
			return nil, err
		}
		echoTook = append(echoTook, time.Since(start).Seconds())
	}
	f := figures{
		"p50": report.Percentile(took[0], 50), "p99": report.Percentile(took[0], 99),
		"echo p50": report.Percentile(echoTook, 50), "echo p99": report.Percentile(echoTook, 99),
		"answer, median": report.Percentile(lengths, 50), "calls": float64(len(took[0])), "empty": float64(empty),
	}
	f["of echo"] = f["p50"] / f["echo p50"]
	if len(talks) > 1 {
		f["before p50"], f["before p99"] = report.Percentile(took[1], 50), report.Percentile(took[1], 99)
		f["of before"] = f["p50"] / f["before p50"]
	}
	return f, nil
}

// method is one kind of request, with the params of its i-th call.
type method struct {
	name   string // in the table
	method string
	params func(i int) any
}

// places are what requests are about.
type places struct {
	at      []map[string]any // params of a request about an identifier in a document
	queries []string
	symbols []json.RawMessage // results of workspace/symbol
}

// drawPlaces opens documents and draws identifiers in them, always the same ones.
func (b *bench) drawPlaces(ctx context.Context, c *lspclient.Client, sample *tree.Sample) (*places, error) {
	identifier := regexp.MustCompile(`[A-Za-z_]\w{2,}`)
	random := rand.New(rand.NewPCG(1, 2))
	p := &places{queries: sample.Keystrokes(latencyCalls)}
	var texts []string
	var uris []string
	for _, path := range tree.Every(sample.Documents, latencyDocuments) {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		document, err := c.Open(path, string(sample.Language), string(text))
		if err != nil {
			return nil, err
		}
		texts, uris = append(texts, string(text)), append(uris, document.URI())
	}
	for range latencyCalls {
		i := random.IntN(len(texts))
		found := identifier.FindAllStringIndex(texts[i], -1)
		if len(found) == 0 {
			continue
		}
		before := texts[i][:found[random.IntN(len(found))][0]]
		position := map[string]any{
			"line":      strings.Count(before, "\n"),
			"character": len(utf16.Encode([]rune(before[strings.LastIndex(before, "\n")+1:]))),
		}
		p.at = append(p.at, map[string]any{
			"textDocument": map[string]any{"uri": uris[i]}, "position": position, "positions": []any{position},
		})
	}
	if len(p.at) == 0 {
		return nil, errors.New("no identifier in any document")
	}
	for _, name := range sample.Names {
		var found []json.RawMessage
		if err := c.Call(ctx, "workspace/symbol", map[string]any{"query": name}, &found); err != nil {
			return nil, err
		}
		if len(found) > 0 {
			p.symbols = append(p.symbols, found[0])
		}
		if len(p.symbols) == latencyDocuments {
			break
		}
	}
	if len(p.symbols) == 0 {
		return nil, errors.New("no name is found")
	}
	return p, nil
}

// methods returns what is asked, in the order it is shown.
func (p *places) methods() []method {
	var list []method
	for _, name := range []string{
		"documentSymbol", "definition", "declaration", "hover", "documentHighlight", "foldingRange", "selectionRange",
	} {
		list = append(list, method{name, "textDocument/" + name, func(i int) any { return p.at[i%len(p.at)] }})
	}
	return append(list,
		method{"workspace/symbol", "workspace/symbol", func(i int) any { return map[string]any{"query": p.queries[i]} }},
		method{"workspace/symbol, whole names", "workspace/symbol", func(i int) any {
			return map[string]any{"query": nameOf(p.symbols[i%len(p.symbols)])}
		}},
		method{"workspaceSymbol/resolve", "workspaceSymbol/resolve", func(i int) any { return p.symbols[i%len(p.symbols)] }},
		method{"executeCommand symcache.status", "workspace/executeCommand", func(int) any {
			return map[string]any{"command": "symcache.status"}
		}},
		method{"symcache/status", "symcache/status", func(int) any { return nil }},
	)
}

func nameOf(symbol json.RawMessage) string {
	var s struct{ Name string }
	_ = json.Unmarshal(symbol, &s) // ignore error: "" is a query too
	return s.Name
}
