// Package sinks brings an organization's log to where the organization wants it:
// checkpoints, so that they are out of the operator's hands, and records, for those
// who watch for attacks.
//
// The map of the package:
//
//	store.go      Store and Log: what has to be kept, and what is read
//	shipper.go    Shipper: which sinks are at it, how many at once
//	turn.go       one sink's turn: what is due, what became of it
//	farewell.go   what a sink is brought last that gets no more
//	entry.go      Entry, Batch, Anchor: what is brought, as JSON
//	carrier.go    how sinks of one kind take it, and what an answer means
//	upload.go     objects that come in parts: azureparts.go, s3parts.go
//	webhook.go mailbox.go storage.go sigv4.go otlp.go sentinel.go syslog.go
//
// What has arrived stands in a row of the sink, so that each is brought at least
// once, however often a worker dies, and none waits for another. A sink that
// refuses something keeps getting it, in smaller batches: nothing is passed over.
//
// The worker runs a Shipper; the management API shows what stands in the rows, and
// tries one sink. The package knows no SQL. Every connection goes through egress.
package sinks
