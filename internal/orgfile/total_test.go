package orgfile_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// TestBytesAreThoseOfTheDocument fills one section after the other up to what is
// admitted: its document has as many bytes as were counted.
func TestBytesAreThoseOfTheDocument(t *testing.T) {
	t.Parallel()
	condition := strings.Repeat("<", 300) // six bytes each
	for name, add := range map[string]func(*access.Configuration, int){
		"roles": func(c *access.Configuration, i int) {
			c.Rules.Roles = append(c.Rules.Roles, authz.Role{ID: tenants.NewGUID(), Name: fmt.Sprint("R", i), Permissions: []authz.Permission{
				{Effect: authz.Allow, Patterns: []string{"a", "b"}, Condition: condition, AuthenticationContext: "c1"},
			}})
		},
		"assignments": func(c *access.Configuration, i int) {
			a := authz.Assignment{Role: c.Rules.Roles[0].ID, Subject: authz.Subject{Kind: authz.SubjectAppRole, Value: fmt.Sprint(i)}, Name: condition}
			if i%2 == 0 {
				a.EndsAt = now
			}
			c.Rules.Assignments = append(c.Rules.Assignments, a)
		},
		"clients": func(c *access.Configuration, i int) {
			id := fmt.Sprintf("https://%d.example/%s", i, condition)
			c.Clients = append(c.Clients, tenants.Client{ID: id, Name: condition})
			c.Rules.ClientCeilings[id] = authz.Ceiling{Patterns: []string{"a"}}
		},
		"approvals": func(c *access.Configuration, i int) {
			a := tools.Approval{Source: c.Sources[0].ID, Kind: tools.KindPrompt, Name: fmt.Sprint(i, condition), Hash: tools.Hash{1}}
			if i%2 == 0 {
				a.Kind, a.Effect = tools.KindTool, tools.Destructive
			}
			if i%4 == 0 {
				a.Automatic = true // and in no document
			}
			c.Approvals = append(c.Approvals, a)
		},
		"toolsets": func(c *access.Configuration, i int) {
			c.Toolsets = append(c.Toolsets, tools.Toolset{Name: fmt.Sprint("t", i), Title: condition, Patterns: []string{condition + "*"}})
		},
		"limits": func(c *access.Configuration, i int) {
			c.Limits = append(c.Limits, tenants.Limit{
				Name: fmt.Sprint("l", i), Per: tenants.PerTool, Tool: condition + "*", Client: fmt.Sprint(i), PerDay: int64(i + 1), Uncounted: tenants.Refuse,
				Rate: tenants.LimitRate{Calls: i + 1, Every: tenants.EveryMinute, Burst: i + 1},
			})
		},
		"recordings": func(c *access.Configuration, i int) {
			c.Recordings = append(c.Recordings, tenants.Recording{Name: fmt.Sprint("r", i), Tool: condition + "*", Arguments: []string{"/a"}, Result: []string{"/b", "/c"}})
		},
		"contacts": func(c *access.Configuration, i int) {
			c.Contacts = append(c.Contacts, tenants.Contact{Name: fmt.Sprint("c", i), Webhook: "https://hooks.example/" + condition, Shape: tenants.TeamsShape, Urgent: true})
		},
		"sinks": func(c *access.Configuration, i int) {
			c.Sinks = append(c.Sinks, tenants.Sink{Name: fmt.Sprint("s", i), Kind: tenants.StorageSink, URL: "https://a.example/" + condition, Checkpoints: true, Every: time.Hour, KeyID: "a", Region: "b"})
		},
		"scopeCeilings": func(c *access.Configuration, i int) {
			c.Rules.ScopeCeilings[fmt.Sprint(i, condition)] = authz.Ceiling{Patterns: []string{"a", "b"}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := contoso()
			begin := len(document(t, s))
			before, err := s.Access.Totals(), error(nil)
			for i := 0; err == nil; i++ {
				add(&s.Access, i)
				err = s.Access.CheckTotals(before)
			}
			written := len(document(t, s))
			if written < access.MaxBytes || written > access.MaxBytes+begin+5_000 {
				t.Errorf("refused at %d bytes: %v", written, err)
			}
		})
	}
}

func document(t *testing.T, s access.Whole) []byte {
	t.Helper()
	text, err := json.Marshal(orgfile.Export(s))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
