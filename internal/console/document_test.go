package console_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"gatehouse/internal/tenants"
)

// document is what tests read of openapi.yaml. Every test that walks it covers
// a new operation without being told.
type document struct {
	Paths      map[string]map[string]operation
	Components struct {
		Schemas   map[string]schema
		Responses map[string]response
		Headers   map[string]struct{ Description string }
	}
	Tags []struct{ Name, Description string }
}

// response is one answer; in operations a reference, if it is a problem.
type response struct {
	Ref     string `yaml:"$ref"`
	Headers map[string]struct {
		Ref string `yaml:"$ref"`
	}
	Content map[string]struct{ Schema schema }
}

// answer is what an operation declares of a status, references followed.
func (d document) answer(o operation, status string) response {
	r := o.Responses[status]
	if name, referred := strings.CutPrefix(r.Ref, "#/components/responses/"); referred {
		return d.Components.Responses[name]
	}
	return r
}

type operation struct {
	OperationID string `yaml:"operationId"`
	Summary     string
	Tags        []string
	Parameters  []struct {
		In, Name string
		Required bool
		Schema   schema
	}
	RequestBody *struct {
		Content map[string]struct{ Schema schema }
	} `yaml:"requestBody"`
	Responses map[string]response
	Security  []map[string][]string

	method, path string
}

type schema struct {
	Ref         string `yaml:"$ref"`
	Description string
	Type        string
	Format      string
	Enum        []string
	Pattern     string
	MinItems    int `yaml:"minItems"`
	Minimum     int
	Items       *schema
	Properties  map[string]schema
	Required    []string
}

// contract is what every rig's console says of itself, written and taken apart
// once for all tests, which only read it.
var contract struct {
	once     sync.Once
	err      error
	document document
	all      []operation
}

// operations returns the contract, and its operations in the order of their paths.
func operations(t *testing.T, r *rig) (document, []operation) {
	t.Helper()
	contract.once.Do(func() { contract.document, contract.all, contract.err = takeApart(r) })
	if contract.err != nil {
		t.Fatal(contract.err)
	}
	if len(contract.all) < 50 {
		t.Fatalf("the contract has %d operations only", len(contract.all))
	}
	return contract.document, slices.Clone(contract.all)
}

func takeApart(r *rig) (d document, all []operation, err error) {
	text, err := r.console.OpenAPI()
	if err != nil {
		return d, nil, err
	}
	if err := yaml.Unmarshal(text, &d); err != nil {
		return d, nil, err
	}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			op := d.Paths[path][method]
			op.method, op.path = strings.ToUpper(method), path
			all = append(all, op)
		}
	}
	return d, all, nil
}

func (o operation) inOrganization() bool {
	return strings.HasPrefix(o.path, "/api/organizations/{org}")
}

func (o operation) role() tenants.Role {
	for _, s := range o.Security {
		if roles := s["session"]; len(roles) == 1 {
			return tenants.Role(roles[0])
		}
	}
	return ""
}

// takesTokens reports whether an automation may do it.
func (o operation) takesTokens() bool {
	return slices.ContainsFunc(o.Security, func(s map[string][]string) bool { _, ok := s["bearer"]; return ok })
}

func (o operation) has(in, name string) bool {
	for _, p := range o.Parameters {
		if p.In == in && p.Name == name {
			return true
		}
	}
	return false
}

func (o operation) status() (status string) {
	for s := range o.Responses {
		if strings.HasPrefix(s, "2") {
			status = s
		}
	}
	return status
}

// request is an operation filled in.
type request struct{ method, path, body string }

