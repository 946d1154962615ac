package admin_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/admin"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// graves is an admin.ErasureStore in which one person is known.
type graves struct {
	admin.ErasureStore
	wrapped  []byte
	known    tenants.GUID
	all      []tenants.Erasure
	approved []tenants.GUID
}

func (g *graves) CredentialOf(context.Context, tenants.ID) (tenants.Credential, []byte, []byte, error) {
	return tenants.Credential{}, nil, g.wrapped, nil
}

func (g *graves) Erasures(context.Context, tenants.ID) ([]tenants.Erasure, error) { return g.all, nil }

func (g *graves) KnowsPerson(_ context.Context, _ tenants.ID, person tenants.GUID) (bool, error) {
	return person == g.known, nil
}

func (g *graves) LogWords(context.Context, tenants.ID) ([]string, error) {
	return []string{"payroll_run_payment"}, nil
}

func (g *graves) AskErasure(_ context.Context, by authz.Caller, id, _ tenants.GUID, who []byte) error {
	g.all = append(g.all, tenants.Erasure{ID: id, Who: who, AskedBy: by.Identity().OID})
	return nil
}

func (g *graves) ApproveErasure(_ context.Context, _ authz.Caller, id, _ tenants.GUID) error {
	g.approved = append(g.approved, id)
	return nil
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestErasuresAreAskedForAndApprovedWithCare: what is refused before the store is asked.
func TestErasuresAreAskedForAndApprovedWithCare(t *testing.T) {
	t.Parallel()
	kek, err := secrets.NewLocalKEK([32]byte{1})
	noError(t, err)
	box, err := secrets.NewBox(kek)
	noError(t, err)
	org := tenants.NewID()
	wrapped, err := box.NewOrganizationKey(t.Context(), org)
	noError(t, err)
	person, stranger := tenants.NewGUID(), tenants.NewGUID()
	g := &graves{wrapped: wrapped, known: person}
	e := admin.NewErasures(admin.ErasureParts{Store: g, Keys: box})
	by := func(oid tenants.GUID) authz.Caller {
		return authz.Actor(authz.Identity{Org: org, OID: oid, Kind: authz.User, Delegated: true})
	}
	admins, owner, id := by(tenants.NewGUID()), by(tenants.NewGUID()), tenants.NewGUID()
	refused := func(what string, err error, kind fault.Kind, says string) {
		t.Helper()
		if fault.KindOf(err) != kind || !strings.Contains(fault.Public(err), says) {
			t.Errorf("%s: %v", what, err)
		}
	}
	refused("a tool", e.Ask(t.Context(), admins, id, console.NewErasure{Person: person, Names: []string{"payroll_run_payment"}}), fault.Invalid, `"payroll_run_payment" is made of words`)
	refused("a stranger", e.Ask(t.Context(), admins, id, console.NewErasure{Person: stranger}), fault.Invalid, "there is nothing to erase")
	noError(t, e.Ask(t.Context(), admins, id, console.NewErasure{Person: person, Names: []string{"Anne Arden"}}))
	all, err := e.Erasures(t.Context(), org)
	noError(t, err)
	if len(all) != 1 || all[0].Person != person || !slices.Equal(all[0].Names, []string{"Anne Arden"}) {
		t.Fatalf("%+v", all)
	}
	right := console.ApprovedErasure{Person: person, Names: 1}
	refused("of oneself", e.Approve(t.Context(), by(person), id, right), fault.Forbidden, "nobody approves their own erasure")
	refused("of another", e.Approve(t.Context(), owner, id, console.ApprovedErasure{Person: stranger, Names: 1}), fault.Invalid, "person: is not the object ID")
	refused("without having read the names", e.Approve(t.Context(), owner, id, console.ApprovedErasure{Person: person}), fault.Invalid, "names: is not how many")
	if len(g.approved) != 0 {
		t.Error("what is refused is approved")
	}
	noError(t, e.Approve(t.Context(), owner, id, right))
	if !slices.Equal(g.approved, []tenants.GUID{id}) {
		t.Errorf("approved are %v", g.approved)
	}
}
