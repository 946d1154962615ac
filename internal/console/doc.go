// Package console is the management API and the sign-in of whoever manages: the
// routes below /api, in JSON, those below /auth, which are redirects, and a few
// plain pages: who has signed in and where they belong, what they have let AI apps
// do for them, and how far an organization is set up.
//
// It decides who asks (a person's session, an automation's token), which
// organization is theirs, and what their role lets them do there; it turns
// representations into edits and faults into problem documents. It keeps no
// rule of what is edited: those are the domain's. It never reads a table, never
// calls Entra, and never names an organization that is not the asker's: what
// belongs to others does not exist.
//
// Whoever composes the process hands it the parts it asks of others, each an
// interface declared beside its use.
package console
