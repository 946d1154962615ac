// Package wallet holds the tokens that people have got for themselves at sources:
// it leads people there, keeps what comes of it encrypted, renews it before it
// ends, and gives it up when somebody revokes it.
//
// A token leaves it for one place only: the source that it was issued for, in a
// request of the person whose it is. Package tools/upstream asks it for tokens,
// authserver shows its pages.
package wallet
