// Package emulator is a small, faithful, many-tenant Microsoft Entra ID and
// Microsoft Graph, so that people and tests need neither an Azure subscription
// nor a network.
//
// It owns two http.Handlers, Entra (login.microsoftonline.com and the control
// routes) and Graph (graph.microsoft.com), and everything behind them. It
// imports nothing of this module but its own rooms, starts no listener, writes no
// file and logs nothing: the journal is what it has to tell. It dials twice: for
// the keys of federated issuers, and to deliver change notifications, both on this
// machine unless Options.Outbound goes further. The development command and the
// tests use it; a production process never does. Every page it shows says that it
// is an emulator, and it answers this machine's names only unless it is told
// otherwise.
//
// The rooms below it:
//
//	seed         what tenants are made of, and every complaint about it
//	directory    the live picture of all tenants, and changes to it
//	keyring      signing keys, tokens signed and read, sealed values, randomness
//	conditional  what Conditional Access asks of a sign-in
//	assertion    client assertions: certificates, and other issuers' keys
//	managed      managed identities as App Service and virtual machines offer them
//	msgraph      Microsoft Graph v1.0
//	odata        query options: $filter, $search, $orderby
//	journal      the requests that have been answered
//	loopback     which names mean this machine, and a way to nobody else
//	reply        JSON bodies
//
// Here, a file a noun:
//
//	emulator.go routes.go host.go              assembly, the table of contents, the host rule
//	clock.go change.go keys.go spent.go        what tests turn by hand, and redeemed codes
//	discovery.go keyset.go instance.go realm.go   metadata, key sets, instance discovery, where accounts sign in
//	form.go refusal.go envelope.go             parameters, AADSTS codes and the error envelope
//	scope.go consent.go                        which API a scope names, who agreed to it
//	authorize.go response_type.go claims_request.go   what a browser comes with
//	signin.go browser.go arrive.go logout.go   who signs in, sessions, what policies ask of them
//	proceed.go adminconsent.go admingrant.go   consent, a person's and an administrator's
//	answer.go page.go page/           what the browser goes back with, and the pages
//	policy.go                                  Conditional Access at the token endpoint
//	token.go token_v1.go grant.go grant_*.go obo.go  the token endpoint, a file a grant
//	client.go clientauth.go client_assertion.go federated.go certificates.go   who the client is
//	device.go devicecode.go devicepage.go      sign-in of one machine on another: what waits, the codes, the journey
//	tokenexchange.go identity.go cluster.go         tokens that stand for an app, and where they come from
//	claims.go claim_*.go idtoken*.go           what tokens say
//	control.go fault.go                        what tests and people steer it with
//
// Codes and refresh tokens are sealed values that the emulator does not keep,
// as Entra's refresh tokens are: redeeming one leaves the older one good, and
// only a revocation (which raises the person's session number) ends them. A
// browser's sessions and the state of a half-walked sign-in are sealed likewise,
// in a cookie and in the pages' forms. What a sign-in has proved (when, a second
// factor, a compliant device, authentication contexts) travels in all of them
// and, opaque, in access tokens, so that on-behalf-of exchanges inherit it.
//
// Everything random comes from one keyring.Source. With Options.Entropy the same
// requests in the same order get the same bytes, and again after a Reset; each
// tenant's tokens, the ids of each service and every signing key draw from a lane
// of their own, so that requests side by side disturb each other little.
//
// The tenant of personal accounts (seed.Consumers) is refused like any tenant that
// is not seeded (90002); only a key of its can be put into another's key set.
// Tenants publish what Entra publishes; Settings.Metadata compatible adds PKCE
// methods, RFC 9207 and client id documents to the v2 document, and an RFC 8414
// document beside it.
//
// A program walks a sign-in without the account picker by naming the person in
// the header X-Emulator-User; the pages for a second factor, a device and
// consent still come where policies and consents ask for them.
//
// What the metadata names but this package does not serve: Kerberos,
// check_session and mutual TLS.
package emulator
