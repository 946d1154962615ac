package access

import (
	"encoding/json"
	"fmt"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tools"
)

// Totals is how much the sections of a configuration have of what is bounded for
// all of them together.
type Totals []section

type section struct {
	name     Place
	patterns int
	bytes    int // of its JSON in a document
}

// Totals measures a configuration.
func (c Configuration) Totals() Totals {
	return Totals{
		c.roleTotals(), c.assignmentTotals(), c.clientTotals(), c.scopeTotals(),
		{name: "tools", bytes: size(c.Tools)},
		c.sourceTotals(), c.approvalTotals(), c.toolsetTotals(), c.limitTotals(), c.recordingTotals(), c.contactTotals(), c.sinkTotals(),
	}
}

// CheckTotals refuses a configuration that has more than MaxTotalPatterns or
// MaxBytes, at the section that has grown most since before. One that does not
// grow is not refused: what is too large can become smaller step by step.
func (c Configuration) CheckTotals(before Totals) error {
	after := c.Totals()
	var found complaints
	if n := grown(before, after, section.countPatterns); n.total > MaxTotalPatterns {
		found.add(n.at, fmt.Sprintf("brings roles, clients, scope ceilings and toolsets to %d patterns in all, and there may be %d; use patterns with *, or remove some", n.total, MaxTotalPatterns))
	}
	if n := grown(before, after, section.countBytes); n.total > MaxBytes {
		found.add(n.at, fmt.Sprintf("brings the configuration to %d bytes, and it may have %d; shorten or remove something", n.total, MaxBytes))
	}
	return Refuse(found)
}

func (s section) countPatterns() int { return s.patterns }

func (s section) countBytes() int { return s.bytes }

// growth is a total, zero if it has not grown, and the section that has most.
type growth struct {
	total int
	at    Place
}

func grown(before, after Totals, count func(section) int) growth {
	var now growth
	was, most := 0, 0
	for i, s := range after {
		now.total += count(s)
		was += count(before[i])
		if more := count(s) - count(before[i]); more > most {
			now.at, most = s.name, more
		}
	}
	if now.total <= was {
		return growth{}
	}
	return now
}

func (c Configuration) roleTotals() section {
	type permission struct {
		Effect                authz.Effect `json:"effect"`
		Patterns              []string     `json:"patterns"`
		Condition             string       `json:"condition,omitempty"`
		AuthenticationContext string       `json:"authenticationContext,omitempty"`
	}
	type role struct {
		Name        string       `json:"name"`
		Permissions []permission `json:"permissions"`
	}
	total := section{name: "roles"}
	for _, r := range c.Rules.Roles {
		written := role{Name: r.Name}
		for _, p := range r.Permissions {
			total.patterns += len(p.Patterns)
			written.Permissions = append(written.Permissions, permission{p.Effect, p.Patterns, p.Condition, p.AuthenticationContext})
		}
		total.bytes += size(written)
	}
	return total
}

func (c Configuration) assignmentTotals() section {
	type subject struct {
		Kind  authz.SubjectKind `json:"kind"`
		Value string            `json:"value,omitempty"`
	}
	type assignment struct {
		Role    string  `json:"role"`
		Subject subject `json:"subject"`
		Name    string  `json:"name"`
		EndsAt  string  `json:"endsAt,omitempty"`
	}
	total, names := section{name: "assignments"}, c.roleNames()
	for _, a := range c.Rules.Assignments {
		written := assignment{Role: names[a.Role], Subject: subject{a.Subject.Kind, a.Subject.Value}, Name: a.Name}
		if !a.EndsAt.IsZero() {
			written.EndsAt = a.EndsAt.UTC().Format(time.RFC3339Nano)
		}
		total.bytes += size(written)
	}
	return total
}

func (c Configuration) clientTotals() section {
	type client struct {
		ID                 string   `json:"id"`
		Name               string   `json:"name"`
		MaximumPermissions []string `json:"maximumPermissions,omitempty"`
	}
	total := section{name: "clients"}
	for _, listed := range c.Clients {
		patterns := c.Rules.ClientCeilings[listed.ID].Patterns
		total.patterns += len(patterns)
		total.bytes += size(client{listed.ID, listed.Name, patterns})
	}
	return total
}

func (c Configuration) scopeTotals() section {
	type ceiling struct {
		Scope    string   `json:"scope"`
		Patterns []string `json:"patterns"`
	}
	total := section{name: "scopeCeilings"}
	for scope, bound := range c.Rules.ScopeCeilings {
		total.patterns += len(bound.Patterns)
		total.bytes += size(ceiling{scope, bound.Patterns})
	}
	return total
}

func (c Configuration) sourceTotals() section {
	type credential struct {
		Kind     tools.SourceCredentialKind `json:"kind"`
		Header   string                     `json:"header,omitempty"`
		Scopes   []string                   `json:"scopes,omitempty"`
		TokenURL string                     `json:"tokenUrl,omitempty"`
		ClientID string                     `json:"clientId,omitempty"`
	}
	type source struct {
		Name       string       `json:"name"`
		Title      string       `json:"title"`
		URL        string       `json:"url"`
		Naming     tools.Naming `json:"naming"`
		Review     tools.Review `json:"review"`
		Trusted    bool         `json:"trusted"`
		Enabled    bool         `json:"enabled"`
		Timeout    string       `json:"timeout"`
		Concurrent int          `json:"concurrent"`
		Credential credential   `json:"credential"`
	}
	total := section{name: "sources"}
	for _, s := range c.Sources {
		k := s.Credential
		total.bytes += size(source{
			s.Name, s.Title, s.URL, s.Naming, s.Review, s.Trusted, s.Enabled, s.Timeout.String(), s.Concurrent,
			credential{k.Kind, k.Header, k.Scopes, k.TokenURL, k.ClientID},
		})
	}
	return total
}

// approvalTotals leaves out what policies have approved: no document has it.
func (c Configuration) approvalTotals() section {
	type approval struct {
		Source string       `json:"source"`
		Kind   tools.Kind   `json:"kind"`
		Name   string       `json:"name"`
		Hash   tools.Hash   `json:"hash"`
		Effect tools.Effect `json:"effect,omitempty"`
	}
	total, names := section{name: "approvals"}, c.sourceNames()
	for _, a := range c.Approvals {
		if !a.Automatic {
			total.bytes += size(approval{names[a.Source], a.Kind, a.Name, a.Hash, a.Effect})
		}
	}
	return total
}

func (c Configuration) toolsetTotals() section {
	type toolset struct {
		Name     string   `json:"name"`
		Title    string   `json:"title"`
		Patterns []string `json:"patterns"`
	}
	total := section{name: "toolsets"}
	for _, t := range c.Toolsets {
		total.patterns += len(t.Patterns)
		total.bytes += size(toolset{t.Name, t.Title, t.Patterns})
	}
	return total
}

// size is how many bytes a value has in a document, with the comma after it.
// What cannot be written fits nowhere.
func size(value any) int {
	text, err := json.Marshal(value)
	if err != nil {
		return MaxBytes
	}
	return len(text) + 1
}
