package setup

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Graph is Microsoft Graph as the administrator who sets up. It holds their
// delegated token, for this one use: the package never sees it.
type Graph interface {
	// Write sends one request to path, which is below /v1.0/ and escaped, and reads
	// a JSON answer into out unless out is nil. body is nil for GET. A refusal of
	// Graph is an error that tells its code, as interface{ GraphCode() string }.
	Write(ctx context.Context, method, path string, body, out any) error
}

// Creator carries plans out.
type Creator struct {
	Graph Graph
	Wait  func(ctx context.Context, d time.Duration) error // returns early with an error when ctx ends
}

// Created is what a plan has come to. After an error it is what there is so far.
type Created struct {
	ClientID           string // application (client) id
	ObjectID           string // of the app registration; empty with the shared app
	ServicePrincipalID string
	GrantID            string // of the consent for everybody
	FederatedID        string // of the federated credential; empty without
	Secret             Secret // of a client secret that was made now; empty when it was there already
}

// Secret is text that logs and JSON do not show.
type Secret string

// String hides the secret from what prints it.
func (Secret) String() string { return "•••" }

// GoString hides the secret from what prints it in Go's syntax.
func (Secret) GoString() string { return `"•••"` }

// MarshalJSON hides the secret.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"•••"`), nil }

// Text is the secret itself.
func (s Secret) Text() string { return string(s) }

// Create carries out the plan of an organization, the same one as the script.
// Running it again finds what is there and completes it. Right after something
// is made Graph may not know it yet: such a refusal is repeated for up to two
// minutes. Broken values are fault.Invalid; a refusal of Graph is wrapped with
// what has been made so far and how to go on or take it back.
func (c Creator) Create(ctx context.Context, v Values) (Created, error) {
	plan, err := New(v)
	if err != nil {
		return Created{}, err
	}
	r := run{Creator: c, known: map[Variable]string{}}
	if v.Model == tenants.SharedApp {
		r.known[ClientID] = v.ClientID.String()
	}
	for _, s := range plan.Steps {
		if err = r.step(ctx, s); err != nil {
			return r.created(), r.explain(s, err)
		}
	}
	return r.created(), nil
}

// run is one carrying out of a plan.
type run struct {
	Creator
	known map[Variable]string
	made  []string // titles of what this run has made, with ids
}

func (r *run) created() Created {
	return Created{
		ClientID: r.known[ClientID], ObjectID: r.known[ObjectID], ServicePrincipalID: r.known[PrincipalID],
		GrantID: r.known[GrantID], FederatedID: r.known[FederatedID], Secret: Secret(r.known[SecretText]),
	}
}

func (r *run) step(ctx context.Context, s Step) error {
	if s.Find == nil {
		return r.send(ctx, *s.Make, nil)
	}
	found, err := r.find(ctx, s)
	switch {
	case err != nil:
		return err
	case len(found) > 1:
		return fault.Newf(fault.Conflict, "there are %d of them; delete all but one", len(found))
	case len(found) == 1:
		r.bind(s, found[0])
		return r.update(ctx, s)
	case s.Make == nil:
		return fault.New(fault.NotFound, s.Find.Absent)
	}
	answer := map[string]any{}
	if err := r.send(ctx, *s.Make, &answer); err != nil {
		return err
	}
	r.bind(s, answer)
	r.known[s.Shown], _ = answer[string(s.Shown)].(string)
	r.made = append(r.made, s.Name+" "+r.known[s.Binds[0].Variable])
	return nil
}

// find lists what a step looks for.
func (r *run) find(ctx context.Context, s Step) ([]map[string]any, error) {
	answer := map[string]any{}
	if err := r.send(ctx, Request{Method: http.MethodGet, Path: s.Find.Path}, &answer); err != nil {
		return nil, err
	}
	var out []map[string]any
	list, _ := answer[s.Find.List].([]any)
	for _, one := range list {
		entry, _ := one.(map[string]any)
		if s.Find.Member == "" || entry[s.Find.Member] == s.Find.Equals {
			out = append(out, entry)
		}
	}
	return out, nil
}

func (r *run) bind(s Step, entry map[string]any) {
	for _, b := range s.Binds {
		r.known[b.Variable], _ = entry[b.Member].(string)
	}
}

func (r *run) update(ctx context.Context, s Step) error {
	if s.Update == nil {
		return nil
	}
	granted := strings.Fields(r.known[Granted])
	for _, word := range s.Words {
		if !slices.Contains(granted, word) {
			granted = append(granted, word)
		}
	}
	r.known[Granted] = strings.Join(granted, " ")
	return r.send(ctx, *s.Update, nil)
}

// The waits before a request is repeated: two minutes together.
var backOff = []time.Duration{1 * time.Second, 3 * time.Second, 6 * time.Second, 15 * time.Second, 35 * time.Second, 60 * time.Second}

// send sends a request, again while Graph does not know what was just made.
func (r *run) send(ctx context.Context, q Request, out any) error {
	var body any
	if q.Body != nil {
		body = r.plain(q.Body)
	}
	path := template(q.Path).fill(r.known)
	for _, wait := range backOff {
		err := r.Graph.Write(ctx, q.Method, path, body, out)
		if err == nil || !replicating(err) {
			return err
		}
		if late := r.Wait(ctx, wait); late != nil {
			return errors.Join(late, err)
		}
	}
	return r.Graph.Write(ctx, q.Method, path, body, out)
}

// codeOf is the code of a refusal of Graph; empty for other errors.
func codeOf(err error) string {
	var refusal interface{ GraphCode() string }
	if errors.As(err, &refusal) {
		return refusal.GraphCode()
	}
	return ""
}

// replicating reports whether a refusal can be a directory that has not yet
// heard of what was made.
func replicating(err error) bool {
	return slices.Contains([]string{"Request_ResourceNotFound", "NoBackingApplicationObject", hostNotVerified}, codeOf(err))
}

const hostNotVerified = "HostNameNotOnVerifiedDomain"

// plain is a tree for encoding/json, its variables known.
func (r *run) plain(value any) any {
	switch value := value.(type) {
	case Object:
		out := make(map[string]any, len(value))
		for _, m := range value {
			out[m.Name] = r.plain(m.Value)
		}
		return out
	case List:
		out := make([]any, 0, len(value))
		for _, one := range value {
			out = append(out, r.plain(one))
		}
		return out
	case Ref:
		return r.known[Variable(value)]
	}
	return value
}

// explain says where a plan stopped, what it has made, and what to do.
func (r *run) explain(s Step, err error) error {
	kind := fault.KindOf(err)
	var own *fault.Error
	if !errors.As(err, &own) {
		kind = fault.Upstream
	}
	text := fmt.Sprintf("setup stopped at %q", s.Title)
	if code := codeOf(err); code != "" {
		text += ": Microsoft Graph answered " + code
	}
	if own != nil {
		text += ": " + fault.Public(own)
	}
	if codeOf(err) == hostNotVerified {
		text += ". " + strings.Join(Fallbacks(), " ")
	}
	if len(r.made) == 0 {
		return fault.Wrap(kind, text+". This run has made nothing; run it again", err)
	}
	text += ". Made by this run: " + strings.Join(r.made, ", ") + ". Run it again to complete it"
	if object := r.known[ObjectID]; object != "" {
		text += ", or delete the app registration with object id " + object + " (its service principal and consent go with it)"
	} else if principal := r.known[PrincipalID]; principal != "" {
		text += ", or delete the enterprise app with object id " + principal + " (its consent goes with it)"
	}
	return fault.Wrap(kind, text, err)
}
