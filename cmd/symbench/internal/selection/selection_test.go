package selection

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// chain makes a chain of ranges of one line.
func chain(line int, columns ...[2]int) (c *Chain) {
	for i := len(columns) - 1; i >= 0; i-- {
		c = &Chain{Range{Position{line, columns[i][0]}, Position{line, columns[i][1]}}, c}
	}
	return c
}

func TestComparison(t *testing.T) {
	t.Parallel()
	const text = "a\nf(é😀, b)\nc\nd\n"
	c := New()
	c.Add("x", text, chain(1, [2]int{7, 8}, [2]int{7, 8}, [2]int{0, 9}), chain(1, [2]int{7, 8}, [2]int{0, 9}))
	c.Add("x", text, chain(1, [2]int{0, 9}), chain(1, [2]int{7, 8}, [2]int{1, 9}, [2]int{0, 9}))
	c.Add("x", text, chain(1, [2]int{2, 5}, [2]int{0, 9}), chain(1, [2]int{0, 9}))
	got := []float64{c.Equal(), c.Having(), c.Recall(), c.Precision()}
	if diff := cmp.Diff([]float64{1. / 3, 2. / 3, 4. / 5, 4. / 6}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := []string{"missing 1 times: name … 😀, as at x:2:3", "extra 1 times: ( … ), as at x:2:2", "extra 1 times: name, as at x:2:8"}
	if diff := cmp.Diff(want, c.Differences(5)); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
}

func TestPlacesWithoutAnAnswerDoNotCount(t *testing.T) {
	t.Parallel()
	c := New()
	c.Add("x", "a\n", chain(0, [2]int{1, 1}), chain(0, [2]int{0, 1}))
	c.Add("x", "a\n", nil, chain(0, [2]int{0, 1}))
	if c.Places != 0 || c.Silent != 2 {
		t.Errorf("%d places, %d silent", c.Places, c.Silent)
	}
}

func TestCodeIsNoComment(t *testing.T) {
	t.Parallel()
	got := Code([]string{"", "// a", "/* b", "   c", "*/", "d(", " /* e */", "f", "#!g"})
	if diff := cmp.Diff([]bool{false, false, false, false, false, true, false, true, false}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWholeTextDoesNotCount(t *testing.T) {
	t.Parallel()
	c := New()
	whole := &Chain{Range: Range{End: Position{Line: 4}}}
	inner := chain(1, [2]int{0, 1})
	inner.Parent = whole
	c.Add("x", "a\nb\nc\nd\n", chain(1, [2]int{0, 1}), inner)
	if c.Equal() != 1 {
		t.Errorf("equal %v: %q", c.Equal(), c.Differences(5))
	}
}
