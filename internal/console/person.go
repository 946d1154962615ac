package console

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Person is somebody who has signed in, as their ID token says. The key is
// (TID, OID).
type Person struct {
	TID             tenants.TID    `json:"tid"`
	OID             tenants.GUID   `json:"oid"`
	Name            string         `json:"name"`               // display only
	Username        string         `json:"username,omitempty"` // display only
	Guest           bool           `json:"guest,omitempty"`
	Groups          []tenants.GUID `json:"groups,omitempty"`
	GroupsElsewhere bool           `json:"groupsElsewhere,omitempty"` // there are groups that the token does not list
	WIDs            []tenants.GUID `json:"wids,omitempty"`            // active directory roles, by template
	RolesTold       bool           `json:"rolesTold,omitempty"`       // the token tells WIDs at all; otherwise Graph knows
	Operator        bool           `json:"operator,omitempty"`        // the token has the app role Platform.Operator
	SignedInAt      time.Time      `json:"signedInAt"`
	IssuedAt        time.Time      `json:"issuedAt"`             // of the ID token, by the clock of Entra
	ConfirmedAt     time.Time      `json:"confirmedAt"`          // when Entra last said all this
	AskedAt         time.Time      `json:"askedAt,omitzero"`     // when Entra was last asked and gave no answer
	Delegation      []byte         `json:"delegation,omitempty"` // what SignIn keeps to ask Graph as the person; secret
}

// Identity is the person as an organization's log names them.
func (p Person) Identity(org tenants.ID) authz.Identity {
	kind := authz.User
	if p.Guest {
		kind = authz.Guest
	}
	return authz.Identity{Org: org, TID: p.TID, OID: p.OID, Kind: kind, Delegated: true, Name: p.Name}
}

const personKey = "person"

// person returns who a request's session is for; without one a fault of kind
// Unauthenticated.
func (c *Console) person(ctx context.Context, cookies []*http.Cookie) (Person, error) {
	for _, cookie := range cookies {
		if cookie.Name != c.sessions.Cookie.Name {
			continue
		}
		loaded, err := c.sessions.Load(ctx, cookie.Value)
		if err != nil {
			return Person{}, unreadable(err)
		}
		return c.personIn(loaded)
	}
	return Person{}, fault.New(fault.Unauthenticated, "sign in at /auth/sign-in, or send an app-only token")
}

var errNoSession = fault.New(fault.Unauthenticated, "your session has ended; sign in again")

// personIn returns who has signed in to a session that is loaded, if they were not
// cut off since and Entra stands by it.
func (c *Console) personIn(loaded context.Context) (p Person, err error) {
	text := c.sessions.GetString(loaded, personKey)
	if text == "" {
		return p, errNoSession
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return p, err
	}
	if err := c.stillIn(loaded, p); err != nil {
		return Person{}, err
	}
	if c.stands(p) {
		return p, nil
	}
	return c.confirmed(loaded, c.sessions.Token(loaded))
}

// begin makes the session the person's. Its token is new: whoever knew the old
// one knows nothing.
func (c *Console) begin(loaded context.Context, p Person) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := c.sessions.Clear(loaded); err != nil {
		return err
	}
	if err := c.sessions.RenewToken(loaded); err != nil {
		return err
	}
	c.sessions.SetDeadline(loaded, c.Now().Add(absoluteLife))
	c.sessions.Put(loaded, personKey, string(text))
	return nil
}
