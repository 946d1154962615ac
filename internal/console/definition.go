package console

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// SourceStore reads what is known of sources from asking them.
type SourceStore interface {
	// Offers returns what a source offers, and what was approved of it and is not
	// offered any more, with all texts.
	Offers(ctx context.Context, org tenants.ID, source tenants.GUID) ([]access.Offered, error)
	// SourceStates returns what is known of the sources, by their ids. One that was
	// never asked is not among them.
	SourceStates(ctx context.Context, org tenants.ID) (map[tenants.GUID]access.SourceState, error)
}

// Definition is one thing that a source offers, or that was approved of it.
type Definition struct {
	Kind           tools.Kind        `json:"kind" enum:"tool,prompt,resource,resource_template,instructions" doc:"What it is."`
	Name           string            `json:"name" doc:"The source's own name of it; of a resource its URI, of a template its URI template; of what it says to models about itself, instructions."`
	Shown          string            `json:"shownName" doc:"What clients call it."`
	Permission     string            `json:"permission" doc:"What the patterns of roles match. Empty of instructions: whoever may see anything of the source is told them."`
	Title          string            `json:"title,omitempty" doc:"As the source says."`
	Description    string            `json:"description,omitempty" doc:"As the source says; the beginning of a long one, with a mark in place of what cannot be seen."`
	State          access.OfferState `json:"state" enum:"approved,pending,changed,gone,unusable" doc:"pending: new, and nobody has approved it. changed: something else was approved, which is served. gone: approved, and not offered. unusable: it cannot be approved, or not be served."`
	Hash           *tools.Hash       `json:"hash,omitempty" doc:"Of what is offered now: what an approval has to name. Absent: it is not offered, or not readable."`
	ProposedEffect tools.Effect      `json:"proposedEffect,omitempty" enum:"read,write,destructive" doc:"What a tool says of itself: a proposal."`
	Approval       *SourceApproval   `json:"approval,omitempty" doc:"What was decided about it. Absent: nothing."`
	Flags          []DefinitionFlag  `json:"flags" doc:"What somebody should look at before approving it, fifty findings at most."`
	MoreFlags      bool              `json:"moreFlags,omitempty" doc:"Others are left out: read the whole definition."`
	RenamedFrom    string            `json:"renamedFrom,omitempty" doc:"The name under which the source offered the same before."`
	Reason         string            `json:"reason,omitempty" doc:"Why it is unusable."`
	SeenAt         *time.Time        `json:"seenAt,omitempty" doc:"When exactly this was first offered."`
}

// SourceApproval is what was decided about a definition.
type SourceApproval struct {
	Hash      tools.Hash   `json:"hash" doc:"Of the definition that is approved."`
	Effect    tools.Effect `json:"effect,omitempty" enum:"read,write,destructive" doc:"What running the tool does to the world. Absent: it is no tool."`
	Automatic bool         `json:"automatic" doc:"The policy of the source decided."`
	At        time.Time    `json:"at" doc:"When it was decided."`
}

// DefinitionFlag is something in a definition that somebody should look at.
type DefinitionFlag struct {
	Code    tools.FlagCode `json:"code" enum:"instructions,hidden,markup,look_alike,long,encoded,unread,clash" doc:"What it is about, for programs."`
	Path    string         `json:"path" doc:"Where in the definition, as a JSON pointer."`
	Finding string         `json:"finding" doc:"What was noticed."`
	Excerpt string         `json:"excerpt,omitempty" doc:"What stands there, in printable characters."`
}

// DefinitionText is a definition as the source gave it, beside what was approved.
type DefinitionText struct {
	Definition
	Offered     json.RawMessage    `json:"offered,omitempty" doc:"As it is offered now. Characters that cannot be seen are escaped."`
	Approved    json.RawMessage    `json:"approved,omitempty" doc:"As it was approved, where that is something else."`
	Changes     []DefinitionChange `json:"changes" doc:"Of a changed one: what differs from what was approved, a hundred at most."`
	MoreChanges int                `json:"moreChanges,omitempty" doc:"So many others are left out."`
}

// DefinitionChange is one difference between two definitions.
type DefinitionChange struct {
	Path string `json:"path,omitempty" doc:"Where, as a JSON pointer. Empty: the whole."`
	Old  string `json:"old,omitempty" doc:"What was approved, in JSON; a long one ends with an ellipsis. Absent: nothing was there."`
	New  string `json:"new,omitempty" doc:"What is offered, likewise. Absent: nothing is there."`
}

// definitions returns what a source offers and what was approved of it. What is
// approved and cannot be served all the same is unusable, and says why.
func (c *Console) definitions(ctx context.Context, by Actor, s tools.Source) ([]access.Offered, error) {
	all, err := c.Store.Offers(ctx, by.Org(), s.ID)
	if err != nil {
		return nil, err
	}
	left, err := c.Sources.LeftOut(ctx, by.Org(), s.ID)
	if err != nil {
		return nil, err
	}
	for i := range all {
		o := &all[i]
		if why := left[access.Definition{Source: s.ID, Kind: o.Offer.Kind, Name: o.Offer.Name}]; why != "" && o.Offered() && o.Unusable == "" {
			o.Unusable = why
		}
	}
	return all, nil
}

// shown says what is known of definitions, with what they would share with those of
// other sources.
func (c *Console) shown(ctx context.Context, by Actor, s tools.Source, list []access.Offered) ([]Definition, error) {
	clashes, err := c.Sources.Clashes(ctx, by.Org(), s, each(list, func(o access.Offered) tools.Offer { return o.Offer }))
	if err != nil {
		return nil, err
	}
	out := make([]Definition, len(list))
	for i, o := range list {
		out[i] = definitionOf(s, o, clashes[i])
	}
	return out, nil
}

