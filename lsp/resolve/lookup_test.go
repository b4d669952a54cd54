package resolve

import "testing"

// A name is doubtful where broken text has the same word, and not where that only has its
// letters.
func TestHasWord(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text, word string
		but        int
		want       bool
	}{
		{"x = n +", "n", -1, true}, {"n", "n", -1, true}, {"n", "n", 0, false}, {"n n", "n", 0, true},
		{"name in run_n n2 \u00f1n", "n", -1, false}, {"", "n", -1, false}, {"nn n", "n", -1, true},
	} {
		if got := hasWord([]byte(test.text), []byte(test.word), test.but); got != test.want {
			t.Errorf("%q in %q but at %d: %v", test.word, test.text, test.but, got)
		}
	}
}
