// Package audit keeps the record of what every caller did: made before the
// caller sees the result, durable before it returns, and never at the cost of
// another organization.
//
// The map of the package:
//
//	kind.go      the closed sets: kinds, phases, effects, outcomes
//	schema.go    Spec: what each kind means, and which fields it has
//	ocsf.go      what each becomes in the Open Cybersecurity Schema Framework
//	owner.go     whose each field is
//	record.go    Record, one entry of an organization's log
//	field.go     the table of its fields: names, order, limits
//	fieldtext.go what each means, in words
//	text.go      what hostile text becomes
//	encode.go    Record → canonical bytes
//	decode.go    canonical bytes → fields → Record, strictly
//	id.go        identifiers, salts, digests
//	scribe.go    Scribe: from a caller and an event to a Row
//	outbox.go    Outbox and Row: what a store has to do
//	queue.go     the bounded queue with a share per organization
//	lane.go      one organization's part of it
//	log.go       Log: start, stop, write one row and wait for it
//	options.go   what bounds a Log
//	observe.go   what a Log tells about itself
//	commit.go    the committer: group commit, bisection, failing and recovery
//	entry.go     Begin, Intend, End: the three steps of a call
//	body.go      bodies of calls: their text, their digests, and how they come along
//	event.go     Event and Refused: records of one step
//	refusals.go  Refusals: counters of what was refused before a signature held
//
// A record is a flat list of named fields in one canonical form (RFC 8785), so
// that a later stage can commit to each field separately. It names the version
// of its layout.
//
// The package opens no connection, knows no SQL and reads no clock of its own: a
// store satisfies Outbox, and app hands in the time. It holds no secret:
// of arguments it keeps a salted digest and a length, of configuration what changed. A
// body passes through it to be encrypted, by what it is given for that. The edges call it on every request; the store asks a Scribe for the
// rows it writes beside its changes.
package audit
