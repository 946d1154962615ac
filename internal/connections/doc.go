// Package connections knows how AI clients are connected: which software has
// registered with an organization, whom it may act for, and with which refresh
// tokens it goes on.
//
// It owns these data and their rules: what a redirect URI may be, what counts as
// one software, when a grant is over. It never speaks HTTP and keeps nothing
// itself. The authorization server and the console work with it; package store
// keeps what it describes.
package connections
