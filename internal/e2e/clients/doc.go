// Package clients holds the tests that drive the emulator with the libraries
// people use against Entra ID and Microsoft Graph: MSAL for Go and for Node,
// azidentity, go-oidc and the Graph client for JavaScript. Everything runs over
// TLS, on sockets, with the libraries as published. It has no code of its own.
package clients
