package authserver

import (
	"context"
	"net/http"
	"time"

	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
)

// keysAgain is the least time between two fetches of one key set because a key is
// not in it.
const keysAgain = 5 * time.Minute

// newKeySets fetches key sets within the bounds of documents.
func newKeySets(doer Doer, now func() time.Time) *documents {
	d := newDocuments(doer, now)
	d.what, d.read = "key set of the client", readKeySet
	return d
}

func readKeySet(url string, body []byte) (document, error) {
	keys, err := connections.ReadKeys(body)
	if err != nil {
		return document{}, fault.Newf(fault.Invalid, "%s found at %.200q; whoever publishes it has to mend that", fault.Public(err), url)
	}
	return document{set: keys}, nil
}

// keySource is where the keys of a client are: at hand, or at a URL.
type keySource struct {
	lane lane
	set  []connections.Key
	url  string
}

// laneOf is the lane of what an organization governs.
func laneOf(snap *snapshot.Snapshot, software string) lane {
	return lane{snap.Organization.ID, snap.Accept.Lists(software)}
}

// checkKey refuses an assertion that none of the client's keys has signed. Where it
// names a key that is not in the set, the set is asked for again.
func (s *Server) checkKey(r *http.Request, snap *snapshot.Snapshot, by credentials, from keySource) error {
	keys := from.set
	if keys == nil {
		var err error
		if keys, err = s.keysAt(r.Context(), from); err == nil && !by.assertion.names(keys) {
			if err = s.keySets.renew(r.Context(), from.lane, from.url, keysAgain); err == nil {
				keys, err = s.keysAt(r.Context(), from)
			}
		}
		if err != nil {
			return err
		}
	}
	return s.checkAssertion(r, snap, by.id, *by.assertion, keys)
}

func (s *Server) keysAt(ctx context.Context, from keySource) ([]connections.Key, error) {
	d, err := s.keySets.get(ctx, from.lane, from.url)
	if err != nil && fault.KindOf(err) == fault.Invalid {
		err = refuse(invalidClient, fault.Public(err))
	}
	return d.set, err
}
