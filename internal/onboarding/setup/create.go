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
	Changes            []Change
}

// Change is one thing that a run has done, in the order in which it did them.
type Change struct {
	Step string // the title of the step
	Made string // object id of what was made; empty: what was there was written to
}

// String is the change for people.
func (c Change) String() string {
	if c.Made == "" {
		return c.Step
	}
	return c.Step + " (made " + c.Made + ")"
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

// Create carries out the plan of an organization, the same one as the script but for
// the steps that are apart.
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
		if s.Apart {
			continue
		}
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
	done  []Change
}

func (r *run) created() Created {
	return Created{
		ClientID: r.known[ClientID], ObjectID: r.known[ObjectID], ServicePrincipalID: r.known[PrincipalID],
		GrantID: r.known[GrantID], FederatedID: r.known[FederatedID], Secret: Secret(r.known[SecretText]),
		Changes: r.done,
	}
}

func (r *run) step(ctx context.Context, s Step) error {
	if s.Find == nil {
		return r.write(ctx, s, *s.Make)
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
	r.done = append(r.done, Change{s.Title, r.known[s.Binds[0].Variable]})
	return nil
}

// write sends what a step writes to something that is there.
func (r *run) write(ctx context.Context, s Step, q Request) error {
	err := r.send(ctx, q, nil)
	if err == nil {
		r.done = append(r.done, Change{Step: s.Title})
	}
	return err
}

// find lists what a step looks for.
func (r *run) find(ctx context.Context, s Step) ([]map[string]any, error) {
	answer := map[string]any{}
	if err := r.send(ctx, Request{Method: http.MethodGet, Path: s.Find.Path}, &answer); err != nil {
		return nil, err
	}
	list, _ := answer[s.Find.List].([]any)
	var all []map[string]any
	for _, one := range list {
		entry, _ := one.(map[string]any)
		all = append(all, entry)
	}
	return s.Find.among(all), nil
}

// among are the entries that count.
func (f Find) among(all []map[string]any) []map[string]any {
	if len(f.Which) == 0 {
		return all
	}
	for _, m := range f.Which {
		matching := slices.DeleteFunc(slices.Clone(all), func(entry map[string]any) bool { return entry[m.Member] != m.Equals })
		if len(matching) > 0 {
			return matching
		}
	}
	return nil
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
	return r.write(ctx, s, *s.Update)
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

// explain says where a plan stopped, why, what it has done, and what to do.
func (r *run) explain(s Step, err error) error {
	text := fmt.Sprintf("setup stopped at %q: %s", s.Title, why(err))
	if codeOf(err) == hostNotVerified {
		text += ". " + strings.Join(Fallbacks(), " ")
	}
	kind := kindOf(err)
	if kind == fault.Unavailable || kind == fault.Limited || replicating(err) {
		text += ". Run it again: it finds what is there and completes it"
	}
	return fault.Wrap(kind, text+". "+r.soFar(), err)
}

// why is what a refusal says, once.
func why(err error) string {
	var own *fault.Error
	if errors.As(err, &own) {
		return fault.Public(own)
	}
	if code := codeOf(err); code != "" {
		return "Microsoft Graph answered " + code
	}
	return "Microsoft Graph did not answer"
}

// kindOf is the kind of what ended a run. What Microsoft Graph refuses to have
// twice is a conflict.
func kindOf(err error) fault.Kind {
	if replicating(err) {
		return fault.Upstream
	}
	if slices.Contains([]string{"Request_MultipleObjectsWithSameKeyValue", "ObjectConflict", "InvalidFederatedIdentityCredentialValue"}, codeOf(err)) {
		return fault.Conflict
	}
	var own *fault.Error
	if errors.As(err, &own) {
		return fault.KindOf(own)
	}
	return fault.Upstream
}

// soFar says what a run that stopped has done, and how to take it back.
func (r *run) soFar() string {
	if len(r.done) == 0 {
		return "This run has changed nothing"
	}
	var done []string
	made := map[string]bool{}
	for _, c := range r.done {
		done, made[c.Made] = append(done, c.String()), true
	}
	text := "Done by this run: " + strings.Join(done, "; ")
	if object := r.known[ObjectID]; object != "" && made[object] {
		return text + ". To take it back, delete the app registration with object id " + object + " (its service principal and consent go with it)"
	}
	if principal := r.known[PrincipalID]; principal != "" && made[principal] {
		return text + ". To take it back, delete the enterprise app with object id " + principal + " (its consent goes with it)"
	}
	return text
}
