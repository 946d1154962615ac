package console

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// SourceHealth is how a source does for one process.
type SourceHealth struct {
	State   string    // untried, working, failing or resting; empty: untried
	Trouble string    // what went wrong last, as a sentence for everybody; empty while it works
	Since   time.Time // since when it is in this state
	At      time.Time // when that was found out last; zero: never
}

// resting is the state of a source that is not asked for a while, because it
// failed again and again.
const resting = "resting"

// SourceStatus is what is known of a source from asking it.
type SourceStatus struct {
	Source       string        `json:"source" doc:"Name of the source."`
	ID           tenants.GUID  `json:"id" format:"uuid"`
	Health       string        `json:"health" enum:"disabled,unread,failing,working" doc:"disabled: it is switched off. unread: it has never been read. failing: it rests, or what was last found out about it, by reading it or by a call, is that something is wrong. working: it is not."`
	RefreshedAt  *time.Time    `json:"refreshedAt,omitempty" doc:"When all that it offers was last read. Absent: never."`
	TriedAt      *time.Time    `json:"triedAt,omitempty" doc:"When that was last attempted."`
	Failure      string        `json:"failure,omitempty" doc:"What is wrong with a source that is failing; of another, why it could not be read the last time, although calls work since."`
	Replica      ReplicaHealth `json:"replica" doc:"How it does for the replica of Gatehouse that answers this."`
	Revision     string        `json:"revision,omitempty" doc:"Revision of the protocol that was spoken."`
	ServerName   string        `json:"serverName,omitempty" doc:"What it calls itself. Nothing is decided by it."`
	Version      string        `json:"serverVersion,omitempty" doc:"What it says its version is."`
	Instructions string        `json:"instructions,omitempty" doc:"Its own words to models, as it last said them. Clients are told those that are approved, a definition of the kind instructions."`
	Served       int           `json:"served" doc:"Definitions that are approved, offered and not left out."`
	Pending      int           `json:"pending" doc:"Definitions that wait for review."`
	Unusable     int           `json:"unusable" doc:"Definitions that cannot be approved, or not be served."`
}

// ReplicaHealth is how a source does for one replica.
type ReplicaHealth struct {
	State   string     `json:"state" enum:"untried,working,failing,resting" doc:"untried: it has not been asked. resting: it is not asked for a while, because it failed again and again."`
	Failure string     `json:"failure,omitempty" doc:"What went wrong last."`
	Since   *time.Time `json:"since,omitempty" doc:"Since when it is in this state."`
}

// RefreshReport is what came of reading a source.
type RefreshReport struct {
	ReadAt   time.Time `json:"readAt" doc:"When it was read."`
	Offered  int       `json:"offered" doc:"Definitions that it offers."`
	Approved int       `json:"approved" doc:"Of these, approved by its policy just now."`
	Pending  int       `json:"pending" doc:"Definitions that wait for review, all that there are."`
	Unusable int       `json:"unusable" doc:"Definitions that cannot be approved, all that there are."`
	Gone     int       `json:"gone" doc:"Definitions that it offered before, and not this time."`
	Changed  bool      `json:"changed" doc:"What is served or waits for review is not what it was."`

	NewDefinitions     []NamedDefinition `json:"newDefinitions" doc:"What it offers for the first time, a hundred at most."`
	ChangedDefinitions []NamedDefinition `json:"changedDefinitions" doc:"What it offers otherwise than before, a hundred at most."`
	GoneDefinitions    []NamedDefinition `json:"goneDefinitions" doc:"What it does not offer any more, a hundred at most."`
}

// NamedDefinition is a definition of a source by its name.
type NamedDefinition struct {
	Kind tools.Kind `json:"kind" enum:"tool,prompt,resource,resource_template,instructions" doc:"What it is."`
	Name string     `json:"name" doc:"The source's own name of it."`
}

func reportOf(r access.Refreshed) RefreshReport {
	names := func(n access.Named) NamedDefinition { return NamedDefinition(n) }
	return RefreshReport{
		r.At, r.Offered, r.Approved, r.Pending, r.Unusable, r.Gone, r.Changed, each(r.New, names), each(r.Altered, names), each(r.Lost, names),
	}
}

// maxShown is how many characters of a source's own texts are shown where they
// stand beside others.
const maxShown = 2_000

