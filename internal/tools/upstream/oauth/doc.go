// Package oauth is the OAuth client that Gatehouse is towards an MCP server
// behind it which wants each person to sign in (MCP authorization, 2025-11-25
// and 2026-07-28).
//
// It owns what such a server says about its authorization server, and whether
// that may be used; our registration there; the way of a person to the sign-in
// page and back; and the tokens that come of it. It keeps nothing: what it
// returns, its callers store encrypted, and give back.
//
// It never opens a connection but through the Doer it is handed, never follows a
// redirect, and never shows a token, a code or a secret in an error. What
// servers say is hostile until proven otherwise. What is issued by one
// authorization server goes nowhere else: registrations, sign-ins under way and
// tokens say whose they are, and are refused where another is meant.
package oauth
