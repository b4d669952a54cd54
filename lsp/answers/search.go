package answers

import (
	"context"
	"time"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/timing"
)

// lookAgain is how often an answer that waits for scans looks for what has been read by
// then. A person who types notices no more, and a search takes some milliseconds of it.
const lookAgain = 100 * time.Millisecond

// find is a search whose result the client takes for final. It waits for the folders, for
// files that were just saved, and, with an empty result, for scans to find something or to
// end.
func (s *Session) find(ctx context.Context, docs Snapshot, query index.Query) ([]index.Match, error) {
	return s.findWaiting(ctx, docs, query, func() func() { return func() {} })
}

// findInHurry is find for a person who has typed a query: while it waits, scans go on as
// fast as they can. A hover, which an editor asks for at every word, does not hurry them.
func (s *Session) findInHurry(ctx context.Context, docs Snapshot, query index.Query) ([]index.Match, error) {
	return s.findWaiting(ctx, docs, query, s.workspace.Hurry)
}

func (s *Session) findWaiting(ctx context.Context, docs Snapshot, query index.Query, hurry func() (done func())) (
	[]index.Match, error) {
	s.awaitFolders(ctx)
	s.settle(ctx)
	idle := s.scans.idle()
	wasIdle := isClosed(idle)
	matches, err := s.search(ctx, docs, query)
	if err != nil || len(matches) > 0 || wasIdle {
		return matches, err
	}
	defer hurry()()
	timeout, again := time.After(s.options.Waits.Empty), time.NewTicker(lookAgain)
	defer again.Stop()
	for waiting := true; waiting && err == nil && len(matches) == 0; {
		waited := timing.In(ctx, timing.Scan)
		select {
		case <-idle:
			waiting = false
		case <-timeout:
			waiting = false
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-again.C:
		}
		waited()
		matches, err = s.search(ctx, docs, query)
	}
	return matches, err
}

// CountKinds counts the symbols that a search for a text would find without a limit, by kind.
// It waits for nothing.
func (s *Session) CountKinds(ctx context.Context, docs Snapshot, text string) (index.KindCounts, error) {
	return ask(ctx, s, docs, func() (index.KindCounts, error) {
		return s.workspace.CountKinds(ctx, index.Query{Text: text}, s.buffers.index.View())
	})
}

// search looks in the open documents and, for all other files, in the workspace. It takes a
// turn and waits for nothing.
func (s *Session) search(ctx context.Context, docs Snapshot, query index.Query) ([]index.Match, error) {
	return ask(ctx, s, docs, func() ([]index.Match, error) {
		return s.workspace.Search(ctx, query, s.buffers.index.View())
	})
}

// ask takes a turn, brings the index of open documents up to date, and asks the workspace.
func ask[Answer any](ctx context.Context, s *Session, docs Snapshot, workspace func() (Answer, error)) (answer Answer, err error) {
	done, err := s.turn(ctx)
	if err != nil {
		return answer, err
	}
	defer done()
	updated := timing.In(ctx, timing.Documents)
	err = s.buffers.update(ctx, docs, s.workspace)
	updated()
	if err != nil {
		return answer, err
	}
	defer timing.In(ctx, timing.Search)()
	return workspace()
}
