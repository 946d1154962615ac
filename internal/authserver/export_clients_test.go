package authserver

import (
	"context"

	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// Bounds of what documents of strangers may cost.
const (
	MaxDocument      = maxDocument
	MaxRegistration  = maxRegistration
	MostDocuments    = mostDocuments
	MostOfOne        = mostOfOne
	MostFetches      = mostFetches
	MostFetchesOfOne = mostFetchesOfOne
)

// ClientOf is what the endpoints know of a client.
func ClientOf(ctx context.Context, s *Server, snap *snapshot.Snapshot, id string) (connections.Client, error) {
	return s.client(ctx, snap, id)
}

// Admits is what they ask before somebody connects one.
func Admits(snap *snapshot.Snapshot, software string) bool { return admits(snap, software) }

// ReadDocument reads a document found at a URL.
func ReadDocument(url string, body []byte) (name string, redirects []string, err error) {
	d, err := readDocument(url, body)
	return d.name, d.redirects, err
}

// ReadRegistration reads what a client asks for.
func ReadRegistration(body []byte) (name string, redirects []string, refused error) {
	r, refusal := readRegistration(body)
	if refusal != nil {
		return "", nil, refusal
	}
	return r.name, r.redirects, nil
}

// Kept is how many answers are kept, and how many that organizations asked for.
func Kept(s *Server) (answers, shares int) {
	d := s.documents
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, n := range d.share {
		shares += n
	}
	if len(d.held) != d.order.Len() || d.fetches != 0 || len(d.flying) != 0 {
		return -1, shares
	}
	return len(d.held), shares
}

// Occupy has an organization without room ask for a document, and returns what tells
// it so.
func Occupy(s *Server, org tenants.ID, url string) (turnAway func()) {
	wait := make(chan struct{})
	s.documents.flights.DoChan(url, func() (any, error) {
		<-wait
		return &answer{url: url, lane: lane{org: org}, err: fault.New(fault.Limited, "no room")}, nil
	})
	return func() { close(wait) }
}
