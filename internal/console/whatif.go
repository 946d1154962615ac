package console

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/asof"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/whatif"
)

// WhatIf tells what a proposed document would change, and would have changed. It fails
// as Documents does about the document, and with Conflict where the organization is not
// any more what the page before was about.
type WhatIf interface {
	// Replay decides recorded calls again, as many as one request may.
	Replay(ctx context.Context, by authz.Caller, p Proposal, at ReplayPlace) (Replayed, error)
	// Compare tells of a page of people what they could use more or less.
	Compare(ctx context.Context, by authz.Caller, p Proposal, at ComparePlace) (Compared, error)
}

// Proposal is a document that might be applied.
type Proposal struct {
	Document json.RawMessage
	Role     tenants.Role // of whoever asks
	Prune    bool
	Basis    asof.Digest // of the configuration that the page before was about; zero: there was none
}

// ReplayPlace is where a replay goes on.
type ReplayPlace struct {
	Since    time.Time
	From, To int64 // of records; To 0: it begins
}

// Replayed is what a stretch of the log has come to.
type Replayed struct {
	Basis   asof.Digest
	Stretch search.Stretch
	Next    int64 // the first record that is left; Stretch.To: none is
	Tally   whatif.Tally
	Remarks []string
}

// ComparePlace is where a comparison goes on.
type ComparePlace struct {
	At    time.Time
	After tenants.GUID
	Most  int
}

// Compared is a page of people.
type Compared struct {
	Basis   asof.Digest
	People  []ComparedPerson // for whom something differs
	Remarks []string
	After   tenants.GUID // the last person looked at
	More    bool
}

// ComparedPerson is somebody for whom something differs.
type ComparedPerson struct {
	Person      asof.Person
	Differences []whatif.Difference
}

type (
	// Proposing is the part of the input of what is asked about a document.
	Proposing struct {
		Prune  bool   `query:"prune" doc:"As of applyConfiguration."`
		Cursor string `query:"cursor" maxLength:"4000" doc:"nextCursor of the answer before; valid for an hour, for this document only."`
	}
	replayInput struct {
		InOrganization
		Proposing
		Body OrganizationDocument
		Days int `query:"days" default:"30" minimum:"1" maximum:"3700" doc:"How many days of the log, back from now. What is gone from the log because its time was over cannot be replayed."`
	}
	compareInput struct {
		InOrganization
		Proposing
		Body  OrganizationDocument
		Limit int `query:"limit" default:"50" minimum:"1" maximum:"200" doc:"How many people are looked at. Those for whom nothing differs are left out."`
	}
)

func (c *Console) whatIfRoutes(api huma.API) {
	const tag = "configuration"
	errors := []int{http.StatusConflict}
	inside(c, api, tenants.Admin, route{
		ID: "explainProposedCalls", Method: http.MethodPost, Path: "/configuration/what-if/calls", Tag: tag, Errors: errors, Summary: "Which recorded calls would a document have decided otherwise?",
		Description: "Changes nothing. Each call on record is decided anew, as if what applyConfiguration would make of the document had been in force. What depends on something that the log does not have is counted and not guessed. " +
			"One request goes through a part of the log: nextCursor goes on, and the numbers of all answers are to be added up. The log has who asked, and about which records.",
	}, c.explainProposedCalls)
	inside(c, api, tenants.Admin, route{
		ID: "explainProposedAccess", Method: http.MethodPost, Path: "/configuration/what-if/access", Tag: tag, Errors: errors, Summary: "Who could use more or less under a document?",
		Description: "Changes nothing, and looks at no log: everybody is told who has shown a token or whom a rule names, whether or not they called.",
	}, c.explainProposedAccess)
}

// proposalStand is where a proposal goes on, in a cursor.
type proposalStand struct {
	At    time.Time    `json:"at"`
	From  int64        `json:"from"`
	To    int64        `json:"to"`
	After tenants.GUID `json:"after"`
	Basis []byte       `json:"basis"`
}

// open returns where a request goes on, zero where it begins, and what its cursors are
// bound to.
func (in *Proposing) open(ctx context.Context, c *Console, by Actor, operation string, body []byte) (p proposalStand, binding []byte, err error) {
	sum := sha256.Sum256(body)
	binding = fmt.Appendf(nil, "console %s %t %x", operation, in.Prune, sum)
	if in.Cursor == "" {
		return p, binding, nil
	}
	payload, err := c.Cursors.OpenCursor(ctx, by.Org(), binding, in.Cursor)
	if err == nil {
		err = json.Unmarshal(payload, &p)
	}
	if err != nil || len(p.Basis) != sha256.Size {
		return p, nil, fault.Wrap(fault.Invalid, badCursor, err)
	}
	return p, binding, nil
}

func (in *Proposing) proposal(by Actor, p proposalStand, body []byte) Proposal {
	out := Proposal{Document: body, Role: by.Role, Prune: in.Prune}
	copy(out.Basis[:], p.Basis)
	return out
}

func (p proposalStand) cursor(ctx context.Context, c *Console, by Actor, binding []byte) (string, error) {
	payload, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	return c.Cursors.MakeCursor(ctx, by.Org(), binding, payload)
}

func (c *Console) explainProposedCalls(ctx context.Context, by Actor, in *replayInput) (*Result[ConfigurationReplay], error) {
	at, binding, err := in.open(ctx, c, by, fmt.Sprint("explainProposedCalls ", in.Days), in.Body)
	if err != nil {
		return nil, err
	}
	if at.At.IsZero() {
		at.At = c.Now().UTC().AddDate(0, 0, -in.Days).Truncate(time.Microsecond)
	}
	done, err := c.WhatIf.Replay(ctx, by.Caller, in.proposal(by, at, in.Body), ReplayPlace{at.At, at.From, at.To})
	if err != nil {
		return nil, err
	}
	out := replayOf(done)
	out.Since = at.At
	if s := done.Stretch; done.Next < s.To {
		out.NextCursor, err = proposalStand{At: at.At, From: done.Next, To: s.To, Basis: done.Basis[:]}.cursor(ctx, c, by, binding)
	}
	return result(out), err
}

func (c *Console) explainProposedAccess(ctx context.Context, by Actor, in *compareInput) (*Result[ConfigurationComparison], error) {
	at, binding, err := in.open(ctx, c, by, "explainProposedAccess", in.Body)
	if err != nil {
		return nil, err
	}
	if at.At.IsZero() {
		at.At = c.Now().UTC().Truncate(time.Microsecond)
		if err := c.LogReader.Reading(ctx, by.Caller, "what-if", filter.Filter{}); err != nil { // it is a report of access
			return nil, err
		}
	}
	done, err := c.WhatIf.Compare(ctx, by.Caller, in.proposal(by, at, in.Body), ComparePlace{at.At, at.After, in.Limit})
	if err != nil {
		return nil, err
	}
	out := ConfigurationComparison{At: at.At, Remarks: list(done.Remarks), Items: each(done.People, comparedOf)}
	if done.More {
		out.NextCursor, err = proposalStand{At: at.At, After: done.After, Basis: done.Basis[:]}.cursor(ctx, c, by, binding)
	}
	return result(out), err
}
