package tools

import (
	"time"

	"gatehouse/internal/tenants"
)

// Reading is what is known of a source from asking it what it offers.
type Reading struct {
	Source   tenants.GUID
	At       time.Time // when all that it offers was last read; zero: never
	Tried    time.Time // when that was last attempted
	Failure  string    // public sentence about why the last attempt failed; empty if it did not
	Revision string    // of the protocol that was spoken
	Info     Info      // what the server calls itself

	Offers   []Offer
	Unusable []Unusable
	Pinned   []Pinned // every approval, with the text where it is known
}

// Info is what a server calls itself. Nothing may be decided by it.
type Info struct{ Name, Version string }

// Unusable is a definition that a source offers and that cannot be served.
type Unusable struct {
	Kind   Kind
	Name   string // the source's own, as far as it has one; cut where it is too long
	Reason string // what is wrong with it
}
