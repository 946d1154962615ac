package console

import (
	"context"
	"crypto/sha256"
	"net/http"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// consenting is a consent under way: whose session began it, for which
// organization.
type consenting struct {
	Slug    string     `json:"slug"`
	Org     tenants.ID `json:"org"`
	Session [32]byte   `json:"session"`
}

func (c *Console) sessionHash(cookies []*http.Cookie) [32]byte {
	for _, cookie := range cookies {
		if cookie.Name == c.sessions.Cookie.Name {
			return sha256.Sum256([]byte(cookie.Value))
		}
	}
	return [32]byte{}
}

// consent is where an administrator's browser comes back to. Anybody can send
// one here with any query: it counts only with a state that this very session
// began with, only once, and only while its person still is an admin; and then
// it is a hint to look, not an answer.
func (c *Console) consent(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	var bound consenting
	if err := c.takeState(r.Context(), "consent", query.Get("state"), &bound); err != nil {
		c.fail(w, r, err)
		return
	}
	by, err := c.consenter(r, bound)
	if err == nil {
		err = c.Onboarding.Consented(r.Context(), by, ConsentAnswer{
			TID: query.Get("tenant"), Admin: query.Get("admin_consent") == "True", Error: query.Get("error"),
		})
	}
	if err != nil {
		c.fail(w, r, err)
		return
	}
	http.Redirect(w, r, c.setupAddress(bound.Slug), http.StatusSeeOther)
}

// setupAddress is where people see how far an organization is set up: in the console,
// where there is one.
func (c *Console) setupAddress(slug string) string {
	if len(c.web.page) == 0 {
		return "/onboarding/" + slug
	}
	return "/o/" + slug + "/setup"
}

// consenter returns the admin whose session began the consent.
func (c *Console) consenter(r *http.Request, bound consenting) (Actor, error) {
	p, err := c.personIn(r.Context())
	if err != nil {
		return Actor{}, err
	}
	if token := c.sessions.Token(r.Context()); !sameHash(bound.Session, token) {
		return Actor{}, fault.New(fault.Forbidden, "this consent was begun in another session; begin again in this one")
	}
	o, err := c.Store.Organization(r.Context(), bound.Org)
	if err != nil || o.TID != p.TID {
		return Actor{}, errNoOrganization
	}
	return c.memberOf(r.Context(), o, p, tenants.Admin)
}

// memberOf returns somebody of an organization's directory as who holds a role
// there that includes the one needed. In a deleted organization nobody does.
func (c *Console) memberOf(ctx context.Context, o tenants.Organization, p Person, needed tenants.Role) (Actor, error) {
	role, err := c.roleOf(ctx, o.ID, p, needed)
	if err == nil {
		err = untilDeleted.check(o)
	}
	if err != nil {
		return Actor{}, err
	}
	return Actor{Caller: authz.Actor(p.Identity(o.ID)), Role: role, Organization: o, Person: &p}, allow(role, needed)
}
