package keys

import "github.com/go-jose/go-jose/v4"

// Other is a second purpose, for tests about keys that are never shared.
const Other Purpose = "other"

func init() { //nolint:gochecknoinits // before any Ring is made
	specs[Other] = spec{algorithm: jose.RS256, bits: 2048, life: specs[Federation].life}
}
