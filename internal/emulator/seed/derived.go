package seed

import (
	"crypto/sha256"
	"strings"

	"github.com/google/uuid"
)

// Derived is a GUID that depends on its parts alone. It carries version 5, that
// of GUIDs made from names (RFC 9562 §5.5).
func Derived(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	id, _ := uuid.FromBytes(sum[:16]) // 16 bytes always are one
	id[6] = id[6]&0x0f | 0x50
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}
