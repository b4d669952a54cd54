package symbols

import (
	"encoding/binary"
	"errors"
)

// The text of a summary repeats itself: fields have the types of other fields,
// functions the parameters of other functions. It is compressed as LZ4 does it, a
// row of tokens that copy what stands further up:
//
//	token     1 byte: literals << 5 | copied - 4
//	literals  if 7: how many more, a varint
//	          that many bytes of text
//	copied    unless the text is complete; if 31: how many more, a varint
//	offset    how many bytes before the end of the text so far the copy begins, a varint
//
// Offsets are varints because most texts have 1 to 4 KiB; copies have more bits
// than literals because they are longer. DEFLATE would make the text a quarter
// smaller, but it takes 2 to 4 times as long to decode and needs a pool of decoders
// of 40 KB each, and the bytes it gives differ between versions of a library.
const (
	copiedBits  = 5
	maxLiterals = 1<<(8-copiedBits) - 1 // in the token
	maxCopied   = 1<<copiedBits - 1

	// minCopy is the shortest copy, in bytes: with its token and offset it takes 2
	// or 3.
	minCopy = 4

	// hashBits is the logarithm of the number of hash chains: 16 KB on the stack.
	hashBits = 12

	// chainLength is how many earlier places are looked at for the longest copy: 4
	// make a summary 3 to 8 % smaller than 1 and encode as fast; 16 save 1 or 2 % more
	// and take up to a quarter longer.
	chainLength = 4
)

// compress appends the tokens for text to out. Equal texts give equal tokens.
func compress(out, text []byte) []byte {
	m := matcher{text: text, previous: make([]int32, len(text))}
	literals := 0 // begin here
	for i := 0; i < len(text); {
		size, offset := m.longest(i)
		if size == 0 {
			m.insert(i)
			i++
			continue
		}
		out = appendToken(out, text[literals:i], size-minCopy)
		out = binary.AppendUvarint(out, uint64(offset))
		for end := i + size; i < end; i++ {
			m.insert(i)
		}
		literals = i
	}
	if literals < len(text) {
		out = appendToken(out, text[literals:], 0)
	}
	return out
}

// appendToken appends a token up to its offset.
func appendToken(out, literals []byte, copied int) []byte {
	token := min(len(literals), maxLiterals)<<copiedBits | min(copied, maxCopied)
	out = append(out, byte(token))
	if len(literals) >= maxLiterals {
		out = binary.AppendUvarint(out, uint64(len(literals)-maxLiterals))
	}
	out = append(out, literals...)
	if copied >= maxCopied {
		out = binary.AppendUvarint(out, uint64(copied-maxCopied))
	}
	return out
}

// matcher finds earlier occurrences, by the hash of their first minCopy bytes.
// Places are counted from 1, so that 0 is none.
type matcher struct {
	text     []byte
	latest   [1 << hashBits]int32 // by hash
	previous []int32              // by place - 1: the one before with the same hash
}

func (m *matcher) hash(i int) uint32 {
	// The multiplier is 2^32 divided by the golden ratio, as Knuth has it.
	return binary.LittleEndian.Uint32(m.text[i:]) * 2654435761 >> (32 - hashBits)
}

func (m *matcher) insert(i int) {
	if i+minCopy > len(m.text) {
		return
	}
	h := m.hash(i)
	m.previous[i] = m.latest[h]
	m.latest[h] = int32(i + 1)
}

// longest returns the longest copy for the text from i on, the nearest of those,
// or zeros if there is none.
func (m *matcher) longest(i int) (size, offset int) {
	if i+minCopy > len(m.text) {
		return 0, 0
	}
	rest := m.text[i:]
	place := m.latest[m.hash(i)]
	for tries := 0; place != 0 && tries < chainLength; tries++ {
		from := m.text[place-1:]
		// What is longer agrees in the byte behind the longest so far, and most do not.
		if size < len(rest) && from[size] == rest[size] {
			if n := commonPrefix(rest, from); n >= minCopy && n > size {
				size, offset = n, i+1-int(place)
			}
		}
		place = m.previous[place-1]
	}
	return size, offset
}

// commonPrefix returns the length of what a and b, which is not shorter, have in
// common.
func commonPrefix(a, b []byte) int {
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return len(a)
}

var errTokens = errors.New("tokens of the text")

// decompress returns the text of size bytes that data has the tokens of. The
// caller bounds size; whatever data says, no more is allocated than twice that.
func decompress(data []byte, size int) (string, error) {
	text := make([]byte, size)
	done := 0
	for done < size {
		if len(data) == 0 {
			return "", errTokens
		}
		token := int(data[0])
		data = data[1:]

		literals := token >> copiedBits
		if literals == maxLiterals {
			literals += length(&data)
		}
		if literals > min(len(data), size-done) {
			return "", errTokens
		}
		done += copy(text[done:], data[:literals])
		data = data[literals:]
		if done == size {
			break
		}

		copied := token & maxCopied
		if copied == maxCopied {
			copied += length(&data)
		}
		copied += minCopy
		offset := length(&data)
		if copied > size-done || offset == 0 || offset > done {
			return "", errTokens
		}
		// A copy that is longer than its offset repeats what it has just written.
		for from, end := done-offset, done+copied; done < end; {
			done += copy(text[done:end], text[from:done])
		}
	}
	if len(data) != 0 {
		return "", errTokens
	}
	return string(text), nil
}

// tooLong is longer than any text, and can be added to within an int of 32 bits.
const tooLong = 1 << 30

// length takes a varint off data, or gives tooLong if there is none.
func length(data *[]byte) int {
	if b := *data; len(b) > 0 && b[0] < 0x80 { // most are
		*data = b[1:]
		return int(b[0])
	}
	n, size := binary.Uvarint(*data)
	if size <= 0 || n > tooLong {
		return tooLong
	}
	*data = (*data)[size:]
	return int(n)
}
