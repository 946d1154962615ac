package keys

// Other is a second purpose, for tests about keys that are never shared.
const Other Purpose = "other"

func init() { //nolint:gochecknoinits // before any Ring is made
	specs[Other] = specs[Federation]
}