// definitionOf says what is known of a definition.
func definitionOf(s tools.Source, o access.Offered, clashes []tools.Flag) Definition {
	d := Definition{
		Kind: o.Offer.Kind, Name: o.Offer.Name, Shown: s.Shown(o.Offer.Kind, o.Offer.Name), Permission: s.PermissionName(o.Offer.Kind, o.Offer.Name),
		State: o.State(), RenamedFrom: o.RenamedFrom, Reason: o.Unusable, Flags: []DefinitionFlag{}, SeenAt: instant(o.SeenAt),
	}
	if a := o.Approved; a != nil {
		d.Approval = &SourceApproval{a.Hash, a.Effect, a.Automatic, a.At}
	}
	text := o.Pinned
	if o.Offered() {
		text = o.Offer.Definition
	}
	if o.Offered() && !o.Offer.Hash.IsZero() { // what cannot be read has neither
		d.Hash, d.ProposedEffect = &o.Offer.Hash, tools.Propose(o.Offer)
		flags := slices.Concat(clashes, tools.Examine(o.Offer))
		d.MoreFlags = len(flags) > tools.MaxFlags
		d.Flags = each(flags[:min(len(flags), tools.MaxFlags)], func(f tools.Flag) DefinitionFlag { return DefinitionFlag(f) })
	}
	var said struct{ Title, Description string }
	if json.Unmarshal(text, &said) == nil {
		d.Title, d.Description = visible(said.Title), visible(said.Description)
	}
	return d
}

// textOf is a definition with its texts.
func textOf(d Definition, o access.Offered) DefinitionText {
	t := DefinitionText{Definition: d, Offered: escaped(o.Offer.Definition), Changes: []DefinitionChange{}}
	if t.State == access.StateApproved {
		return t
	}
	t.Approved = escaped(o.Pinned)
	if t.State == access.StateChanged && o.Pinned != nil {
		changes, more := tools.Diff(o.Pinned, o.Offer.Definition)
		t.MoreChanges = more
		t.Changes = each(changes, func(c tools.Change) DefinitionChange {
			return DefinitionChange{c.Path, string(c.Old), string(c.New)}
		})
	}
	return t
}

type (
	definitionsInput struct {
		InOrganization
		SourceItem
		Paging
		State string `query:"state" enum:"approved,pending,changed,gone,unusable" doc:"Only those in this state."`
		Kind  string `query:"kind" enum:"tool,prompt,resource,resource_template,instructions" doc:"Only those of this kind."`
	}
	definitionInput struct {
		InOrganization
		SourceItem
		Kind       string `path:"kind" enum:"tool,prompt,resource,resource_template,instructions" doc:"What it is."`
		Definition string `path:"definition" maxLength:"2000" doc:"The source's own name of it, escaped."`
	}
)

func (c *Console) definitionRoutes(api huma.API) {
	const tag = "definitions"
	inside(c, api, tenants.Viewer, route{ID: "listDefinitions", Method: http.MethodGet, Path: "/sources/{source}/definitions", Tag: tag, Summary: "List what a source offers and what was approved of it"}, c.listDefinitions)
	inside(c, api, tenants.Viewer, route{ID: "getDefinition", Method: http.MethodGet, Path: "/sources/{source}/definitions/{kind}/{definition}", Tag: tag, Summary: "Read a definition, and what of it has changed"}, c.getDefinition)
	inside(c, api, tenants.Admin, route{ID: "approveDefinitions", Method: http.MethodPost, Path: "/sources/{source}/approve", Tag: tag, Errors: []int{409}, Summary: "Approve definitions, and decide the effects of tools", Description: "All of them or none. A definition is approved by the hash of what is offered now: one that is not is refused with 409. What is approved already gets another effect in the same way."}, c.approveDefinitions)
	inside(c, api, tenants.Admin, route{ID: "withdrawDefinitions", Method: http.MethodPost, Path: "/sources/{source}/withdraw", Tag: tag, Errors: []int{409}, Summary: "Take approvals back", Description: "All of them or none. No policy approves again what was taken back, as long as it does not change."}, c.withdrawDefinitions)
}

func (c *Console) listDefinitions(ctx context.Context, by Actor, in *definitionsInput) (*Listed[Definition], error) {
	s, err := c.source(ctx, by, in.Source)
	if err != nil {
		return nil, err
	}
	all, err := c.definitions(ctx, by, s)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(o access.Offered) bool {
		return in.State != "" && string(o.State()) != in.State || in.Kind != "" && string(o.Offer.Kind) != in.Kind
	})
	page, err := cut(ctx, c, by, in.Paging, listing[access.Offered]{"listDefinitions " + s.ID.String(), all, func(o access.Offered) string {
		return string(o.Offer.Kind) + "\x00" + o.Offer.Name
	}})
	if err != nil {
		return nil, err
	}
	items, err := c.shown(ctx, by, s, page.Body.Items)
	if err != nil {
		return nil, err
	}
	return &Listed[Definition]{Page[Definition]{items, page.Body.NextCursor}}, nil
}

func (c *Console) getDefinition(ctx context.Context, by Actor, in *definitionInput) (*Result[DefinitionText], error) {
	s, err := c.source(ctx, by, in.Source)
	if err != nil {
		return nil, err
	}
	all, err := c.definitions(ctx, by, s)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(all, func(o access.Offered) bool { return string(o.Offer.Kind) == in.Kind && o.Offer.Name == in.Definition })
	if at < 0 {
		return nil, errNoDefinition
	}
	one, err := c.shown(ctx, by, s, all[at:at+1])
	if err != nil {
		return nil, err
	}
	return result(textOf(one[0], all[at])), nil
}

var errNoDefinition = fault.New(fault.NotFound, "the source offers no such definition, and nothing of this name was approved")
