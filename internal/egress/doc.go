// Package egress makes every outbound connection of this program.
//
// It owns the guarded dialer, which looks at the address that is dialled after
// DNS has answered, so that no name, however often it changes its mind, leads to
// this machine, the private network or a cloud's metadata service. It owns the
// limits of an exchange: time, size, no redirects, no proxy from the
// environment, no cookies. Of a stream, whose body is read while it is sent, it
// bounds the silence too, and follows a few redirects within the origin. It
// never retries, never adds a credential and never forwards trace headers: who is
// on the other side is not ours.
//
// Packages that talk to others (graph, entra, the tool sources) are handed a
// Client by internal/app.
package egress
