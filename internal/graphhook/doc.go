// Package graphhook is the edge Microsoft Graph talks to: change notifications of the
// directories of organizations that want them (Microsoft Graph, "Receive change
// notifications through webhooks").
//
// It owns the address at which Graph tells, the handshake, and the life of the
// subscriptions. A notification is a reason to ask: nothing that stands in one is
// believed, kept or logged, and all that it can do is have the worker look at an
// organization sooner. It never asks about people or groups. internal/app builds a
// Server in the api process and a Keeper in the worker.
package graphhook
