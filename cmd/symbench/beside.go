package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/symcache/symcache/cmd/symbench/internal/lspclient"
	"github.com/symcache/symcache/cmd/symbench/internal/report"
	"github.com/symcache/symcache/cmd/symbench/internal/system"
	"github.com/symcache/symcache/cmd/symbench/internal/tree"
)

// askStatus is how often a server is asked whether its scan has ended.
const askStatus = 20 * time.Millisecond

// beside asks: how much later is a language server ready when symcache scans the same tree for
// the first time, beside it?
func (b *bench) beside(ctx context.Context, t namedTree) (*report.Table, error) {
	table := &report.Table{
		Question: "beside a cold scan", Tree: t.name,
		Columns: []report.Column{
			{Name: "first outline", Unit: report.Seconds, Compared: true}, {Name: "first search", Unit: report.Seconds, Compared: true},
			{Name: "scan", Unit: report.Seconds},
		},
	}
	var sample tree.Sample
	if _, err := child(ctx, &sample, "sample", t.dir); err != nil {
		return nil, err
	}
	peers := b.peerServers(t, &sample)
	// Of a server that keeps a cache, the one with a warm one is what people have every day.
	i := slices.IndexFunc(peers, func(s *server) bool { return s.program != "" })
	if i < 0 {
		table.Note("no language server of %s is installed", sample.Language)
		return table, nil
	}
	peer := peers[i]
	cache, err := b.dir("cache-*")
	if err != nil {
		return nil, err
	}
	if peer.prime != nil {
		b.logf("%s, filling the cache: %s", t.name, peer.name)
		if err := peer.prime(ctx, peer, cache); err != nil {
			return nil, err
		}
	}
	ready := func(ctx context.Context) (figures, error) { return b.session(ctx, peer, cache, t, &sample, 0) }
	contestants := []contestant{{
		name: peer.name + ", alone", command: b.shown(append([]string{peer.program}, peer.args("CACHE")...)...),
		run: func(ctx context.Context, _ string) (figures, error) { return ready(ctx) },
	}}
	for _, p := range b.programs() {
		command := b.shown(append([]string{p.path}, serveArgs("EMPTY")...)...)
		contestants = append(contestants, contestant{
			name: peer.name + ", beside " + p.name, command: command,
			run: func(ctx context.Context, dir string) (figures, error) { return coldScan(ctx, p, dir, t, ready) },
		}, contestant{
			name: p.name + ", scan alone", command: command,
			run: func(ctx context.Context, dir string) (figures, error) {
				return coldScan(ctx, p, dir, t, func(context.Context) (figures, error) { return figures{}, nil })
			},
		})
	}
	table.Note("symcache starts first, with an empty cache; the peer's times begin with its own process; scan is what symcache reports of its own")
	return table, b.compare(ctx, table, contestants)
}

// coldScan starts a server of symcache's, does something beside its first scan, and waits for
// the scan.
func coldScan(ctx context.Context, p program, cache string, t namedTree, beside func(context.Context) (figures, error)) (
	f figures, err error) {
	c, err := lspclient.Start(system.Command(ctx, t.dir, nil, p.path, serveArgs(cache)...))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if err := c.Initialize(ctx, t.dir, nil); err != nil {
		return nil, err
	}
	if f, err = beside(ctx); err != nil {
		return nil, err
	}
	for {
		var status struct {
			State string `json:"state"`
			Scan  struct {
				Report struct {
					ElapsedMS float64 `json:"elapsed_ms"`
				} `json:"report"`
			} `json:"scan"`
		}
		if err := c.Call(ctx, "symcache/status", nil, &status); err != nil {
			return nil, err
		}
		if status.State == "ready" {
			f["scan"] = status.Scan.Report.ElapsedMS / 1000
			return f, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(askStatus):
		}
	}
}
