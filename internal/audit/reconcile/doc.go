// Package reconcile compares an organization's log with Microsoft Entra ID's own:
// each token that was shown here with the sign-in that it was issued at, and each
// sign-in for our apps with the token's use. It says of every difference whether
// something explains it, and what. It is pure: it reads what it is given, asks nobody
// and verifies nothing.
//
//	identifier.go  what identifies a token, in each spelling that Entra has of it
//	signin.go      Entra's export of sign-ins, and its JSON
//	table.go       its CSV
//	use.go         what the evidence tells of tokens
//	compare.go     the two, held against each other
package reconcile
