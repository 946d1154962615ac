// Package mcphost is the edge that AI clients talk to: the door, the list, the
// call, and the documents that tell a client how to sign in.
//
// A request passes three rooms. The door finds the organization, verifies the
// token against that organization's issuer, resolves membership and decodes the
// envelope once. The call records the attempt, finds the tool, runs it and
// records the outcome before the reply leaves. The tool is somebody else's
// package. Only the application's routes call this package; it imports no other
// edge, holds no database connection, and passes identity as an argument.
//
//	host.go       the options and the handler
//	door.go       organization, Host and Origin, method → authenticate → dispatch
//	authenticate.go, tokencache.go, challenge.go     who is asking
//	dispatch.go   method → handler, for both eras
//	discover.go, offered.go, session.go, list.go, cursor.go  the handlers,
//	prompts.go, resources.go, complete.go, level.go, task.go
//	record.go, allow.go, see.go   the second room: the record, the one predicate, what an endpoint shows
//	call.go, forward.go, result.go   tools of our own, servers behind us, and what comes back
//	client.go, requeststate.go   what clients can do, and what they carry for us
//	underway.go   requests that can be cancelled
//	decode.go, reply.go, refuse.go   the message in, the answer out; faults become replies here only
//	peer.go, eventstream.go, conclude.go   what is said before the answer, and the answer behind it
//	converse.go, answered.go   requests to servers behind us, and what they ask
//	capability.go what clients are told we can do
//	metadata.go, origin.go   RFC 9728 document, CORS
//	inperson.go   who calls with a session of the console instead of a token
//	buffer.go     bodies, used again
package mcphost
