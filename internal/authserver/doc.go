// Package authserver is the authorization server that AI clients sign people in
// at: OAuth 2.1 in front of Microsoft Entra ID, one issuer for each organization,
// {base}/t/{org}.
//
// It owns the protocol (RFC 6749, 7009, 7591, 7636, 8414, 8707, 9068, 9207, client
// ID metadata documents) and the pages on which people agree. It never sees a
// password: people sign in at their organization's own Entra tenant. It never
// decides what a person may do; package authz does, from the view of the moment.
// internal/app builds it.
package authserver
