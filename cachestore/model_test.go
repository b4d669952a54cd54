package cachestore

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// modelKeys is the number of keys in the model: so few that each meets every operation.
const modelKeys = 40

// operate does one operation on a store, and says what came of it where that is more than success.
func operate(s *Store, op string, n int) (string, error) {
	ctx := context.Background()
	k := keyOf(n)
	switch op {
	case "put":
		_, err := s.Put(k, valueOf(k))
		return "", err
	case "pack": // the key and the four after it
		var rs []Record
		for i := range 5 {
			k := keyOf((n + i) % modelKeys)
			rs = append(rs, Record{k, valueOf(k)})
		}
		_, err := s.PutPack(rs)
		return "", err
	case "compute": // after a lock, as "get"
		unlock, err := s.LockShards(ctx, []byte{k.shard()})
		if err != nil {
			return "", err
		}
		unlock()
		_, computed, err := s.Compute(ctx, k, valueFunc(k))
		return strconv.FormatBool(computed), err
	case "delete":
		return "", remove(s, k)
	case "get": // under a lock, after which nothing that others did may be missed
		unlock, err := s.LockShards(ctx, []byte{k.shard()})
		if err != nil {
			return "", err
		}
		defer unlock()
		value, err := s.Get(k)
		if errors.Is(err, ErrMiss) {
			return "miss", nil
		}
		if err == nil && !bytes.Equal(value, valueOf(k)) {
			err = errors.New("wrong value")
		}
		return "hit", err
	case "stats":
		_, err := s.Stats()
		return "", err
	case "clear":
		_, err := s.Clear(ctx)
		return "", err
	case "merge":
		_, err := s.Merge(ctx)
		return "", err
	case "gc":
		_, err := s.GC(ctx, GCOptions{})
		return "", err
	case "evict":
		_, err := s.GC(ctx, GCOptions{MaxSize: 1})
		return "", err
	case "verify":
		report, err := s.Verify(ctx, VerifyOptions{Repair: n%2 == 0})
		if err == nil && (report.Damaged > 0 || report.Foreign > 0) {
			err = fmt.Errorf("verify found %+v", report)
		}
		return "", err
	}
	return "", fmt.Errorf("no operation %q", op)
}

// modelRole does the operations that it is told, in a store whose clock is some minutes ahead, so that what
// only waits to be old enough is done: ROOT.
func modelRole(args []string) error {
	s, err := Open(args[0], Options{Now: func() time.Time { return time.Now().Add(5 * time.Minute) }})
	if err != nil {
		return err
	}
	say("ready")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var op string
		var n int
		if _, err := fmt.Sscan(in.Text(), &op, &n); err != nil {
			return err
		}
		result, err := operate(s, op, n)
		if err != nil {
			return fmt.Errorf("%s %d: %w", op, n, err)
		}
		say("%s", result)
	}
	return nil
}

// Whatever two processes do to a store, one after the other in any order, it holds what a set of keys would.
func TestModel(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := startChild(t, "model", s.layout.root)
	c.line()
	var history []string
	run := func(op string, n int, there bool) string {
		history = append(history, fmt.Sprintf("%v %s %d", there, op, n))
		if there {
			if _, err := fmt.Fprintln(c.stdin, op, n); err != nil {
				t.Fatal(err)
			}
			return c.line()
		}
		result, err := operate(s, op, n)
		if err != nil {
			t.Fatalf("%s %d: %v\nafter %s", op, n, err, strings.Join(history, ", "))
		}
		return result
	}
	weights := map[string]int{
		"put": 10, "pack": 14, "compute": 6, "delete": 12, "get": 40, "stats": 1, "clear": 1, "merge": 6, "gc": 5, "evict": 1,
		"verify": 4,
	}
	var ops []string
	for _, op := range slices.Sorted(maps.Keys(weights)) {
		ops = append(ops, slices.Repeat([]string{op}, weights[op])...)
	}
	r := newRand(t)
	model := map[int]bool{}
	for range testRounds(200, 1500, 40_000) {
		op, n, there := ops[r.IntN(len(ops))], r.IntN(modelKeys), r.IntN(2) == 0
		result := run(op, n, there)
		want := ""
		switch op {
		case "put":
			model[n] = true
		case "pack":
			for i := range 5 {
				model[(n+i)%modelKeys] = true
			}
		case "compute":
			want = strconv.FormatBool(!model[n])
			model[n] = true
		case "delete":
			delete(model, n)
		case "clear", "evict":
			clear(model)
		case "get":
			want = map[bool]string{true: "hit", false: "miss"}[model[n]]
		}
		if result != want {
			t.Fatalf("%s %d = %q, want %q\nafter %s", op, n, result, want, strings.Join(history[max(0, len(history)-60):], ", "))
		}
	}
	for n := range modelKeys {
		for _, there := range []bool{true, false} {
			if got := run("get", n, there); got != map[bool]string{true: "hit", false: "miss"}[model[n]] {
				t.Errorf("in the end %d is a %s", n, got)
			}
		}
	}
	c.finish()
}
