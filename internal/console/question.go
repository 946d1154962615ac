package console

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Decisions explains what the organization's rules decide.
type Decisions interface {
	// Explain answers a question about somebody. Where nothing recent is known of
	// their groups the directory is asked as the asker, if a person asks. What
	// cannot be known stays unknown, and a remark says why.
	Explain(ctx context.Context, org tenants.ID, asker *Person, q Question) (Explained, error)
}

// Explained is an explanation with what else matters to whoever reads it.
type Explained struct {
	authz.Explanation
	Remarks []string
}

// Question asks what a person may do through a client.
type Question struct {
	Person       tenants.GUID    `json:"person" format:"uuid" doc:"Object ID of the person."`
	Guest        bool            `json:"guest,omitempty" doc:"The person is a guest of the directory."`
	Client       string          `json:"client" minLength:"1" maxLength:"2000" doc:"Id of the AI client through which the person calls."`
	Tool         string          `json:"tool" minLength:"1" maxLength:"2100" doc:"Permission name: of a tool its name, prompt: and the name of a prompt, resource: and a URI or URI template."`
	Toolset      string          `json:"toolset,omitempty" maxLength:"32" doc:"Name of the toolset at whose endpoint the call is; absent: the main endpoint."`
	Scopes       []string        `json:"scopes,omitempty" maxItems:"100" doc:"Short names of the token's scopes; absent: the organization's own."`
	AppRoles     []string        `json:"appRoles,omitempty" maxItems:"100" doc:"App roles in the token."`
	AuthContexts []string        `json:"authenticationContexts,omitempty" maxItems:"99" doc:"Authentication contexts that the sign-in satisfied, c1 to c99."`
	Arguments    json.RawMessage `json:"arguments,omitempty" doc:"Arguments of the call, for conditions; absent: whatever the arguments."`
}

type questionInput struct {
	InOrganization
	Body Question
}

func (c *Console) decisionRoutes(api huma.API) {
	inside(c, api, tenants.Viewer, route{
		ID: "explainDecision", Method: http.MethodPost, Path: "/decisions", Tag: "decisions", Summary: "May somebody use a tool, and why?",
		Description: "Changes nothing and calls no tool. The person's groups are those that Microsoft Graph last reported, if that is recent enough, or are asked for as you.",
		Errors:      []int{409, 502},
	}, c.explainDecision)
}

func (c *Console) explainDecision(ctx context.Context, by Actor, in *questionInput) (*Result[Decision], error) {
	e, err := c.Decisions.Explain(ctx, by.Org(), by.Person, in.Body)
	if err != nil {
		return nil, err
	}
	return result(decisionOf(e)), nil
}