func statusOf(s tools.Source, known access.SourceState, h SourceHealth) SourceStatus {
	out := SourceStatus{
		Source: s.Name, ID: s.ID, Health: "working", RefreshedAt: instant(known.RefreshedAt), TriedAt: instant(known.TriedAt), Failure: known.Trouble,
		Replica: ReplicaHealth{cmp.Or(h.State, "untried"), h.Trouble, instant(h.Since)}, Revision: visible(known.Revision), Instructions: visible(known.Instructions),
		Served: known.Served, Pending: known.Pending, Unusable: known.Unusable,
	}
	trouble := lastFound(known, h)
	switch {
	case !s.Enabled:
		out.Health = "disabled"
	case trouble != "" || h.State == resting:
		out.Health, out.Failure = "failing", cmp.Or(trouble, h.Trouble)
	case known.RefreshedAt.IsZero():
		out.Health = "unread"
	}
	var info struct{ Name, Version string }
	if json.Unmarshal(known.Server, &info) == nil {
		out.ServerName, out.Version = visible(info.Name), visible(info.Version)
	}
	return out
}

// lastFound returns what is wrong with a source by whatever was found out last: by
// reading it, by calls of some replica, or by those of this one. It is empty if
// nothing is.
func lastFound(known access.SourceState, h SourceHealth) string {
	at, trouble := known.TriedAt, known.Trouble
	if known.TurnedAt.After(at) {
		at, trouble = known.TurnedAt, known.TurnedTo
	}
	if h.At.After(at) {
		trouble = h.Trouble
	}
	return trouble
}

func (c *Console) refreshSource(ctx context.Context, by Actor, in *sourceInput) (*Result[RefreshReport], error) {
	s, err := c.source(ctx, by, in.Source)
	if err != nil {
		return nil, err
	}
	if !s.Enabled {
		return nil, fault.New(fault.Conflict, "the source is switched off; enable it first")
	}
	r, err := c.Sources.Refresh(ctx, by.Caller, s.ID)
	if missing, ok := errors.AsType[*tools.SignInError](err); ok {
		return nil, fault.New(fault.Conflict, missing.Told()) // the link goes to this person, and into no log
	}
	return result(reportOf(r)), err
}

func (c *Console) getSourceStatus(ctx context.Context, by Actor, in *sourceInput) (*Result[SourceStatus], error) {
	s, err := c.source(ctx, by, in.Source)
	if err != nil {
		return nil, err
	}
	all, err := c.statuses(ctx, by, []tools.Source{s})
	if err != nil {
		return nil, err
	}
	return result(all[0]), nil
}

func (c *Console) listSourceStatuses(ctx context.Context, by Actor, in *listInput) (*Listed[SourceStatus], error) {
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	all, err := c.statuses(ctx, by, a.Sources)
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[SourceStatus]{"listSourceStatuses", all, func(s SourceStatus) string { return s.Source }})
}

func (c *Console) statuses(ctx context.Context, by Actor, of []tools.Source) ([]SourceStatus, error) {
	known, err := c.Store.SourceStates(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	out := make([]SourceStatus, len(of))
	for i, s := range of {
		health, err := c.Sources.SourceHealth(ctx, by.Org(), s.ID)
		if err != nil {
			return nil, err
		}
		state, err := c.counted(ctx, by, s, known[s.ID])
		if err != nil {
			return nil, err
		}
		out[i] = statusOf(s, state, health)
	}
	return out, nil
}

// counted returns what is known of a source with its definitions counted as the
// list of them shows them: what the store counts knows nothing of those that are
// left out.
func (c *Console) counted(ctx context.Context, by Actor, s tools.Source, known access.SourceState) (access.SourceState, error) {
	left, err := c.Sources.LeftOut(ctx, by.Org(), s.ID)
	if err != nil || len(left) == 0 {
		return known, err
	}
	all, err := c.definitions(ctx, by, s)
	if err != nil {
		return known, err
	}
	known.Pending, known.Unusable, known.Served = 0, 0, 0
	for _, o := range all {
		switch o.State() {
		case access.StateGone:
			continue
		case access.StatePending, access.StateChanged:
			known.Pending++
		case access.StateUnusable:
			known.Unusable++
		case access.StateApproved:
		}
		if o.Pinned != nil && left[access.Definition{Source: s.ID, Kind: o.Offer.Kind, Name: o.Offer.Name}] == "" {
			known.Served++
		}
	}
	return known, nil
}

// source returns a source of the organization by its name.
func (c *Console) source(ctx context.Context, by Actor, name string) (tools.Source, error) {
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return tools.Source{}, err
	}
	return sourceNamed(a, name)
}
