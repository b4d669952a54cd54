// Package pyrandom draws the numbers that Python's module random draws from the same seed, so that the files and edits
// of a question are those of the scripts with which its goals were set, and figures can be compared.
package pyrandom

import (
	"crypto/sha512"
	"encoding/binary"
	"math/bits"
	"slices"
)

const (
	words = 624 // of the state of MT19937
	shift = 397
)

// Random is MT19937 as Python seeds and reads it.
type Random struct {
	state [words]uint32
	next  int
}

// New is random.Random(seed) of a small number.
func New(seed uint32) *Random { return newFromKey([]uint32{seed}) }

// NewString is random.Random(seed) of a string: of the number that its bytes and their SHA-512 make.
func NewString(seed string) *Random {
	sum := sha512.Sum512([]byte(seed))
	number := append([]byte(seed), sum[:]...) // the most significant byte first
	slices.Reverse(number)
	var key []uint32
	for chunk := range slices.Chunk(number, 4) {
		var word [4]byte
		copy(word[:], chunk)
		key = append(key, binary.LittleEndian.Uint32(word[:]))
	}
	for len(key) > 1 && key[len(key)-1] == 0 {
		key = key[:len(key)-1]
	}
	return newFromKey(key)
}

// newFromKey is init_by_array of the generator's authors.
func newFromKey(key []uint32) *Random {
	r := &Random{next: words}
	r.state[0] = 19650218
	for i := 1; i < words; i++ {
		r.state[i] = 1812433253*(r.state[i-1]^r.state[i-1]>>30) + uint32(i)
	}
	i, j := 1, 0
	step := func(factor uint32, add uint32, minus bool) {
		r.state[i] ^= (r.state[i-1] ^ r.state[i-1]>>30) * factor
		if r.state[i] += add; minus {
			r.state[i] -= uint32(i)
		}
		if i++; i >= words {
			r.state[0], i = r.state[words-1], 1
		}
	}
	for range max(words, len(key)) {
		step(1664525, key[j]+uint32(j), false)
		if j++; j >= len(key) {
			j = 0
		}
	}
	for range words - 1 {
		step(1566083941, 0, true)
	}
	r.state[0] = 1 << 31
	return r
}

// uint32 draws 32 bits.
func (r *Random) uint32() uint32 {
	if r.next >= words {
		for i := range words {
			y := r.state[i]&(1<<31) | r.state[(i+1)%words]&(1<<31-1)
			r.state[i] = r.state[(i+shift)%words] ^ y>>1 ^ (y&1)*0x9908b0df
		}
		r.next = 0
	}
	y := r.state[r.next]
	r.next++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

// Below draws a number from 0 to n-1. N is from 1 to 1<<32-1.
func (r *Random) Below(n int) int {
	width := bits.Len(uint(n))
	for {
		if k := int(r.uint32() >> (32 - width)); k < n {
			return k
		}
	}
}

// Choice draws an element.
func Choice[T any](r *Random, list []T) T { return list[r.Below(len(list))] }

// Sample draws k different elements, in the order in which they are drawn.
func Sample[T any](r *Random, list []T, k int) []T {
	drawn := make([]T, 0, k)
	n := len(list)
	limit := 21 // what Python takes for the size of a small set
	if k > 5 {
		size := 1
		for size < k*3 {
			size *= 4
		}
		limit += size
	}
	if n <= limit {
		pool := slices.Clone(list)
		for i := range k {
			j := r.Below(n - i)
			drawn = append(drawn, pool[j])
			pool[j] = pool[n-i-1]
		}
		return drawn
	}
	taken := make(map[int]bool)
	for range k {
		j := r.Below(n)
		for taken[j] {
			j = r.Below(n)
		}
		taken[j] = true
		drawn = append(drawn, list[j])
	}
	return drawn
}
