package manage

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
)

// WhatIf asks what a document would change.
type WhatIf struct {
	File *orgfile.File
	Mode orgfile.Mode
	Days int // of the log
}

// Foresight is what a document would change, and would have changed: all answers of the
// deployment, added up.
type Foresight struct {
	Calls  ForeseenCalls    `json:"calls"`
	Access []ForeseenPerson `json:"access"`
	At     time.Time        `json:"at"` // what was known of people then is what Access rests on

	Remarks []string `json:"remarks"`
}

// ForeseenCalls is what it would have done to the calls on record.
type ForeseenCalls struct {
	Since      time.Time        `json:"since"`
	From       int64            `json:"from"` // number of the first record
	To         int64            `json:"to"`   // number after the last one
	SealedAt   *time.Time       `json:"sealedAt,omitempty"`
	Records    int64            `json:"records"`
	Calls      int64            `json:"calls"`
	Unchanged  int64            `json:"unchanged"`
	Loses      int64            `json:"loses"`
	Gains      int64            `json:"gains"`
	CannotTell int64            `json:"cannotTell"`
	Erased     int64            `json:"erased"`
	Reasons    []ForeseenReason `json:"reasons"`
	Items      []ForeseenRow    `json:"items"`
	Omitted    int64            `json:"omitted"`
}

// ForeseenReason says why nobody can tell about some calls.
type ForeseenReason struct {
	Reason string `json:"reason"`
	Calls  int64  `json:"calls"`
}

// ForeseenRow is what would have become of somebody's calls of one thing.
type ForeseenRow struct {
	Person  tenants.GUID  `json:"person"`
	Name    string        `json:"name"`
	Tool    string        `json:"tool"`
	Change  string        `json:"change"`
	Rule    *ForeseenRule `json:"rule,omitempty"`
	Reasons []string      `json:"reasons,omitempty"`
	Calls   int64         `json:"calls"`
	Already int64         `json:"already"`
	Last    time.Time     `json:"last"`
}

// ForeseenRule is what of the document decides.
type ForeseenRule struct {
	Kind       string `json:"kind"`
	Role       string `json:"role,omitempty"`
	Permission int    `json:"permission,omitempty"`
	Subject    string `json:"subject,omitempty"`
}

// ForeseenPerson is somebody who could use more or less.
type ForeseenPerson struct {
	Person tenants.GUID   `json:"person"`
	Name   string         `json:"name"`
	Kind   string         `json:"kind"`
	Tools  []ForeseenTool `json:"tools"`
}

// ForeseenTool is a tool that somebody could use more or less.
type ForeseenTool struct {
	Tool   string       `json:"tool"`
	Effect string       `json:"effect"`
	Before string       `json:"before"`
	After  string       `json:"after"`
	Rules  []AccessRule `json:"rules"`
}

// None reports whether nothing is known to change, or may.
func (f Foresight) None() bool {
	return f.Calls.Loses+f.Calls.Gains+f.Calls.CannotTell == 0 && len(f.Access) == 0
}

// Foresee asks the deployment, again and again until it has been through all of the
// log and all people. A document that is refused is a *RefusedError, with the lines of
// the file.
func Foresee(ctx context.Context, c *Client, w WhatIf) (Foresight, error) {
	f, err := c.foresee(ctx, w)
	return f, Application{File: w.File}.located(err)
}

func (c *Client) foresee(ctx context.Context, w WhatIf) (f Foresight, err error) {
	document := withoutSource(w.File.Document)
	query := url.Values{"prune": {strconv.FormatBool(w.Mode == orgfile.Prune)}}
	ask := func(path string, query url.Values, page any) error {
		answer, err := c.exchange(ctx, call{method: http.MethodPost, path: "configuration/what-if/" + path, query: query, body: document})
		if err != nil {
			return err
		}
		if err := json.Unmarshal(answer.Body, page); err != nil {
			return c.strange("answered with nothing", err)
		}
		return nil
	}
	access := url.Values{"prune": query["prune"], "limit": {accessPage}}
	for {
		var page struct {
			At         time.Time
			Remarks    []string
			Items      []ForeseenPerson
			NextCursor string
		}
		if err := ask("access", access, &page); err != nil {
			return f, err
		}
		f.At, f.Remarks, f.Access = page.At, page.Remarks, append(f.Access, page.Items...)
		if page.NextCursor == "" {
			break
		}
		access.Set("cursor", page.NextCursor)
	}
	query.Set("days", strconv.Itoa(w.Days))
	for {
		var page struct {
			ForeseenCalls
			NextCursor string
		}
		if err := ask("calls", query, &page); err != nil {
			return f, err
		}
		f.Calls.add(page.ForeseenCalls)
		if page.NextCursor == "" {
			return f, nil
		}
		query.Set("cursor", page.NextCursor)
	}
}

// add adds an answer about the records that follow.
func (c *ForeseenCalls) add(more ForeseenCalls) {
	if c.SealedAt == nil {
		c.Since, c.From, c.SealedAt = more.Since, more.From, more.SealedAt
	}
	c.To = more.To
	for _, n := range [...]struct {
		sum  *int64
		more int64
	}{
		{&c.Records, more.Records},
		{&c.Calls, more.Calls},
		{&c.Unchanged, more.Unchanged},
		{&c.Loses, more.Loses},
		{&c.Gains, more.Gains},
		{&c.CannotTell, more.CannotTell},
		{&c.Erased, more.Erased},
		{&c.Omitted, more.Omitted},
	} {
		*n.sum += n.more
	}
	for _, r := range more.Reasons {
		if at := slices.IndexFunc(c.Reasons, func(x ForeseenReason) bool { return x.Reason == r.Reason }); at >= 0 {
			c.Reasons[at].Calls += r.Calls
			continue
		}
		c.Reasons = append(c.Reasons, r)
	}
	for _, r := range more.Items {
		if at := slices.IndexFunc(c.Items, r.same); at >= 0 {
			x := &c.Items[at]
			x.Calls, x.Already = x.Calls+r.Calls, x.Already+r.Already
			if x.Last.Before(r.Last) {
				x.Last, x.Name = r.Last, r.Name
			}
			continue
		}
		c.Items = append(c.Items, r)
	}
	slices.SortStableFunc(c.Items, func(a, b ForeseenRow) int { return int(b.Calls - a.Calls) })
}

// same reports whether two rows are of the same calls.
func (r ForeseenRow) same(x ForeseenRow) bool {
	if (r.Rule == nil) != (x.Rule == nil) || r.Rule != nil && *r.Rule != *x.Rule {
		return false
	}
	return r.Person == x.Person && r.Tool == x.Tool && r.Change == x.Change && slices.Equal(r.Reasons, x.Reasons)
}
