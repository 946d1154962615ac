package audit

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"iter"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"gatehouse/internal/fault"
)

// ID names one record: a UUID of version 7, unique everywhere, ascending within
// the Scribe that made it.
type ID [16]byte

// String returns the canonical lowercase form.
func (id ID) String() string { return uuid.UUID(id).String() }

// IsZero reports whether the ID names nothing.
func (id ID) IsZero() bool { return id == ID{} }

// ParseID reads the canonical 36-character form.
func ParseID(s string) (ID, error) {
	u, err := uuid.Parse(s)
	if err != nil || u.String() != s {
		return ID{}, fault.Newf(fault.Invalid, "record id %.40q is not a lowercase UUID", s)
	}
	return ID(u), nil
}

// Salt makes a digest unguessable to whoever does not hold it.
type Salt [16]byte

// Digest is a SHA-256 hash: what stands for arguments, results and names that the log
// does not tell.
type Digest [sha256.Size]byte

// DigestArguments returns SHA-256 over the salt followed by the arguments, byte
// for byte as they arrived.
func DigestArguments(salt Salt, arguments []byte) (d Digest) {
	h := sha256.New()
	h.Write(salt[:])
	h.Write(arguments)
	h.Sum(d[:0])
	return d
}

// resultDomain keeps the digest of a result from being one of arguments under the
// same salt.
const resultDomain = "gatehouse result v1\n"

// DigestResult returns SHA-256 over "gatehouse result v1", a newline, the salt and the
// result, byte for byte as it left.
func DigestResult(salt Salt, result []byte) (d Digest) {
	h := sha256.New()
	h.Write([]byte(resultDomain))
	h.Write(salt[:])
	h.Write(result)
	h.Sum(d[:0])
	return d
}

// DigestNames counts names and returns SHA-256 over each of them followed by a
// newline.
func DigestNames(names iter.Seq[string]) (n int64, d Digest) {
	h := sha256.New()
	for name := range names {
		n++
		h.Write([]byte(name))
		h.Write([]byte{'\n'})
	}
	h.Sum(d[:0])
	return n, d
}

// ids makes ascending identifiers. Its zero value is ready.
type ids struct{ last atomic.Uint64 }

// next returns the identifier of an instant: milliseconds, then the fraction of
// the millisecond in rand_a (RFC 9562 §6.2, method 3), then random bits. When
// the clock stands still or goes back, it counts on from the last identifier.
func (g *ids) next(at time.Time, random [8]byte) (id ID) {
	stamp := g.stamp(at)
	binary.BigEndian.PutUint64(id[:8], stamp>>12<<16|0x7000|stamp&0xfff)
	copy(id[8:], random[:])
	id[8] = id[8]&0x3f | 0x80
	return id
}

// stamp returns 48 bits of milliseconds and 12 bits of fraction, never the same
// twice.
func (g *ids) stamp(at time.Time) uint64 {
	ns := max(at.UnixNano(), 0)
	want := uint64(ns/1e6)<<12 | uint64(ns%1e6)<<12/1e6
	for {
		last := g.last.Load()
		stamp := max(want, last+1)
		if g.last.CompareAndSwap(last, stamp) {
			return stamp
		}
	}
}

// randomness is what one entry needs: two identifiers and a salt, drawn at once.
type randomness struct {
	first, second [8]byte
	salt          Salt
}

func draw() (r randomness) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // it ends the process rather than return an error
	r.first, r.second, r.salt = [8]byte(b[:8]), [8]byte(b[8:16]), Salt(b[16:])
	return r
}

func appendUUID(dst []byte, u [16]byte) []byte {
	text := [36]byte{8: '-', 13: '-', 18: '-', 23: '-'}
	hex.Encode(text[:8], u[:4])
	hex.Encode(text[9:13], u[4:6])
	hex.Encode(text[14:18], u[6:8])
	hex.Encode(text[19:23], u[8:10])
	hex.Encode(text[24:], u[10:])
	return append(dst, text[:]...)
}
