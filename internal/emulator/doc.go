// Package emulator is a small, faithful, many-tenant Microsoft Entra ID and
// Microsoft Graph, so that people and tests need neither an Azure subscription
// nor a network.
//
// It owns two http.Handlers, Entra (login.microsoftonline.com and the control
// routes) and Graph (graph.microsoft.com), and everything behind them. It
// imports nothing of this module, starts no listener, dials nobody, writes no
// file and logs nothing: the journal is what it has to tell. The development
// command and the tests use it; a production process never does. Every page it
// shows says that it is an emulator, and it answers loopback host names only.
//
// The map, a file a noun:
//
//	seed.go wellknown.go       what a tenant is made of, and what every tenant has
//	check.go check_app.go      every complaint about a seed at once
//	routes.go                  the table of contents of both hosts
//	emulator.go world.go       the Emulator, and its immutable picture of all tenants
//	directory.go               people, nested groups, changes to them
//	clock.go host.go seal.go   time, the host rule, codes and refresh tokens as sealed values
//	keys.go jwt.go             signing keys in Entra's shape, signing and reading tokens
//	discovery.go               v1 and v2 metadata, key sets, instance discovery
//	refusal.go envelope.go     AADSTS codes and the error envelope
//	scope.go consent.go        which API a scope names, who agreed to it
//	redirect.go                reply URL matching by platform
//	authorize.go signin.go answer.go page.go page/   the browser half
//	token.go client.go grant.go grant_*.go obo.go   the token endpoint, a file a grant
//	claims.go claim_*.go idtoken.go            what tokens say
//	graph.go graph_*.go        Microsoft Graph v1.0
//	control.go journal.go fault.go             what tests and people steer it with
//
// Codes and refresh tokens are sealed values that the emulator does not keep,
// as Entra's refresh tokens are: redeeming one leaves the older one good, and
// only a revocation (which raises the person's session number) ends them.
//
// What the metadata names but this package does not serve: the v1 authorize and
// token endpoints, device codes, the implicit and hybrid flows (answered as for
// an app that has not enabled them), Kerberos, check_session and mutual TLS.
// Client certificates, federated credentials and Conditional Access are not
// there either.
package emulator
