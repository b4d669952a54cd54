package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/symcache/symcache/cmd/symbench/internal/tree"
)

// server is a language server in one state of its cache.
type server struct {
	name    string
	program string // "" when not installed
	args    func(cache string) []string
	env     func(cache string) []string
	options any // for initialize
	// prime fills a cache before the first round, and all rounds share it. Nil: each
	// round begins with an empty one.
	prime func(ctx context.Context, s *server, cache string) error
	note  string // how to read its row
}

// warmServer returns a symcache with a warm cache.
func warmServer(p program, t namedTree) *server {
	return &server{
		name: p.name + ", warm cache", program: p.path, args: serveArgs,
		prime: func(ctx context.Context, _ *server, cache string) error {
			_, _, err := symcacheWarm(ctx, p.path, cache, t.dir)
			return err
		},
	}
}

func serveArgs(cache string) []string { return []string{"serve", "--stdio", "--cache-dir", cache} }

// ownServers returns each symcache that takes part, with a warm and with a cold cache.
func (b *bench) ownServers(t namedTree) (list []*server) {
	for _, p := range b.programs() {
		list = append(list, warmServer(p, t), &server{name: p.name + ", cold cache", program: p.path, args: serveArgs})
	}
	return list
}

// peerServers returns the servers of a tree's language.
func (b *bench) peerServers(t namedTree, sample *tree.Sample) (list []*server) {
	switch sample.Language {
	case tree.Go:
		env := func(cache string) []string {
			return []string{
				"GOPLSCACHE=" + filepath.Join(cache, "gopls"), "GOCACHE=" + filepath.Join(cache, "go-build"),
				"GOPROXY=off", "GOTOOLCHAIN=local", // no network
				"XDG_CONFIG_HOME=" + filepath.Join(cache, "config"), // where its counters go
			}
		}
		prime := func(ctx context.Context, s *server, cache string) error {
			_, err := b.session(ctx, s, cache, t, sample, 0)
			return err
		}
		list = append(list,
			&server{name: "gopls, warm cache", program: b.peers["gopls"], args: noArgs, env: env, prime: prime},
			&server{name: "gopls, cold cache", program: b.peers["gopls"], args: noArgs, env: env})
	case tree.Python:
		list = append(list, &server{
			name: "pyright", program: b.peers["pyright"], args: func(string) []string { return []string{"--stdio"} },
		})
	case tree.TypeScript, tree.JavaScript:
		list = append(list, &server{
			name: "typescript-language-server", program: b.peers["tsserver"], args: func(string) []string { return []string{"--stdio"} },
			// Type acquisition asks the network.
			options: map[string]any{"disableAutomaticTypingAcquisition": true},
			note:    "typescript-language-server searches the project of the open file",
		})
	case tree.C:
		list = append(list, &server{
			name: "clangd", program: b.peers["clangd"], args: func(string) []string { return []string{"--log=error"} },
			env:  func(cache string) []string { return []string{"XDG_CACHE_HOME=" + cache} },
			note: "clangd searches open files only where there is no compile_commands.json",
		})
	}
	return list
}

func noArgs(string) []string { return nil }

// serverRow makes a contestant of a server, and fills its cache where it is to be warm.
func (b *bench) serverRow(ctx context.Context, s *server, t namedTree, sample *tree.Sample) (contestant, error) {
	command := b.shown(append([]string{s.program}, s.args("CACHE")...)...)
	if s.env != nil {
		command = strings.Join(append(s.env("CACHE"), command), " ")
	}
	c := contestant{
		name: s.name, command: command,
		run: func(ctx context.Context, dir string) (figures, error) {
			return b.session(ctx, s, dir, t, sample, b.keystrokes())
		},
	}
	if s.prime == nil {
		return c, nil
	}
	cache, err := b.dir("cache-*")
	if err != nil {
		return contestant{}, err
	}
	b.logf("%s, filling the cache: %s", t.name, s.name)
	if err := s.prime(ctx, s, cache); err != nil {
		return contestant{}, fmt.Errorf("fill the cache of %s: %w", s.name, err)
	}
	c.run = func(ctx context.Context, _ string) (figures, error) {
		return b.session(ctx, s, cache, t, sample, b.keystrokes())
	}
	return c, nil
}
