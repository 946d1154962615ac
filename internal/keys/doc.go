// Package keys owns the platform's signing keys: one ring of them for each
// purpose, never shared between purposes.
//
// A Ring makes a purpose's first key when it is needed, makes the next one well
// before it is due, and publishes each from before it signs until nothing it has
// signed can be valid. The database holds the keys with their private halves
// encrypted for purpose and key id; nothing else in a row is believed, so that a
// row nobody encrypted, or one of another purpose, neither signs nor is published.
//
// Federation is the platform as an issuer that an app registration in an
// organization's tenant can trust in place of a secret: its two documents, and the
// assertions. It hands assertions to package entra only and never logs one.
// TokenSigner signs the access tokens that clients present to organizations'
// endpoints, CheckpointSigner what organizations' logs come to: it hands out keys to
// sign with, to package audit/seal only.
//
// It never decides who may have something signed. internal/app builds it.
package keys
