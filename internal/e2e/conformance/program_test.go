package conformance_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	ours "gatehouse/internal/tools/upstream"
	"gatehouse/internal/wire"
)

// programLimit bounds one scenario; the suite's own limit is 30 seconds.
const programLimit = 25 * time.Second

// program is a client of the suite: a source, as Gatehouse has it, and the AI client
// that somebody uses it with.
type program struct {
	server *ours.Server
	by     authz.Caller
	person *person // nil: nobody has to sign in
	era    wire.Era
	given  given
}

// given is what the suite says about a scenario.
type given struct {
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	Calls        []struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	} `json:"toolCalls"`
}

// beClient is what the suite starts: `program URL`, with the rest in the
// environment. It returns the status to exit with.
func beClient(scenario string) int {
	ctx, cancel := context.WithTimeout(context.Background(), programLimit)
	defer cancel()
	if err := actAsClient(ctx, scenario); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func actAsClient(ctx context.Context, scenario string) error {
	if len(os.Args) != 2 {
		return errors.New("the suite gives one argument, the URL of the server")
	}
	p := &program{era: wire.Modern}
	if os.Getenv("MCP_CONFORMANCE_PROTOCOL_VERSION") < firstModern {
		p.era = wire.Legacy
	}
	if text := os.Getenv("MCP_CONFORMANCE_CONTEXT"); text != "" {
		if err := json.Unmarshal([]byte(text), &p.given); err != nil {
			return err
		}
	}
	if err := p.connect(ctx, os.Args[1], strings.HasPrefix(scenario, "auth/")); err != nil {
		return err
	}
	return p.play(ctx, scenario)
}

// play does what every client does: it asks what there is, and uses it. What
// scenarios are about shows in how.
func (p *program) play(ctx context.Context, scenario string) error {
	offers, err := p.offers(ctx)
	if err != nil {
		return err
	}
	calls := p.given.Calls
	for _, call := range calls {
		if err := p.call(ctx, offers, call.Name, call.Arguments); err != nil {
			return err
		}
	}
	if len(calls) > 0 {
		return nil
	}
	for _, offer := range offers {
		if err := p.use(ctx, offers, offer); err != nil {
			return fmt.Errorf("%s: %s: %w", scenario, offer.Name, err)
		}
	}
	return nil
}

// use uses one thing that the server offers.
func (p *program) use(ctx context.Context, offers []tools.Offer, offer tools.Offer) error {
	switch offer.Kind { //nolint:exhaustive // the others are not used by themselves
	case tools.KindTool:
		arguments := `{}`
		if offer.Name == "add_numbers" {
			arguments = `{"a":5,"b":3}`
		}
		return p.call(ctx, offers, offer.Name, json.RawMessage(arguments))
	case tools.KindPrompt:
		_, err := p.exchange(ctx, tools.Target{Method: wire.MethodPromptsGet, Name: offer.Name}, tools.Call{Arguments: []byte(`{}`)})
		return err
	case tools.KindResource:
		_, err := p.exchange(ctx, tools.Target{Method: wire.MethodResourcesRead, Name: offer.Name}, tools.Call{Arguments: []byte(`{}`)})
		return err
	}
	return nil
}

// call calls a tool, and answers what it wants to know first.
func (p *program) call(ctx context.Context, offers []tools.Offer, name string, arguments []byte) error {
	call := tools.Call{Arguments: arguments, Effect: tools.Write}
	for _, offer := range offers {
		if offer.Kind == tools.KindTool && offer.Name == name {
			var definition struct {
				InputSchema json.RawMessage `json:"inputSchema"`
			}
			if err := json.Unmarshal(offer.Definition, &definition); err != nil {
				return err
			}
			var err error
			if call.HeaderParams, err = wire.ParseHeaderParams(definition.InputSchema); err != nil {
				return err
			}
		}
	}
	for range 4 {
		result, err := p.exchange(ctx, tools.Target{Method: wire.MethodToolsCall, Name: name}, call)
		if err != nil || result.Asked == nil {
			return err
		}
		if call.Responses, err = accepted(result.Asked.Requests); err != nil {
			return err
		}
		call.State = result.Asked.State
	}
	return errors.New("it asks without an end")
}

// accepted answers the requests that a server makes before it goes on.
func accepted(requests []byte) ([]byte, error) {
	var asked map[string]struct {
		Method string `json:"method"`
	}
	if requests == nil {
		return nil, nil
	}
	if err := json.Unmarshal(requests, &asked); err != nil {
		return nil, err
	}
	answers := map[string]any{}
	for key := range asked {
		answers[key] = map[string]any{"action": "accept", "content": map[string]any{"confirmed": true}}
	}
	return json.Marshal(answers)
}

// offers asks the server what it offers.
func (p *program) offers(ctx context.Context) ([]tools.Offer, error) {
	var offering ours.Offering
	err := p.signedIn(ctx, func() (err error) {
		offering, err = p.server.DiscoverFor(ctx, p.by, authz.NewAssertion("token-of-the-client"))
		return err
	})
	for _, u := range offering.Unusable {
		fmt.Fprintf(os.Stderr, "%s %s is not used: %s\n", u.Kind, u.Name, u.Reason)
	}
	return offering.Offers, err
}

// exchange makes one request, as mcphost does.
func (p *program) exchange(ctx context.Context, to tools.Target, call tools.Call) (result tools.Result, err error) {
	call.Assertion, call.Now, call.Record = authz.NewAssertion("token-of-the-client"), time.Now(), "0190aaaa-0000-7000-8000-000000000001"
	call.Client = tools.Client{Era: p.era, Capabilities: tools.Capabilities{Can: tools.CanElicit}}
	call.Peer = &aiClient{p, &call}
	err = p.signedIn(ctx, func() (err error) {
		result, err = p.server.Exchange(ctx, p.by, to, call)
		return err
	})
	return result, err
}

// mostSignIns is how often a person is patient enough to sign in for one thing.
const mostSignIns = 4

// signedIn does what a person wants, who signs in when they are sent to, and then
// repeats it.
func (p *program) signedIn(ctx context.Context, do func() error) error {
	err := do()
	for range mostSignIns {
		wanted, ok := errors.AsType[*tools.SignInError](err)
		if !ok {
			return err
		}
		if err := p.person.signIn(ctx, wanted.URL()); err != nil {
			return err
		}
		err = do()
	}
	return err
}

// aiClient is what somebody uses Gatehouse with.
type aiClient struct {
	p    *program
	call *tools.Call
}

// Notify implements tools.Peer.
func (*aiClient) Notify(context.Context, tools.Notification) error { return nil }

// Ask implements tools.Peer: the person accepts a form as it is, and the client
// fills in its defaults (SEP-1034), which Gatehouse passes on.
func (c *aiClient) Ask(ctx context.Context, q tools.Question) error {
	var params struct {
		RequestedSchema struct {
			Properties map[string]struct {
				Default json.RawMessage `json:"default"`
			} `json:"properties"`
		} `json:"requestedSchema"`
	}
	if err := json.Unmarshal(q.Params, &params); err != nil {
		return err
	}
	content := map[string]json.RawMessage{}
	for name, property := range params.RequestedSchema.Properties {
		if property.Default != nil {
			content[name] = property.Default
		}
	}
	result, err := json.Marshal(map[string]any{"action": "accept", "content": content})
	if err != nil {
		return err
	}
	answer := tools.Answer{ReplyTo: q.ReplyTo, Session: tenants.GUID{}, Result: result, Call: *c.call}
	go func() { _ = c.p.server.Answer(ctx, c.p.by, answer) }()
	return nil
}
