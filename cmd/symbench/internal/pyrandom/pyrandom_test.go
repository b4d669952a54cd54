package pyrandom

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What Python 3.11 draws.
func TestDrawsWhatPythonDraws(t *testing.T) {
	t.Parallel()
	list := make([]int, 1000)
	for i := range list {
		list[i] = i
	}
	draws := func(r *Random, n int) (drawn []int) {
		for range n {
			drawn = append(drawn, Choice(r, list))
		}
		return drawn
	}
	number, text := New(5), NewString("/a/ü.go")
	for _, c := range []struct {
		what      string
		got, want []int
	}{
		{"some of many", Sample(number, list, 6), []int{637, 261, 759, 367, 814, 707}},
		{"many of many", Sample(number, list, 100)[:5], []int{965, 861, 757, 667, 944}},
		{"many of some", Sample(number, list[:30], 10), []int{8, 0, 23, 11, 12, 28, 17, 13, 26, 25}},
		{"choices", draws(number, 5), []int{592, 861, 9, 463, 47}},
		{"choices of a string", draws(text, 5), []int{770, 762, 211, 602, 558}},
		{"a sample of a string", Sample(text, list, 300)[297:], []int{405, 653, 545}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
	}
	if all := Sample(New(1), list, len(list)); len(all) != len(list) {
		t.Errorf("a sample of all has %d", len(all))
	}
}
