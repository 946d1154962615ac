// Package sources keeps what is known of the servers behind an organization
// current: it asks each what it offers, lets the source's policy decide about
// what is new or has changed, and has it stored. It serves nothing and decides
// about no call.
package sources
