package console

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Decisions explains what the organization's rules decide.
type Decisions interface {
	Explain(ctx context.Context, org tenants.ID, q Question) (Decision, error)
}

// Question asks what a person may do through a client.
type Question struct {
	Person    tenants.GUID    `json:"person" format:"uuid" doc:"Object ID of the person."`
	Guest     bool            `json:"guest,omitempty" doc:"The person is a guest of the directory."`
	Client    string          `json:"client" minLength:"1" maxLength:"2000" doc:"Id of the AI client."`
	Tool      string          `json:"tool" minLength:"1" maxLength:"128"`
	Scopes    []string        `json:"scopes,omitempty" maxItems:"100" doc:"Short names of the token's scopes; absent: the organization's own."`
	AppRoles  []string        `json:"appRoles,omitempty" maxItems:"100" doc:"App roles in the token."`
	Arguments json.RawMessage `json:"arguments,omitempty" doc:"Arguments of the call, for conditions."`
}

// Decision is the answer with everything that led to it.
type Decision struct {
	Verdict     string          `json:"verdict" enum:"allowed,hidden,needs_scope,needs_step_up" doc:"Hidden: to the person, the tool does not exist."`
	Reasons     []string        `json:"reasons" doc:"In words, in the order in which they mattered."`
	Grants      []DecisionGrant `json:"grants" doc:"What the person's roles say about the tool."`
	ClientLimit bool            `json:"clientLimit" doc:"The client's maximum permissions exclude the tool."`
	ScopeLimit  bool            `json:"scopeLimit" doc:"The scopes' maximum permissions exclude the tool."`
	Membership  DecisionGroups  `json:"membership"`
}

// DecisionGrant is one permission that matches the tool.
type DecisionGrant struct {
	Role      string       `json:"role"`
	Effect    authz.Effect `json:"effect" enum:"allow,deny"`
	Pattern   string       `json:"pattern"`
	Condition string       `json:"condition,omitempty"`
	Holds     bool         `json:"holds" doc:"Its condition holds, or it has none."`
	Via       []Subject    `json:"via" doc:"The assignments through which the person has the role."`
}

// DecisionGroups is what is known about the person's groups.
type DecisionGroups struct {
	Source  authz.Source   `json:"source" enum:"none,token,graph"`
	At      *time.Time     `json:"at,omitempty" doc:"How old the answer is."`
	Member  []tenants.GUID `json:"member"`
	Unknown []tenants.GUID `json:"unknown" doc:"Groups about which nothing is known."`
}

type questionInput struct {
	InOrganization
	Body Question
}

func (c *Console) decisionRoutes(api huma.API) {
	inside(c, api, tenants.Viewer, route{
		ID: "explainDecision", Method: http.MethodPost, Path: "/decisions", Tag: "decisions", Summary: "May somebody use a tool, and why?",
		Description: "Changes nothing and calls nothing.", Errors: []int{502, 503},
	}, c.explainDecision)
}

func (c *Console) explainDecision(ctx context.Context, by Actor, in *questionInput) (*One[Decision], error) {
	d, err := c.Decisions.Explain(ctx, by.Org(), in.Body)
	d.Reasons, d.Grants = list(d.Reasons), list(d.Grants)
	d.Membership.Member, d.Membership.Unknown = list(d.Membership.Member), list(d.Membership.Unknown)
	return show(d), err
}
