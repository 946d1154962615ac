package builtin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/builtin"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// secret stands for the inbound token and for the one it is exchanged for.
const secret = "token-that-must-stay-secret"

// entra is an Exchanger and a Graph with fixed answers.
type entra struct {
	tokenErr, graphErr error
	profile            graph.Profile
	groups             graph.GroupList

	scopes []string
	asked  graph.Asking
	by     authz.Caller
}

func (e *entra) OnBehalfOf(_ context.Context, by authz.Caller, a authz.Assertion, scopes ...string) (string, error) {
	if a.Reveal() != secret {
		return "", errors.New("not the inbound token")
	}
	e.by, e.scopes = by, scopes
	return secret, e.tokenErr
}

func (e *entra) Me(ctx context.Context, as graph.Asking) (graph.Profile, error) {
	return e.profile, e.answer(ctx, as)
}

func (e *entra) MyGroups(ctx context.Context, as graph.Asking) (graph.GroupList, error) {
	return e.groups, e.answer(ctx, as)
}

func (e *entra) answer(ctx context.Context, as graph.Asking) error {
	e.asked = as
	if _, err := as.Token(ctx); err != nil {
		return err
	}
	return e.graphErr
}

// all returns the tools by name.
func all(e *entra) map[string]tools.Tool {
	byName := map[string]tools.Tool{}
	deps := builtin.Deps{Tokens: e, Graph: func(context.Context, authz.Caller) (builtin.Graph, error) { return e, nil }}
	for _, t := range builtin.Tools(deps) {
		byName[t.Name] = t
	}
	return byName
}

// alice returns a caller with two roles whose memberships come from a token.
func alice(t *testing.T, name string) authz.Caller {
	t.Helper()
	group, staff, finance := tenants.NewGUID(), tenants.NewGUID(), tenants.NewGUID()
	allow := []authz.Permission{{Effect: authz.Allow, Patterns: []string{"*"}}}
	policy, err := authz.Compile(authz.Rules{
		Scope: "access_as_user",
		Roles: []authz.Role{{ID: staff, Name: "staff", Permissions: allow}, {ID: finance, Name: "finance \"A\"", Permissions: allow}},
		Assignments: []authz.Assignment{
			{Role: staff, Subject: authz.Subject{Kind: authz.SubjectGroup, Value: group.String()}},
			{Role: finance, Subject: authz.Subject{Kind: authz.SubjectEverybody}},
		},
	}, []string{"whoami"})
	if err != nil {
		t.Fatal(err)
	}
	return policy.Admit(authz.Identity{
		Org: tenants.NewID(), TID: tid(t), OID: tenants.MustGUID("33333333-3333-4333-8333-333333333333"),
		Kind: authz.User, Delegated: true, Name: name, Client: "aebc6443-996d-45c2-90f0-388ff96faa56", Scopes: []string{"access_as_user"},
	}, authz.Membership{Groups: map[tenants.GUID]authz.Answer{group: authz.Member}, Source: authz.SourceToken, At: now.Add(-90 * time.Second)}, now)
}

func tid(t *testing.T) tenants.TID {
	t.Helper()
	id, err := tenants.ParseTID("44444444-4444-4444-8444-444444444444")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// result is a CallToolResult as a client reads it.
type result struct {
	Content []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	} `json:"content"`
	Structured json.RawMessage `json:"structuredContent"`
	IsError    bool            `json:"isError"`
}

// call invokes a tool and checks what holds for every answer: it is one JSON
// object with one text, its structure conforms to the output schema, and no
// token is in it.
func call(t *testing.T, tool tools.Tool, by authz.Caller, arguments string) result {
	t.Helper()
	got, err := tool.Invoker.Invoke(t.Context(), by, tools.Call{
		Arguments: []byte(arguments), Record: "7d2c1c6e-9f0e-4d27-8a3c-3f0f6c1b2a90", Assertion: authz.NewAssertion(secret), Now: now,
	})
	if err != nil {
		t.Fatalf("%s: %v", tool.Name, err)
	}
	if !utf8.Valid(got.Members) {
		t.Errorf("%s: the answer is not UTF-8", tool.Name)
	}
	var r result
	dec := json.NewDecoder(strings.NewReader("{" + string(got.Members) + "}"))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		t.Fatalf("%s: %v in %s", tool.Name, err, got.Members)
	}
	if len(r.Content) != 1 || r.Content[0].Type != "text" || r.Content[0].Text == "" {
		t.Errorf("%s: content %+v", tool.Name, r.Content)
	}
	if r.IsError != got.IsError {
		t.Errorf("%s: isError %v on the wire, %v beside it", tool.Name, r.IsError, got.IsError)
	}
	if !r.IsError {
		conforms(t, tool.OutputSchema, r.Structured)
	}
	if bytes.Contains(got.Members, []byte(secret)) {
		t.Errorf("%s: the answer holds a token", tool.Name)
	}
	return r
}

func (r result) text() string { return r.Content[0].Text }

func conforms(t *testing.T, schema, value []byte) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(value))
	if err != nil {
		t.Fatalf("structuredContent %s: %v", value, err)
	}
	if err := compile(t, schema).Validate(v); err != nil {
		t.Errorf("structuredContent %s: %v", value, err)
	}
}

func compile(t *testing.T, schema []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("test:///schema", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("test:///schema")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func TestDefinitionsAreAcceptedByTheRegistry(t *testing.T) {
	t.Parallel()
	list := builtin.Tools(builtin.Deps{})
	if _, err := tools.NewRegistry(list); err != nil {
		t.Fatal(err)
	}
	for _, tool := range list {
		if tool.Effect != tools.Read {
			t.Errorf("%s: effect %s", tool.Name, tool.Effect)
		}
		if tool.Title == "" || len(tool.Description) < 80 {
			t.Errorf("%s: title %q, description %q", tool.Name, tool.Title, tool.Description)
		}
		for which, schema := range map[string][]byte{"input": tool.InputSchema, "output": tool.OutputSchema} {
			compile(t, schema)
			var head struct {
				Schema     string `json:"$schema"`
				Type       string `json:"type"`
				Additional *bool  `json:"additionalProperties"`
			}
			if err := json.Unmarshal(schema, &head); err != nil {
				t.Fatal(err)
			}
			if head.Schema != "https://json-schema.org/draft/2020-12/schema" || head.Type != "object" || head.Additional == nil || *head.Additional {
				t.Errorf("%s: %s schema is not a closed 2020-12 object: %+v", tool.Name, which, head)
			}
		}
	}
}

func TestToolsThatActAsThePersonNameTheirPermissions(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"graph_get_my_profile": "User.Read", "graph_list_my_groups": "User.Read GroupMember.Read.All",
		"whoami": "", "roll_dice": "", "greeting_card": "",
	} {
		if got := strings.Join(builtin.RequiredScopes(name), " "); got != want {
			t.Errorf("%s needs %q, want %q", name, got, want)
		}
	}
}

func TestFaultsOfThePlatformStayFaults(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"bug":         errors.New("nil map"),
		"unavailable": fault.New(fault.Unavailable, "Microsoft Graph is not available"),
		"upstream":    fault.New(fault.Upstream, "Microsoft Graph answered 500"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tool := all(&entra{graphErr: err})["graph_get_my_profile"]
			_, got := tool.Invoker.Invoke(t.Context(), alice(t, "Alice"), tools.Call{Arguments: []byte("{}"), Assertion: authz.NewAssertion(secret), Now: now})
			if !errors.Is(got, err) {
				t.Errorf("error = %v, want %v", got, err)
			}
		})
	}
}
