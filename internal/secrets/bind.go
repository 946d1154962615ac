package secrets

import "encoding/binary"

// bind encodes parts so that no two different lists encode alike: each part is
// preceded by its length.
func bind(parts ...[]byte) []byte {
	size := 0
	for _, part := range parts {
		size += 4 + len(part)
	}
	encoded := make([]byte, 0, size)
	for _, part := range parts {
		encoded = binary.BigEndian.AppendUint32(encoded, uint32(len(part))) //nolint:gosec // parts are ids and digests
		encoded = append(encoded, part...)
	}
	return encoded
}
