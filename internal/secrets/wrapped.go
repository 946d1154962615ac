package secrets

import (
	"errors"
	"fmt"
)

// wrappedFormat is the first byte of a stored organization key. What follows is
// the length of the version in one byte, the version, the ciphertext.
const wrappedFormat = 1

func encode(w Wrapped) ([]byte, error) {
	if len(w.Version) == 0 || len(w.Version) > 255 {
		return nil, fmt.Errorf("encode wrapped key: the version has %d bytes, not 1 to 255", len(w.Version))
	}
	stored := append([]byte{wrappedFormat, byte(len(w.Version))}, w.Version...) //nolint:gosec // checked above
	return append(stored, w.Ciphertext...), nil
}

func decode(stored []byte) (Wrapped, error) {
	if len(stored) < 2 || stored[0] != wrappedFormat || len(stored) < 2+int(stored[1]) {
		return Wrapped{}, errors.New("decode wrapped key: it is not one")
	}
	end := 2 + int(stored[1])
	return Wrapped{Version: string(stored[2:end]), Ciphertext: stored[end:]}, nil
}
