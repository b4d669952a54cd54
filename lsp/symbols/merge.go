package symbols

// mergeSymbols leaves one symbol of those that have one name and one parent and
// whose patterns say so (see mergeRule); what was inside the others goes with
// them. Members of the outer level count as declared after all others, since the
// functions that declare them run later.
func mergeSymbols(symbols []Symbol, patternOf func(int) *pattern) (kept []Symbol, moved []int) {
	type binding struct {
		parent int
		name   string
	}
	shown := make(map[binding]int, len(symbols))
	for _, outer := range []bool{false, true} {
		for i := range symbols {
			p := patternOf(i)
			if p.merge == mergeNever || p.outer != outer {
				continue
			}
			key := binding{symbols[i].Parent, symbols[i].Name}
			if _, bound := shown[key]; !bound || p.merge == mergeLast {
				shown[key] = i
			}
		}
	}
	kept = symbols[:0]
	moved = make([]int, len(symbols))
	for i, s := range symbols {
		winner, merged := shown[binding{s.Parent, s.Name}]
		gone := merged && patternOf(i).merge != mergeNever && winner != i
		if s.Parent >= 0 {
			gone = gone || moved[s.Parent] < 0
		}
		if gone {
			moved[i] = -1
			continue
		}
		if s.Parent >= 0 {
			s.Parent = moved[s.Parent]
		}
		moved[i] = len(kept)
		kept = append(kept, s)
	}
	return kept, moved
}
