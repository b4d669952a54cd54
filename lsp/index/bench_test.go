package index

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/symcache/symcache/lsp/symbols"
)

// vocabulary is what identifiers are made of.
var vocabulary = strings.Fields(`
	get set new add remove delete update create list watch find make parse format read write open close run start
	stop init handle process validate convert apply build resolve register lookup encode decode marshal string
	kubelet pod node container image volume network service endpoint ingress secret config map claim storage class
	status spec metadata label selector owner reference event manager controller informer lister client server
	request response context error result option builder factory cache queue worker pool store index table entry
	key value name path file dir root base type kind version group resource quota limit range priority policy rule
	role binding account token cert authority provider plugin driver device topology hint affinity taint toleration
	schedule preempt bind evict drain cordon scale replica deployment daemon stateful job cron task batch stream
	buffer frame packet header body payload codec scheme default internal external public private test mock fake
	stub helper util common shared global local remote async sync lock mutex once atomic counter gauge histogram`)

// identifiers returns n distinct names as people write them.
func identifiers(rng *rand.Rand, n int) []string {
	seen := make(map[string]bool, n)
	names := make([]string, 0, n)
	for len(names) < n {
		var b strings.Builder
		snake := rng.IntN(6) == 0
		words := 1 + rng.IntN(4)
		if rng.IntN(10) == 0 {
			words += 4 // tests are named at length
		}
		for i := range words {
			word := vocabulary[rng.IntN(len(vocabulary))]
			switch {
			case snake && i > 0:
				b.WriteString("_" + word)
			case snake || i == 0 && rng.IntN(2) == 0:
				b.WriteString(word)
			default:
				b.WriteString(strings.ToUpper(word[:1]) + word[1:])
			}
		}
		if rng.IntN(12) == 0 {
			fmt.Fprintf(&b, "V%d", 1+rng.IntN(3))
		}
		if name := b.String(); !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

// populated returns an index of so many symbols, 110 a file. Names repeat as
// they do in sources: few of them often, most of them once or twice.
func populated(total, distinct int) *Memory {
	rng := rand.New(rand.NewPCG(1, 2))
	names := identifiers(rng, distinct)
	frequent := rand.NewZipf(rng, 1.1, 4, uint64(distinct-1))
	ix := NewMemory()
	for made := 0; made < total; {
		var s symbols.Summary
		path := fmt.Sprintf("/home/user/src/project/pkg/%s/%s/file%06d.go",
			vocabulary[rng.IntN(len(vocabulary))], vocabulary[rng.IntN(len(vocabulary))], made)
		for i := 0; i < 110 && made < total; i++ {
			name := names[made%distinct]
			if made >= distinct {
				name = names[frequent.Uint64()]
			}
			at := symbols.Position{Line: uint32(12 * i), Byte: 5, UTF16: 5}
			end := symbols.Position{Line: at.Line + uint32(rng.IntN(30)), Byte: 1, UTF16: 1}
			nameEnd := symbols.Position{Line: at.Line, Byte: 5 + uint32(len(name)), UTF16: 5 + uint32(len(name))}
			sym := symbols.Symbol{
				Name: name, Kind: symbols.Kind(1 + rng.IntN(26)), Visibility: symbols.Visibility(rng.IntN(4)), Parent: -1,
				Range:     symbols.Range{Start: at, End: symbols.Position{Line: end.Line, Byte: nameEnd.Byte + end.Byte, UTF16: nameEnd.Byte + end.Byte}},
				Selection: symbols.Range{Start: at, End: nameEnd},
			}
			switch {
			case i%10 < 5: // a type and its fields
				if i%10 > 0 {
					sym.Parent = i - i%10
				}
			case i%10 < 8: // methods
				receiver := s.Symbols[i-i%10].Name
				sym.Container = receiver
			}
			s.Symbols = append(s.Symbols, sym)
			made++
		}
		importance := Source
		if rng.IntN(5) == 0 {
			importance = Secondary
		}
		ix.Set(path, Document{Summary: &s, Language: "go", Importance: importance})
	}
	return ix
}

// keystrokes are the queries that someone types on the way to these names.
func keystrokes(names ...string) (queries []string) {
	for _, name := range names {
		for i := range name {
			queries = append(queries, name[:i+1])
		}
	}
	return queries
}

// BenchmarkSearch measures each keystroke on the way to a name.
func BenchmarkSearch(b *testing.B) {
	letters := keystrokes("kubeletPodManager", "RegisterResourceQuota", "ersvc", "zzz", "create_job_queue")
	kinds := []struct {
		name  string
		texts []string
	}{
		{"names", letters},
		{"qualified", keystrokes("kubelet.getPod")},
		{"empty", []string{""}},
	}
	for _, size := range []struct{ symbols, names int }{{333_000, 120_000}, {1_000_000, 360_000}, {7_000_000, 2_500_000}} {
		ix := populated(size.symbols, size.names)
		file := openFile(b, populatedFile(b, ix))
		for _, layer := range []struct {
			name  string
			layer Layer
			bytes int64
		}{{"memory", ix, 0}, {"file", file, file.size}} {
			for _, kind := range kinds {
				b.Run(fmt.Sprintf("%s/symbols=%d/%s", layer.name, size.symbols, kind.name), func(b *testing.B) {
					var took []time.Duration
					for b.Loop() {
						for _, text := range kind.texts {
							start := time.Now()
							if _, err := Search(context.Background(), Query{Text: text}, layer.layer); err != nil {
								b.Fatal(err)
							}
							took = append(took, time.Since(start))
						}
					}
					slices.Sort(took)
					b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
					b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
					b.ReportMetric(float64(layer.bytes)/float64(size.symbols), "bytes/symbol")
				})
			}
		}
	}
}

// BenchmarkSearchMacros measures each keystroke where there are three macros for each symbol, in tables of registers:
// on the way to one of them, to a symbol, and where no macro begins with the query.
func BenchmarkSearchMacros(b *testing.B) {
	const size, macros, each = 333_000, 1_000_000, 4000
	rng := rand.New(rand.NewPCG(7, 8))
	ix := populated(size, 120_000)
	before := openFile(b, populatedFile(b, ix)).size
	for made := 0; made < macros; made += each {
		var s symbols.Summary
		for i := range each {
			at := symbols.Position{Line: uint32(i), Byte: macroColumn, UTF16: macroColumn}
			word := func() string { return strings.ToUpper(vocabulary[rng.IntN(len(vocabulary))]) }
			name := fmt.Sprintf("mm%s_%s_%d__%s_MASK", word(), word(), rng.IntN(8), word())
			s.Defines = append(s.Defines, symbols.Define{Name: name, Selection: symbols.Range{Start: at}})
		}
		ix.Set(fmt.Sprintf("/home/user/src/project/include/registers%d.h", made), Document{Summary: &s, Language: "c"})
	}
	file := openFile(b, populatedFile(b, ix))
	for _, layer := range []struct {
		name  string
		layer Layer
	}{{"memory", ix}, {"file", file}} {
		for _, name := range []string{"mmDEVICE_CONFIG_0", "kubeletPodManager", "zzz"} {
			b.Run(layer.name+"/"+name, func(b *testing.B) {
				var took []time.Duration
				for b.Loop() {
					for _, text := range keystrokes(name) {
						start := time.Now()
						if _, err := Search(context.Background(), Query{Text: text}, layer.layer); err != nil {
							b.Fatal(err)
						}
						took = append(took, time.Since(start))
					}
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
				b.ReportMetric(float64(took[len(took)-1].Microseconds()), "longest-µs")
				b.ReportMetric(float64(file.size-before)/macros, "bytes/macro")
			})
		}
	}
}

// BenchmarkCancel measures how long a search goes on after it was cancelled, at some
// moment in its course.
func BenchmarkCancel(b *testing.B) {
	const size, names = 7_000_000, 2_500_000
	file := openFile(b, populatedFile(b, populated(size, names)))
	rng := rand.New(rand.NewPCG(5, 6))
	texts := keystrokes("kubeletPodManager", "ersvc")
	var took []time.Duration
	for b.Loop() {
		for _, text := range texts {
			start := time.Now()
			if _, err := Search(b.Context(), Query{Text: text}, file); err != nil {
				b.Fatal(err)
			}
			course := time.Since(start)
			ctx, cancel := context.WithCancel(b.Context())
			cancelled := make(chan time.Time, 1)
			time.AfterFunc(time.Duration(rng.Int64N(int64(course))), func() {
				cancelled <- time.Now()
				cancel()
			})
			_, err := Search(ctx, Query{Text: text}, file)
			end := time.Now()
			if at := <-cancelled; err != nil {
				took = append(took, end.Sub(at))
			}
		}
	}
	if len(took) == 0 {
		b.Fatal("no search was cancelled in its course")
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// BenchmarkSet measures replacing a file of 110 symbols in an index of 333,000,
// compactions included.
func BenchmarkSet(b *testing.B) {
	ix := populated(333_000, 120_000)
	rng := rand.New(rand.NewPCG(3, 4))
	names := identifiers(rng, 5000)
	var longest time.Duration
	for i := 0; b.Loop(); i++ {
		var s symbols.Summary
		for j := range 110 {
			s.Symbols = append(s.Symbols, symbols.Symbol{Name: names[(i*31+j)%len(names)], Kind: symbols.Function, Parent: -1})
		}
		start := time.Now()
		ix.Set(fmt.Sprintf("/f%d.go", i%2000), Document{Summary: &s})
		longest = max(longest, time.Since(start))
	}
	b.ReportMetric(float64(longest.Microseconds()), "longest-µs")
}
