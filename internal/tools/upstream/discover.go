package upstream

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/text"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// Offering is all that a server offers, as it says now.
type Offering struct {
	Revision     string // of the protocol, in which it was asked
	Info         []byte // what the server calls itself, an object as sent; nil: nothing
	Instructions string // for models, in the server's own words
	Capabilities []byte // object as sent
	Offers       []tools.Offer
	Unusable     []Unusable
}

// Unusable is a definition that cannot be used, and why.
type Unusable struct {
	Kind   tools.Kind
	Name   string // as far as it can be read
	Reason string
}

// The limits of what a server may offer. Past one of them nothing is taken: a part
// of a list would look like a list from which the rest was removed.
const (
	mostPages     = 1_000    // of one list
	longestCursor = 16 << 10 // bytes
	longestText   = 16 << 10 // bytes of instructions
	discoverTime  = 2 * time.Minute
)

// Discover reads all that the server offers, as ourselves: a server that answers
// people only has to be asked with DiscoverFor. Its faults are for admins: they
// tell why a server cannot be reached, as Health does. It asks also while the
// server is left alone: whether that is still needed shows in the answer.
func (s *Server) Discover(ctx context.Context) (Offering, error) {
	return s.discovery(ctx, asker{})
}

// DiscoverFor is Discover on behalf of somebody. It reads what the server offers
// to them.
func (s *Server) DiscoverFor(ctx context.Context, by authz.Caller, assertion authz.Assertion) (Offering, error) {
	return s.discovery(ctx, asker{by: by, assertion: assertion})
}

func (s *Server) discovery(ctx context.Context, a asker) (Offering, error) {
	if err := s.enter(ctx); err != nil {
		return Offering{}, err
	}
	defer s.gate.leave()
	ctx, cancel := context.WithTimeoutCause(ctx, discoverTime, errSilent)
	defer cancel()
	a.allowance = s.allow(mostOfDiscovery)
	offering, err := s.readOffering(ctx, a)
	err = s.located(s.explain(ctx, err))
	s.note(a.by.Identity().OID, err)
	return offering, s.declined(err)
}

func (s *Server) readOffering(ctx context.Context, a asker) (Offering, error) {
	d, err := s.dialect(ctx, a)
	if err != nil {
		return Offering{}, err
	}
	if d.era(wire.Modern) == wire.Legacy {
		return s.legacyOffering(ctx, a)
	}
	result, err := s.discover(ctx, a)
	if err != nil {
		if s.changed(err) {
			s.dialects.forget(d)
		}
		return Offering{}, asked(wire.MethodDiscover, err)
	}
	members, err := wire.Members(result, s.hub.limits)
	if err != nil {
		return Offering{}, s.wrong("sent an answer to server/discover that cannot be used: "+err.Error(), nil)
	}
	o := Offering{Revision: wire.Revision20260728, Capabilities: wire.Value(members, "capabilities"), Info: serverInfo(members)}
	o.Instructions, _ = wire.Text(wire.Value(members, "instructions"))
	r := reader{s: s, offering: &o, ask: func(ctx context.Context, method string, params []byte) ([]byte, error) {
		return s.modern(ctx, a, method, params)
	}}
	return r.read(ctx)
}

// serverInfo returns what a server calls itself in a result.
func serverInfo(result []wire.Member) []byte {
	meta := wire.Value(result, "_meta")
	members, err := wire.MembersOf(meta)
	if err != nil {
		return nil
	}
	return wire.Value(members, metaPrefix+"serverInfo")
}

func (s *Server) legacyOffering(ctx context.Context, a asker) (Offering, error) {
	session, intro, err := s.begin(ctx, a, tools.Capabilities{})
	if err != nil {
		return Offering{}, asked(wire.MethodInitialize, err)
	}
	defer s.hub.behind(ctx, func(ctx context.Context) { s.end(ctx, a, session) })
	o := Offering{Revision: intro.revision, Info: intro.info, Capabilities: intro.capabilities, Instructions: intro.instructions}
	r := reader{s: s, offering: &o, ask: func(ctx context.Context, method string, params []byte) ([]byte, error) {
		return s.simple(ctx, a, session, method, trimmed(append([]byte{'{'}, params...)))
	}}
	return r.read(ctx)
}

func trimmed(params []byte) []byte {
	if len(params) == 1 {
		return params
	}
	return trimComma(params)
}

// list is one of the lists that a server may have.
type list struct {
	kind               tools.Kind
	capability, method string
	member, name       string
}

