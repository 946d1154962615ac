package graph

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/tenants"
)

// Person is whether somebody may go on, as the directory has it.
type Person struct {
	ID        tenants.GUID `json:"id"`
	Enabled   bool         `json:"accountEnabled"`
	ValidFrom time.Time    `json:"signInSessionsValidFromDateTime"` // older sessions were revoked; zero: Graph does not say
}

// personUnits is what a list of people costs that names what it wants: two, less one.
const personUnits = 1

// People returns those of some people who are there, whether they may sign in, and
// since when their sessions count. Who was deleted is not among them. Fifteen cost one
// resource unit. Least privilege: the application's User.Read.All.
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
				Value []Person `json:"value"`
			}
			if err := o.decode(&page); err != nil {
				return nil, err
			}
			found = append(found, page.Value...)
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
