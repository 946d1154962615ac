package keys

import (
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Purpose is what a key signs. A key of one purpose is no use for another.
type Purpose string

// Federation signs the assertions by which the platform proves to be an
// organization's app.
const Federation Purpose = "federation"

// spec is what a purpose asks of its keys.
type spec struct {
	algorithm jose.SignatureAlgorithm
	bits      int
	life      time.Duration // the longest that anything signed is valid
}

// specs lists the purposes. Entra accepts RS256 only of a federated credential's
// issuer (Microsoft, "Workload identity federation", "Important considerations
// and restrictions").
var specs = map[Purpose]spec{
	Federation: {algorithm: jose.RS256, bits: 2048, life: 5 * time.Minute},
}
