package answers

import (
	"errors"
	"testing"
	"time"
)

// A folder without an answer is asked about once, and reported when the answer comes.
func TestResolverAsksOnce(t *testing.T) {
	t.Parallel()
	hung, late, asked := make(chan struct{}), make(chan struct{}, 1), make(chan string, 10)
	r := newResolver(func(dir string) (string, error) {
		asked <- dir
		switch dir {
		case "hangs":
			<-hung
		case "fails":
			return "", errors.New("no directory")
		}
		return "/real/" + dir, nil
	}, func() { late <- struct{}{} })
	for range 3 {
		found := r.resolve(t.Context(), []string{"hangs"}, time.Millisecond)
		if found[0].Err == nil || found[0].Named != "hangs" {
			t.Errorf("%+v", found[0])
		}
	}
	if len(asked) != 1 {
		t.Errorf("asked %d times", len(asked))
	}
	close(hung)
	<-late
	found := r.resolve(t.Context(), []string{"hangs", "fails", "good"}, patience)
	if found[0].Dir != "/real/hangs" || found[1].Err == nil || found[2].Dir != "/real/good" || found[2].Err != nil {
		t.Errorf("%+v", found)
	}
	if len(late) != 0 {
		t.Error("late, though nobody gave up")
	}
}
