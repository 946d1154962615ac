// Package docs carries the pages that go out with evidence, as they are.
package docs

import _ "embed" // of the pages

// AuditFormat is audit-format.md.
//
//go:embed audit-format.md
var AuditFormat []byte

// Verifier is examples/verify.mjs.
//
//go:embed examples/verify.mjs
var Verifier []byte
