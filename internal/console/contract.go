package console

import (
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// contract is the empty document that operations are added to.
func contract() huma.Config {
	cfg := huma.DefaultConfig("Gatehouse management API", "1")
	cfg.CreateHooks = nil // no $schema members, no Link headers
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath = "", "", ""
	cfg.RejectUnknownQueryParameters = true
	format := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: unmarshal}
	cfg.Formats = map[string]huma.Format{"application/json": format, "json": format} // the latter for problem+json
	cfg.Info.Description = "Everything below /api/organizations/{org} belongs to one organization; " +
		"to whoever has no place in it, it does not exist. The role an operation needs stands in its security requirement. " +
		"What names bearer there, an automation can do as well as a person; the rest is for people."
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: cookieName, Description: "A person who signed in at /auth/sign-in. Requests that change something " +
			"also need Sec-Fetch-Site: same-origin or the platform's own Origin."},
		"bearer": {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "An app-only access token of the organization's own directory with the app role " +
			ManageRole + ", of an application that the organization lists as a client. It acts as admin until an owner grants its service principal a role, and with what is granted from then on; it is never an owner."},
	}
	cfg.Tags = tags()
	return cfg
}

// tags names the kinds of operations, in the order of routes.
func tags() (list []*huma.Tag) {
	for _, t := range [][2]string{
		{"session", "Who has signed in."},
		{"organizations", "An organization from its registration to its deletion."},
		{"roles", "Tool roles: named sets of permissions."},
		{"assignments", "Who has which tool role."},
		{"clients", "The AI clients that may connect, and the most that each may do."},
		{"preregistered-clients", "AI clients that admins have registered by hand, and agents, with their secrets."},
		{"client-requests", "AI clients that somebody wanted to connect and that wait for an admin."},
		{"connections", "Which AI clients act for whom, each because that person has agreed to it."},
		{"revocations", "Who and what is cut off: people, AI apps, sessions, everybody."},
		{"scope-ceilings", "The most that a token with a certain scope may do."},
		{"tools", "The permission names there are: the platform's own tools with which of them are switched on, and what is approved of sources."},
		{"sources", "MCP servers behind the platform."},
		{"source-authorizations", "At which sources people have signed in themselves, so that they may be asked for them."},
		{"definitions", "What sources offer, and what of it is approved."},
		{"toolsets", "Named parts of the tools, each with an endpoint of its own."},
		{"limits", "What the organization allows of calls, within what the deployment does."},
		{"holds", "Legal holds: what keeps records of the log whatever the retention says."},
		{"erasures", "People who are erased from the log."},
		{"recordings", "Which fields of calls the log keeps in clear, and of which calls it keeps the bodies."},
		{"contacts", "Who is told what is noticed, and what that was: credentials that expire, consent that is withdrawn, sources that fail."},
		{"sinks", "Where the log goes, out of the operator's hands."},
		{"role-grants", "Who may do what through this API."},
		{"decisions", "Whether somebody may use a tool, and why."},
		{"own-access", "What you yourself may use in the organization of your directory, and asking for more."},
		{"access-requests", "What people of the organization ask its admins for."},
		{"people", "People of the organization's directory, asked for as the person who has signed in."},
		{"groups", "Groups of the organization's directory, asked for as the person who has signed in."},
		{"configuration", "Everything an organization decides, as one document."},
		{"onboarding", "The way from nothing to a working call: app registration, connection, credential, consent, the doctor."},
		{"operator", "For operators of the platform."},
		{"bodies", "What calls were given and have answered, where that is kept, and who may read it."},
		{"log", "What has happened, sealed: found, counted, proved and exported."},
		{"support-access", "Operators who look inside an organization, which its owners allow."},
	} {
		list = append(list, &huma.Tag{Name: t[0], Description: t[1]})
	}
	return list
}

