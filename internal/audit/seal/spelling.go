package seal

import (
	"bytes"
	"encoding/hex"
	"time"
)

func lowerHex(text []byte) bool {
	for _, c := range text {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// guidOf reads a UUID in the one spelling that appendGUID has.
func guidOf(text []byte) (id [16]byte, ok bool) {
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return id, false
	}
	at := 0
	for _, part := range [...][]byte{text[:8], text[9:13], text[14:18], text[19:23], text[24:]} {
		if !lowerHex(part) {
			return id, false
		}
		n, _ := hex.Decode(id[at:], part) // it is
		at += n
	}
	return id, true
}

func appendGUID(dst, id []byte) []byte {
	dst = append(hex.AppendEncode(dst, id[:4]), '-')
	dst = append(hex.AppendEncode(dst, id[4:6]), '-')
	dst = append(hex.AppendEncode(dst, id[6:8]), '-')
	dst = append(hex.AppendEncode(dst, id[8:10]), '-')
	return hex.AppendEncode(dst, id[10:16])
}

// instantLayout is how records write instants.
const instantLayout = "2006-01-02T15:04:05.000000Z"

// appendInstant appends an instant as a record writes it.
func appendInstant(dst []byte, at time.Time) []byte {
	at = at.UTC()
	year, month, day := at.Date()
	if year < 0 || year > 9999 {
		return append(at.AppendFormat(append(dst, '"'), instantLayout), '"')
	}
	hour, minute, second := at.Clock()
	dst = append(dst, `"0000-00-00T00:00:00.000000Z"`...)
	text := dst[len(dst)-len(instantLayout)-1:]
	for _, part := range [...]struct{ end, n int }{{4, year}, {7, int(month)}, {10, day}, {13, hour}, {16, minute}, {19, second}, {26, at.Nanosecond() / 1000}} {
		for i, n := part.end-1, part.n; n > 0; i, n = i-1, n/10 {
			text[i] = byte('0' + n%10)
		}
	}
	return dst
}

// instantOf reads an instant in the one spelling that appendInstant has.
func instantOf(value []byte) (at time.Time, ok bool) {
	if len(value) != len(instantLayout)+2 {
		return at, false
	}
	number := func(from, to int) (n int) {
		for _, c := range value[1+from : 1+to] {
			n = 10*n + int(c-'0')
		}
		return n
	}
	at = time.Date(number(0, 4), time.Month(number(5, 7)), number(8, 10), number(11, 13), number(14, 16), number(17, 19), 1000*number(20, 26), time.UTC)
	var again [len(instantLayout) + 2]byte
	return at, bytes.Equal(appendInstant(again[:0], at), value) // what is no number comes out as another
}
