package gitindex

import "encoding/binary"

// maxBits bounds a bitmap: a bit for each file of an index of MaxSize.
const maxBits = MaxSize / 62

// ewah decodes the first bitmap of a text, as git compresses it: groups of a header, equal
// words, and other words. Bit i is bit i%64 of word i/64. An empty text is an empty bitmap.
//
//	bits u32 | words u32 | words... | place of the last header u32
//
//	header: 1 bit: what the equal words consist of
//	       32 bits: how many there are
//	       31 bits: how many other words follow
func ewah(text []byte) (bits []uint64, err error) {
	if len(text) == 0 {
		return nil, nil
	}
	if len(text) < 8 {
		return nil, unread("a bitmap is cut short")
	}
	size, words := binary.BigEndian.Uint32(text), binary.BigEndian.Uint32(text[4:])
	text = text[8:]
	if size > maxBits || uint64(words)*8 > uint64(len(text)) {
		return nil, unread("a bitmap of %d bits in %d words", size, words)
	}
	most := (int(size) + 63) / 64
	next := func() uint64 {
		word := binary.BigEndian.Uint64(text)
		text = text[8:]
		words--
		return word
	}
	for words > 0 {
		header := next()
		equal, others := int(header>>1&0xffffffff), uint32(header>>33)
		if len(bits)+equal > most || others > words {
			return nil, unread("a bitmap is longer than it says")
		}
		for range equal {
			bits = append(bits, -(header & 1))
		}
		if len(bits)+int(others) > most {
			return nil, unread("a bitmap is longer than it says")
		}
		for range others {
			bits = append(bits, next())
		}
	}
	return bits, nil
}
