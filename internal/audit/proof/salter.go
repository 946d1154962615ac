package proof

import (
	"crypto/sha256"
	"encoding"
	"hash"
)

// Salter derives the salts of one seed after the other as Seed.Salt does, with half of
// the hashing and without allocating. It is for one goroutine, after NewSalter.
type Salter struct {
	digest       state
	inner, outer []byte // of HMAC (RFC 2104 §2): the states behind the padded seed
	in           []byte
	sum          Hash
}

// state is a digest that can be put back to where it was.
type state interface {
	hash.Hash
	encoding.BinaryAppender
	encoding.BinaryUnmarshaler
}

// NewSalter returns a Salter that has no seed yet.
func NewSalter() *Salter {
	return &Salter{digest: sha256.New().(state), in: make([]byte, 0, 64)} //nolint:forcetypeassert // documented in crypto/sha256
}

// Seed has the salts that follow derived from a seed.
func (s *Salter) Seed(seed Seed) {
	s.inner = s.padded(s.inner[:0], seed, 0x36)
	s.outer = s.padded(s.outer[:0], seed, 0x5c)
}

// padded appends the state behind one block of a seed.
func (s *Salter) padded(dst []byte, seed Seed, pad byte) []byte {
	s.in = s.in[:sha256.BlockSize]
	for i := range s.in {
		s.in[i] = pad
		if i < len(seed) {
			s.in[i] ^= seed[i]
		}
	}
	s.digest.Reset()
	_, _ = s.digest.Write(s.in)
	dst, _ = s.digest.AppendBinary(dst) // no error, as documented in crypto/sha256
	return dst
}

// Salt derives the salt of a field.
func (s *Salter) Salt(name string) Salt {
	_ = s.digest.UnmarshalBinary(s.inner) // what AppendBinary has made
	s.in = append(s.in[:0], name...)
	_, _ = s.digest.Write(s.in)
	s.digest.Sum(s.sum[:0])
	_ = s.digest.UnmarshalBinary(s.outer)
	_, _ = s.digest.Write(s.sum[:])
	s.digest.Sum(s.sum[:0])
	return Salt(s.sum[:len(Salt{})])
}
