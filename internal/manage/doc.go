// Package manage is a client of the management API: what `gatehouse export`,
// `gatehouse apply`, `gatehouse doctor` and `gatehouse revoke` do, wherever they run.
//
// It owns the requests of these four, getting a token for them, and what a person
// or a pipeline reads about the result. It decides nothing: the difference it
// prints comes from package orgfile, and what may be changed the deployment
// says. Its requests go through egress; secrets it reads where the document
// says, and sends them to the deployment only.
package manage
