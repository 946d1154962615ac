// Package admin is what administrators ask for, done: it satisfies the interfaces
// of console with onboarding, Entra, Microsoft Graph, secrets and the document of
// an organization.
//
// It owns what takes more than one edit: claiming, connecting an app registration
// and giving it a credential that works, consent, the examination of a connection,
// how a registration is made, what the directory says to whoever asks it, why a
// decision comes out as it does, applying a document, signing people and
// automations in, and what operators do. It keeps what it finds out for minutes,
// in memory. It speaks no HTTP and no SQL: whoever keeps the data satisfies the
// interfaces that stand beside their use. Nothing here decides who may ask; the
// console has done so.
//
// Whoever composes the process calls it.
package admin
