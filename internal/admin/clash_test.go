package admin_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/admin"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/entra"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// viewOfNotes is what an organization serves of one source, notes: a template.
func viewOfNotes(t *testing.T) *snapshot.Snapshot {
	t.Helper()
	kek, err := secrets.NewLocalKEK([32]byte{7})
	if err != nil {
		t.Fatal(err)
	}
	box, err := secrets.NewBox(kek)
	if err != nil {
		t.Fatal(err)
	}
	registry, err := tools.NewRegistry(nil)
	if err != nil {
		t.Fatal(err)
	}
	o := northwind()
	key, err := box.NewOrganizationKey(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	offered, err := tools.NewOffer(tools.KindTemplate, []byte(`{"uriTemplate":"notes://{id}","name":"n"}`))
	if err != nil {
		t.Fatal(err)
	}
	notes := tools.Source{ID: tenants.NewGUID(), Name: "notes", Enabled: true}
	b := snapshot.Builder{
		Tools: registry, Authority: entra.AuthorityOf, Secrets: box, Logger: slog.New(slog.DiscardHandler),
		Servers: func(*tenants.Organization, *secrets.OrgKey, tools.Source, []byte) tools.Server { return nil },
	}
	view, err := b.Build(t.Context(), snapshot.Data{
		Organization: o, Version: 1, Decisions: 1, WrappedKey: key, Sources: []tools.Source{notes},
		Pinned: []tools.Pinned{{Approval: tools.Approval{Source: notes.ID, Kind: offered.Kind, Name: offered.Name, Hash: offered.Hash}, Definition: offered.Definition}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return view
}

func clashing(view *snapshot.Snapshot, err error) console.Sources {
	return admin.NewSources(admin.SourceParts{
		Views: func(context.Context, tenants.ID) (*snapshot.Snapshot, error) { return view, err },
		Refresh: func(context.Context, authz.Caller, tenants.GUID) (access.Refreshed, error) {
			return access.Refreshed{}, nil
		},
		Health: func(tools.Server) console.SourceHealth { return console.SourceHealth{} },
	})
}

// TestClashesNameTheOtherSource, of each definition in the order in which they were
// given.
func TestClashesNameTheOtherSource(t *testing.T) {
	t.Parallel()
	var offers []tools.Offer
	for _, template := range []string{"mail://{id}", "notes://sal{id}"} {
		o, err := tools.NewOffer(tools.KindTemplate, []byte(`{"uriTemplate":"`+template+`","name":"n"}`))
		if err != nil {
			t.Fatal(err)
		}
		offers = append(offers, o)
	}
	later := tools.Source{ID: tenants.NewGUID(), Name: "later"}
	view := viewOfNotes(t)
	got, err := clashing(view, nil).Clashes(t.Context(), view.Organization.ID, later, offers)
	if err != nil || len(got) != 2 || len(got[0]) != 0 || len(got[1]) != 1 || got[1][0].Code != tools.FlagClash || !strings.HasPrefix(got[1][0].Finding, "Source notes ") {
		t.Errorf("%+v, %v", got, err)
	}
	broken := errors.New("broken")
	if _, err := clashing(nil, broken).Clashes(t.Context(), view.Organization.ID, later, offers); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	unserved, _, org := unasked(t, nil)
	if got, err := unserved.Clashes(t.Context(), org, later, offers); err != nil || len(got) != 2 || len(got[0])+len(got[1]) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}