// fill returns a request to an operation that succeeds for an organization's
// owner: things are named by what is there, bodies are made from their schema.
func (r *rig) fill(d document, o operation, org tenants.Organization) request {
	path := strings.ReplaceAll(o.path, "{org}", org.Slug.String())
	for name, value := range r.names(o, org) {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	if o.has("query", "search") {
		path += "?search=Pay"
	}
	if o.has("query", "group") {
		path += "?group=" + group.String()
	}
	if o.has("query", "software") {
		path += "?software=" + url.QueryEscape(r.waiting[org.ID][0].Software)
	}
	if o.has("query", "token") {
		path += "?token=" + url.QueryEscape(tokenOf(org.ID))
	}
	q := request{o.method, path, ""}
	if o.RequestBody != nil {
		body, err := json.Marshal(r.sample(d, "", o.RequestBody.Content["application/json"].Schema, org))
		if err != nil {
			panic(err)
		}
		q.body = string(body)
	}
	return q
}

// names says what an organization has that the path can mean.
func (r *rig) names(o operation, org tenants.Organization) map[string]string {
	a := r.access[org.ID]
	n := map[string]string{"client": a.Clients[0].ID, "tool": "whoami", "organizationId": org.ID.String(), "slug": r.approved[0].Slug.String()}
	n["source"], n["toolset"], n["limit"], n["contact"], n["kind"], n["definition"] = a.Sources[0].Name, a.Toolsets[0].Name, a.Limits[0].Name, a.Contacts[0].Name, "tool", "add"
	n["sink"], n["queue"], n["task"] = a.Sinks[0].Name, "membership", r.tasks[0].ID
	if o.OperationID == "updateSinkCredential" {
		n["sink"] = a.Sinks[1].Name // which takes one
	}
	n["recording"], n["schedule"] = a.Recordings[0].Name, org.ID.String()
	for scope := range a.Rules.ScopeCeilings {
		n["scope"] = scope
	}
	if strings.Contains(o.path, "/preregistered-clients/") {
		n["client"] = a.Preregistered[0].ID
	}
	switch {
	case strings.Contains(o.path, "/secrets/"):
		n["id"] = a.Preregistered[0].Secrets[0].ID.String()
	case strings.Contains(o.path, "/assignments/"):
		n["id"] = a.Rules.Assignments[0].ID.String()
	case strings.Contains(o.path, "/roles/"):
		n["id"] = a.Rules.Roles[0].ID.String()
	case strings.Contains(o.path, "/role-grants/"):
		grants := r.grants[org.ID]
		n["id"] = grants[len(grants)-1].ID.String()
	case strings.Contains(o.path, "/support-accesses/"):
		n["id"] = r.support[org.ID][0].ID.String()
	case strings.Contains(o.path, "/connections/"):
		n["id"] = r.connected[org.ID][0].ID.String()
	case strings.Contains(o.path, "/access-requests/"):
		n["id"] = r.wishes[org.ID][0].ID.String()
	case strings.Contains(o.path, "/source-authorizations/"):
		n["id"] = r.authorized[org.ID][0].ID.String()
	case strings.Contains(o.path, "/log/records/"):
		n["id"] = r.ledgers[org.ID].record.String()
	case strings.Contains(o.path, "/notices/"):
		n["id"] = r.notices[org.ID][0].ID.String()
	case strings.Contains(o.path, "/invitations/"):
		n["id"] = r.invited[0].ID.String()
	default:
		n["id"] = org.ID.String()
	}
	return n
}

func (r *rig) sample(d document, name string, s schema, org tenants.Organization) any {
	if s.Ref != "" {
		s = d.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	switch {
	case name == "definitions":
		one := map[string]any{"kind": "tool", "name": "add"}
		if _, hashed := d.Components.Schemas[s.Items.Ref[strings.LastIndex(s.Items.Ref, "/")+1:]].Properties["hash"]; hashed {
			one["hash"], one["effect"] = r.offers[r.access[org.ID].Sources[0].ID][0].Offer.Hash, "write"
		}
		return []any{one}
	case s.Properties["reason"].Type != "" && s.Properties["subject"].Type != "":
		return map[string]any{"kind": "person", "subject": alice, "reason": "laptop stolen"}
	case s.Properties["until"].Type != "":
		return map[string]any{"reason": "a lawsuit", "from": "2026-01", "until": "2026-03"}
	case s.Properties["tokenUrl"].Type != "":
		return map[string]any{"kind": "header", "header": "X-Api-Key", "value": "plain words"}
	case s.Properties["callsPerDay"].Type != "":
		object := map[string]any{"per": "tool", "tool": "who*", "rate": map[string]any{"calls": 7, "every": "minute"}}
		if _, named := s.Properties["name"]; named {
			object["name"] = "fresh"
		}
		return object
	case s.Properties["everySeconds"].Type != "":
		object := map[string]any{"kind": "syslog", "url": "tls://fresh.example"}
		if _, named := s.Properties["name"]; named {
			object["name"] = "fresh"
		}
		return object
	case s.Properties["tool"].Type != "" && s.Properties["result"].Items != nil:
		object := map[string]any{"tool": "who*", "arguments": []string{"/a"}}
		if _, named := s.Properties["name"]; named {
			object["name"] = "fresh"
		}
		return object
	case s.Properties["digest"].Type != "":
		object := map[string]any{"url": "https://fresh.example/in", "shape": "teams", "urgent": true}
		if _, named := s.Properties["name"]; named {
			object["name"] = "fresh"
		}
		return object
	case len(s.Enum) > 0:
		return s.Enum[0]
	case name == "role":
		return r.access[org.ID].Rules.Roles[0].ID
	case s.Format == "uuid", name == "value", name == "id":
		return tenants.NewGUID()
	case s.Format == "date-time":
		return start.Add(100 * time.Hour)
	case name == "people":
		return []tenants.GUID{alice}
	case name == "slug":
		return "northwind"
	case name == "condition":
		return "caller.guest"
	case name == "authenticationContext":
		return "c1"
	case name == "patterns":
		return []string{"who*"}
	case s.Pattern == sourcePattern:
		return "fresh"
	case name == "url", name == "tokenUrl":
		return "https://fresh.example/mcp"
	case name == "jwks", name == "jwksUri":
		return ""
	case name == "redirectUris":
		return []string{"https://app.example/callback"}
	case name == "accessPackageUrl":
		return "https://myaccess.microsoft.com/@fresh.example#/access-packages/1"
	case name == "origins":
		return []string{"https://app.example"}
	case name == "certificate":
		return ""
	case name == "arguments":
		return map[string]any{"a": 1}
	}
	switch s.Type {
	case "string":
		return "plainWords"
	case "integer":
		return max(s.Minimum, 7)
	case "boolean":
		return true
	case "array":
		return []any{r.sample(d, "", *s.Items, org)}
	default:
		object := map[string]any{}
		for _, p := range slices.Sorted(maps.Keys(s.Properties)) {
			object[p] = r.sample(d, p, s.Properties[p], org)
		}
		return object
	}
}

const sourcePattern = "^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$"

// do sends a filled request with the tag of what it changes.
func (b *browser) do(o operation, q request) *answered {
	b.t.Helper()
	headers := map[string]string{}
	if o.has("header", "If-Match") {
		read := q.path
		for _, end := range []string{"/suspend", "/resume", "/restore", "/credential"} {
			read = strings.TrimSuffix(read, end)
		}
		headers["If-Match"] = b.get(read).Header().Get("ETag")
	}
	w := b.send(q.method, q.path, q.body, headers)
	return &answered{w.Code, w.Body.String(), fmt.Sprint(w.Header())}
}

type answered struct {
	code          int
	body, headers string
}
