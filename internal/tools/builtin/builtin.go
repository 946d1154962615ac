package builtin

import (
	"context"
	"embed"
	"fmt"

	"gatehouse/internal/authz"
	"gatehouse/internal/graph"
	"gatehouse/internal/tools"
)

// Graph is the part of Microsoft Graph that the tools ask.
type Graph interface {
	Me(ctx context.Context, as graph.Asking) (graph.Profile, error)
	MyGroups(ctx context.Context, as graph.Asking) (graph.GroupList, error)
}

// Exchanger exchanges a caller's inbound token for one with the scopes: short
// names of Microsoft Graph's permissions, which it qualifies for the caller's
// cloud. A refusal is a fault whose public text says what Entra wants: Unauthenticated
// for a sign-in, Forbidden for a consent or a policy, Limited for a pause.
type Exchanger interface {
	OnBehalfOf(ctx context.Context, by authz.Caller, assertion authz.Assertion, scopes ...string) (string, error)
}

// Deps is what the tools work with. All fields are required by the tools that
// act as the person.
type Deps struct {
	// Graph returns the Microsoft Graph of the caller's cloud.
	Graph  func(ctx context.Context, by authz.Caller) (Graph, error)
	Tokens Exchanger
}

// Tools returns the tools, by name.
func Tools(deps Deps) []tools.Tool {
	asPerson := person{deps}
	return []tools.Tool{
		greetingCard(),
		asPerson.tool("graph_get_my_profile", asPerson.profile),
		asPerson.tool("graph_list_my_groups", asPerson.groups),
		rollDice(),
		whoAmI(),
	}
}

// RequiredScopes returns the delegated Microsoft Graph permissions that a tool
// acts with, or nil for a tool that asks nobody. An admin has to consent to
// them.
func RequiredScopes(tool string) []string {
	switch tool {
	case "graph_get_my_profile":
		return []string{"User.Read"}
	case "graph_list_my_groups":
		return []string{"User.Read", "GroupMember.Read.All"}
	default:
		return nil
	}
}

// The schemas lie in files of their own, so that they can be read as JSON.
//
//go:embed schema/*.json
var schemas embed.FS

//go:embed greeting_card.html
var greetingCardHTML []byte

// mustSchema returns an embedded schema. That each exists is a matter of the build,
// not of any input, and the tests ask for every one.
func mustSchema(name string) []byte {
	b, err := schemas.ReadFile("schema/" + name + ".json")
	if err != nil {
		panic(fmt.Sprintf("builtin: schema %s is not embedded", name))
	}
	return b
}
