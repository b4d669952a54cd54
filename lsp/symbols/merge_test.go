package symbols

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMergeSymbols(t *testing.T) {
	t.Parallel()
	first, last, never := pattern{merge: mergeFirst}, pattern{merge: mergeLast}, pattern{}
	outer := pattern{merge: mergeFirst, outer: true}
	type bound struct {
		name   string
		parent int
		by     pattern
	}
	for _, test := range []struct {
		name  string
		bound []bound
		want  []Symbol // by name and parent
	}{
		{"first", []bound{{"a", -1, first}, {"a", -1, first}, {"b", -1, first}},
			[]Symbol{{Name: "a", Parent: -1}, {Name: "b", Parent: -1}}},
		{"last beats first", []bound{{"a", -1, last}, {"x", 0, first}, {"a", -1, first}, {"a", -1, last}, {"y", 3, first}},
			[]Symbol{{Name: "a", Parent: -1}, {Name: "y", Parent: 0}}},
		{"other parents", []bound{{"a", -1, first}, {"a", 0, first}, {"a", 1, first}},
			[]Symbol{{Name: "a", Parent: -1}, {Name: "a", Parent: 0}, {Name: "a", Parent: 1}}},
		{"never", []bound{{"a", -1, never}, {"a", -1, never}, {"a", -1, first}},
			[]Symbol{{Name: "a", Parent: -1}, {Name: "a", Parent: -1}, {Name: "a", Parent: -1}}},
		{"outer comes last", []bound{{"C", -1, last}, {"a", 0, outer}, {"a", 0, first}, {"in", 2, first}},
			[]Symbol{{Name: "C", Parent: -1}, {Name: "a", Parent: 0}, {Name: "in", Parent: 1}}},
	} {
		var symbols []Symbol
		for _, b := range test.bound {
			symbols = append(symbols, Symbol{Name: b.name, Parent: b.parent})
		}
		got, _ := mergeSymbols(symbols, func(i int) *pattern { return &test.bound[i].by })
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestPropertiesOfPatterns(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		property, value string
		want            pattern
		valid           bool
	}{
		{"name", "()", pattern{name: "()"}, true},
		{"label", "({receiver}).{name}", pattern{label: "({receiver}).{name}"}, true},
		{"prefix", "const ", pattern{prefix: "const "}, true},
		{"level", "outer", pattern{outer: true}, true},
		{"merge", "first", pattern{merge: mergeFirst}, true},
		{"merge", "last", pattern{merge: mergeLast}, true},
		{"level", "inner", pattern{}, false},
		{"merge", "", pattern{}, false},
		{"color", "red", pattern{}, false},
	} {
		var got pattern
		err := got.set(test.property, test.value)
		if (err == nil) != test.valid {
			t.Errorf("%s %q: error %v", test.property, test.value, err)
		}
		if got.name != test.want.name || got.label != test.want.label || got.prefix != test.want.prefix ||
			got.outer != test.want.outer || got.merge != test.want.merge {
			t.Errorf("%s %q: got %+v", test.property, test.value, got)
		}
	}
}
