// Package secrets encrypts what belongs to one organization, which is credentials
// in the database and the tokens that carry state through a client and back, and
// what belongs to none: console sessions, one-time states, signing keys.
//
// Each organization has a random key of its own, which is stored only wrapped by
// a key-encryption key (KEK). Everything is encrypted under keys derived from the
// organization's, one per purpose, and bound to the organization and to what it
// is. Destroying the wrapped key destroys what it protects. Every replica that
// has the KEK opens what another one made.
//
// It never stores anything, never logs a key, and never decides who may read a
// secret. The snapshot opens an organization's key; the edges use it.
package secrets