// headers are what answers carry besides their body.
var headers = map[string]*huma.Header{
	requestID:             {Description: "Id of the request, as the platform's log has it.", Schema: &huma.Schema{Type: huma.TypeString, Format: "uuid"}},
	"ETag":                {Description: "Names this state of the resource: send it back in If-Match to change the resource.", Schema: &huma.Schema{Type: huma.TypeString}},
	warningsHeader:        {Description: "After a change of what is decided about access: how many warnings listWarnings has now.", Schema: &huma.Schema{Type: huma.TypeInteger}},
	"Content-Type":        {Description: "The form of the answer.", Schema: &huma.Schema{Type: huma.TypeString}},
	"Content-Disposition": {Description: "A name for the file.", Schema: &huma.Schema{Type: huma.TypeString}},
	"Location":            {Description: "Where the new resource is.", Schema: &huma.Schema{Type: huma.TypeString, Format: "uri-reference"}},
	"Retry-After":         {Description: "Seconds after which trying again may help, where that is known.", Schema: &huma.Schema{Type: huma.TypeInteger}},
	"WWW-Authenticate":    {Description: "Bearer.", Schema: &huma.Schema{Type: huma.TypeString}},
}

// refusal is an answer that is a problem, as every operation that gives it
// declares it.
type refusal struct{ name, description, header string }

var refusals = map[int]refusal{
	http.StatusBadRequest:            {"Malformed", "The body is not one JSON value without members named twice.", ""},
	http.StatusUnauthorized:          {"Unauthenticated", "Nobody has signed in, or the token is not accepted.", "WWW-Authenticate"},
	http.StatusForbidden:             {"Forbidden", "Whoever asks may not do this.", ""},
	http.StatusNotFound:              {"NotFound", "There is no such thing, or it belongs to somebody else.", ""},
	http.StatusConflict:              {"Conflict", "What is there now does not let it happen.", ""},
	http.StatusPreconditionFailed:    {"Changed", "It has changed since the ETag in If-Match was read.", ""},
	http.StatusRequestEntityTooLarge: {"TooLarge", "The body is larger than 1 MB.", ""},
	http.StatusUnsupportedMediaType:  {"MediaType", "The body is not application/json.", ""},
	http.StatusUnprocessableEntity:   {"Invalid", "A field breaks a rule; errors names each.", ""},
	http.StatusPreconditionRequired:  {"MatchRequired", "If-Match is missing, or is *.", ""},
	http.StatusTooManyRequests:       {"Limited", "Too many requests.", "Retry-After"},
	http.StatusInternalServerError:   {"Internal", "The platform failed.", ""},
	http.StatusBadGateway:            {"Upstream", "Microsoft Entra ID or Microsoft Graph failed or refused.", ""},
	http.StatusServiceUnavailable:    {"Unavailable", "Not possible now; later it is.", "Retry-After"},
}

// complete says once in the components what many operations have in common, and
// makes every operation refer to it.
func complete(d *huma.OpenAPI) {
	d.Components.Headers = headers
	d.Components.Responses = map[string]*huma.Response{}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		p := d.Paths[path]
		for _, op := range []*huma.Operation{p.Get, p.Put, p.Post, p.Patch, p.Delete} {
			if op != nil {
				completeOperation(d.Components, op)
			}
		}
	}
}

// completeOperation also marks If-Match as required. It is the operation, not the
// reader of its input, that refuses a request without it: with 428.
func completeOperation(c *huma.Components, op *huma.Operation) {
	for _, p := range op.Parameters {
		p.Required = p.Required || p.Name == ifMatch
	}
	for code, answer := range op.Responses {
		status, err := strconv.Atoi(code)
		r, refused := refusals[status]
		switch {
		case err == nil && refused:
			answer.Description, answer.Headers = r.description, map[string]*huma.Header{requestID: header(requestID)}
			if r.header != "" {
				answer.Headers[r.header] = header(r.header)
			}
			c.Responses[r.name] = answer
			op.Responses[code] = &huma.Response{Ref: "#/components/responses/" + r.name}
		default:
			completeSuccess(answer)
		}
	}
}

func completeSuccess(answer *huma.Response) {
	if answer.Headers == nil {
		answer.Headers = map[string]*huma.Header{}
	}
	for name := range answer.Headers {
		answer.Headers[name] = header(name)
	}
	answer.Headers[requestID] = header(requestID)
}

// header refers to one of headers.
func header(name string) *huma.Header { return &huma.Header{Ref: "#/components/headers/" + name} }
