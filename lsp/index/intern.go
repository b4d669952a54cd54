package index

import "hash/maphash"

// texts is a list of byte strings laid end to end. It grows only by append,
// so a copy of the two slice headers is a snapshot that stays valid for ever.
type texts struct {
	bytes []byte
	ends  []uint32 // ends[i] is where text i ends in bytes
}

func (t *texts) len() int { return len(t.ends) }

// at returns text i, which nobody may change.
func (t *texts) at(i uint32) []byte {
	start := uint32(0)
	if i > 0 {
		start = t.ends[i-1]
	}
	return t.bytes[start:t.ends[i]:t.ends[i]]
}

// interner gives each distinct text a number, counted from 0. It holds no
// pointer per text, which a map of strings would: the garbage collector has
// nothing to walk, and a text costs its bytes and 9 to 15 more.
//
// Offsets of 32 bits are enough for 4 GiB of distinct names, some 200 million
// of them: memory ends long before.
type interner struct {
	texts
	seed  maphash.Seed
	slots []uint32 // open addressing with linear probing: number + 1, 0 is free
}

// firstSlots is how many slots a new interner has, a power of two: small, as
// each open editor connection has an index of its own for a few buffers.
const firstSlots = 64

func newInterner() *interner {
	return &interner{seed: maphash.MakeSeed(), slots: make([]uint32, firstSlots)}
}

// intern returns the number of s, and whether s is new.
func (in *interner) intern(s string) (id uint32, fresh bool) {
	slot := in.find(s)
	if id := in.slots[slot]; id != 0 {
		return id - 1, false
	}
	in.bytes = append(in.bytes, s...)
	in.ends = append(in.ends, uint32(len(in.bytes)))
	in.slots[slot] = uint32(len(in.ends))
	if 4*len(in.ends) > 3*len(in.slots) {
		in.grow()
	}
	return uint32(len(in.ends)) - 1, true
}

// find returns the slot that holds s, or the free one where s belongs.
func (in *interner) find(s string) uint64 {
	last := uint64(len(in.slots) - 1)
	slot := maphash.String(in.seed, s) & last
	for in.slots[slot] != 0 && string(in.at(in.slots[slot]-1)) != s {
		slot = (slot + 1) & last
	}
	return slot
}

func (in *interner) grow() {
	in.slots = make([]uint32, 2*len(in.slots))
	last := uint64(len(in.slots) - 1)
	for i := range in.ends {
		slot := maphash.Bytes(in.seed, in.at(uint32(i))) & last
		for in.slots[slot] != 0 {
			slot = (slot + 1) & last
		}
		in.slots[slot] = uint32(i) + 1
	}
}