var lists = []list{
	{tools.KindTool, "tools", wire.MethodToolsList, "tools", "name"},
	{tools.KindPrompt, "prompts", wire.MethodPromptsList, "prompts", "name"},
	{tools.KindResource, "resources", wire.MethodResourcesList, "resources", "uri"},
	{tools.KindTemplate, "resources", wire.MethodResourcesTemplatesList, "resourceTemplates", "uriTemplate"},
}

// reader reads the lists of a server.
type reader struct {
	s        *Server
	offering *Offering
	ask      func(ctx context.Context, method string, params []byte) ([]byte, error)
	bytes    int
}

func (r *reader) read(ctx context.Context) (Offering, error) {
	if len(r.offering.Instructions) > longestText {
		return Offering{}, r.s.wrong(fmt.Sprintf("has instructions of more than %d bytes", longestText), nil)
	}
	capabilities, err := wire.Members(r.offering.Capabilities, r.s.hub.limits)
	if err != nil {
		return Offering{}, r.s.wrong("does not say what it can do: capabilities are no object", nil)
	}
	for _, l := range lists {
		if wire.Value(capabilities, l.capability) == nil {
			continue
		}
		if err := r.list(ctx, l); err != nil {
			return Offering{}, err
		}
	}
	r.instruct()
	return *r.offering, nil
}

// instruct makes a definition of what the server says about itself, if it says
// anything.
func (r *reader) instruct() {
	if strings.TrimSpace(r.offering.Instructions) == "" {
		return
	}
	offer, err := tools.NewInstructions(r.offering.Instructions)
	if err != nil {
		r.offering.Unusable = append(r.offering.Unusable, Unusable{tools.KindInstructions, tools.InstructionsName, reasonOf(err)})
		return
	}
	r.offering.Offers = append(r.offering.Offers, offer)
}

// list reads all pages of one list.
func (r *reader) list(ctx context.Context, l list) error {
	seen := map[string]bool{}
	var params []byte
	count := 0
	for range mostPages {
		result, err := r.ask(ctx, l.method, params)
		if err != nil {
			if isUnknownMethod(err) && params == nil {
				return nil // what it does not have is empty, whatever it declares
			}
			return asked(l.method, err)
		}
		definitions, cursor, err := r.page(result, l)
		if err != nil {
			return err
		}
		if count += len(definitions); count > tools.MaxOffers {
			return r.s.wrong(fmt.Sprintf("offers more than %d of one kind in %s", tools.MaxOffers, l.method), nil)
		}
		if err := r.take(l, definitions); err != nil {
			return err
		}
		if cursor == "" {
			return nil
		}
		if seen[cursor] || len(cursor) > longestCursor {
			return r.s.wrong(l.method+" does not come to an end: a cursor comes twice or is too long", nil)
		}
		seen[cursor] = true
		params = append(wire.AppendString([]byte(`"cursor":`), cursor), ',')
	}
	return r.s.wrong(fmt.Sprintf("%s does not come to an end after %d pages", l.method, mostPages), nil)
}

// page reads one page of a list.
func (r *reader) page(result []byte, l list) (definitions []json.RawMessage, cursor string, err error) {
	members, err := wire.Members(result, r.s.hub.limits)
	if err == nil {
		err = json.Unmarshal(wire.Value(members, l.member), &definitions)
	}
	if err != nil {
		return nil, "", r.s.wrong("sent a page of "+l.method+" that cannot be used", err)
	}
	cursor, _ = wire.Text(wire.Value(members, "nextCursor"))
	return definitions, cursor, nil
}

// take keeps the definitions of a page.
func (r *reader) take(l list, definitions []json.RawMessage) error {
	for _, definition := range definitions {
		if r.bytes += len(definition); r.bytes > tools.MaxOfferedSize {
			return r.s.wrong(fmt.Sprintf("offers definitions of more than %d bytes together", tools.MaxOfferedSize), nil)
		}
		offer, err := tools.NewOffer(l.kind, definition)
		if err != nil {
			r.offering.Unusable = append(r.offering.Unusable, Unusable{l.kind, nameOf(definition, l.name), reasonOf(err)})
			continue
		}
		r.offering.Offers = append(r.offering.Offers, offer)
	}
	return nil
}

// nameOf returns the name of a definition that cannot be used, for people.
func nameOf(definition []byte, member string) string {
	const most = 128
	members, err := wire.MembersOf(definition)
	if err != nil {
		return ""
	}
	name, _ := wire.Text(wire.Value(members, member))
	return text.Cut(name, most)
}

func reasonOf(err error) string {
	if fault.KindOf(err) != fault.Internal {
		return fault.Public(err)
	}
	return err.Error()
}
