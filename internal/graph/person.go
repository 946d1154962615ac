package graph

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Person is whether somebody may go on, as the directory has it.
type Person struct {
	ID        tenants.GUID
	Enabled   bool
	ValidFrom time.Time // older sessions were revoked; zero: Graph does not say
}

// errUnsaid stands for an answer about people that does not say whether they may sign
// in. Graph leaves out what an app may not read, and nobody is disabled for that.
var errUnsaid = fault.Wrap(fault.Forbidden, "Microsoft Graph does not say who may sign in: an Entra admin has not granted the permission this needs", &Error{Status: http.StatusForbidden})

// personUnits is what a list of people costs that names what it wants: two, less one.
const personUnits = 1

// People returns those of some people who are there, whether they may sign in, and
// since when their sessions count. Who was deleted is not among them. Fifteen cost one
// resource unit. Least privilege: the application's User.Read.All; where Graph answers
// without saying who may sign in, the fault is as without it.
func (c *Client) People(ctx context.Context, as Asking, people []tenants.GUID) ([]Person, error) {
	var questions []question
	for some := range slices.Chunk(people, maxAlternatives) {
		quoted := make([]string, 0, len(some))
		for _, p := range some {
			quoted = append(quoted, "'"+p.String()+"'")
		}
		questions = append(questions, question{path: "users", units: personUnits, query: url.Values{
			"$filter": {"id in (" + strings.Join(quoted, ",") + ")"}, "$select": {"id,accountEnabled,signInSessionsValidFromDateTime"},
		}})
	}
	var found []Person
	for some := range slices.Chunk(questions, maxBatch) {
		outcomes, err := c.batch(ctx, as, some)
		if err != nil {
			return nil, err
		}
		for _, o := range outcomes {
			var page struct {
				Value []changed `json:"value"`
			}
			if err := o.decode(&page); err != nil {
				return nil, err
			}
			for _, one := range page.Value {
				if one.Enabled == nil {
					return nil, errUnsaid
				}
				found = append(found, Person{one.ID, *one.Enabled, one.Since})
			}
		}
	}
	return found, nil
}

// MemberOf returns in which of the groups somebody is, directly or through other
// groups, with a question about them alone: NotFound if there is nobody. Least
// privilege: that of MembersOf.
func (c *Client) MemberOf(ctx context.Context, as Asking, person tenants.GUID, groups []tenants.GUID) ([]tenants.GUID, error) {
	var answer ids
	body := map[string]any{"securityEnabledOnly": false}
	err := c.ask(ctx, as, question{path: "users/" + person.String() + "/getMemberGroups", body: body, units: listUnits}, &answer)
	if tooMany(err) {
		return c.checkByTwenties(ctx, as, person, groups)
	}
	return among(answer.Value, groups), err
}
