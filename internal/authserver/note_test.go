package authserver_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/authserver"
	"gatehouse/internal/connections"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// TestTokensRefusedToSomebodyAreRecorded with who, why and for what.
func TestTokensRefusedToSomebodyAreRecorded(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(i *issuing){
		"over":          func(i *issuing) { i.pass(connections.IdleLife) },
		"withdrawn":     func(i *issuing) { i.connection.EntraAt = i.now },
		"not listed":    func(i *issuing) { i.change(func(d *snapshot.Data) { d.Clients = nil }) },
		"guest":         func(i *issuing) { i.guest() },
		"used too late": func(i *issuing) { i.spend(); i.pass(time.Minute) },
	} {
		i := newIssuing(t)
		_, token := i.grant("", "access_as_user")
		i.token = token
		spoil(i)
		if got := i.refresh(token); !got.refused(http.StatusBadRequest, "invalid_grant") {
			t.Errorf("%s: %d %v", name, got.status, got.body)
		}
		if len(i.refused) != 1 || len(i.counted) != 0 {
			t.Fatalf("%s: %d records, counted %q", name, len(i.refused), i.counted)
		}
		if e := i.refused[0]; e.Reason != "invalid_grant" || len(e.Detail) < 10 || e.Target != base+"/t/contoso/mcp" || e.Endpoint != "/t/contoso/token" || e.Source == "" {
			t.Errorf("%s: %+v", name, e)
		}
		i.shut = fault.New(fault.Unavailable, "the log is full")
		if got := i.refresh(token); name != "used too late" && got.status != http.StatusServiceUnavailable {
			t.Errorf("%s: without a record: %d", name, got.status)
		}
	}
}

func (i *issuing) guest() {
	i.connection.Person.Guest = true
	i.change(func(d *snapshot.Data) { d.Organization.Connection.Guests = tenants.Refuse })
}

// spend refreshes, so that the token is the one before.
func (i *issuing) spend() { i.refresh(i.token) }

// TestTokensRefusedToNobodyKnownAreCounted: anybody can ask for those.
func TestTokensRefusedToNobodyKnownAreCounted(t *testing.T) {
	t.Parallel()
	for want, ask := range map[string]func(i *issuing, id tenants.GUID, token string){
		"token_invalid_grant":          func(i *issuing, _ tenants.GUID, token string) { i.refresh(token + "x") },
		"token_invalid_client":         func(i *issuing, _ tenants.GUID, token string) { i.refresh(token, "client_id", "gh_nobody") },
		"token_unsupported_grant_type": func(i *issuing, _ tenants.GUID, token string) { i.refresh(token, "grant_type", "password") },
		"token_invalid_request": func(i *issuing, _ tenants.GUID, token string) {
			i.refresh(token, "grant_type", "authorization_code", "code", "made up")
		},
	} {
		i := newIssuing(t)
		g, token := i.grant("", "access_as_user")
		if ask(i, g.ID, token); !slices.Equal(i.counted, []string{want}) || len(i.refused) != 0 {
			t.Errorf("%s: counted %q, %d records", want, i.counted, len(i.refused))
		}
		if i.refresh(authserver.RefreshToken(i.snap.Key, tenants.NewGUID(), 1)); len(i.counted) != 2 || i.counted[1] != "token_invalid_grant" {
			t.Errorf("a grant that is gone: counted %q", i.counted)
		}
		if got := i.refresh(token); got.status != http.StatusOK || len(i.counted) != 2 {
			t.Errorf("a good one: %d, counted %q", got.status, i.counted)
		}
	}
}

// TestSignInsThatEndAreCountedOrRecorded: with a person, if it shows who.
func TestSignInsThatEndAreCountedOrRecorded(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.tab()
	b.press(b.open(request(webID, webTo)), "cancel")
	d.finish = &entra.TokenError{Class: entra.Blocked}
	b.second(request(webID, webTo))
	d.finish = &entra.Refusal{Reason: entra.WrongNonce}
	b.second(request(webID, webTo))
	d.finish = fault.New(fault.Unavailable, "the database is away") // ours, and no refusal
	b.second(request(webID, webTo))
	if want := []string{"sign_in_cancelled", "sign_in_" + string(entra.Blocked), "sign_in_" + string(entra.WrongNonce)}; !slices.Equal(d.counted, want) || len(d.refused) != 0 {
		t.Errorf("counted %q, want %q; %d records", d.counted, want, len(d.refused))
	}
	d.finish, d.person.TID = nil, d.data["fabrikam"].Organization.TID
	if got := b.second(request(webID, webTo)); !got.has(http.StatusForbidden) {
		t.Errorf("another tenant: %d", got.status)
	}
	if len(d.refused) != 1 || d.refused[0].Reason != "wrong_tenant" {
		t.Errorf("%+v", d.refused)
	}
}

// TestConsentThatIsRememberedIsSaidToBe: nobody was asked then.
func TestConsentThatIsRememberedIsSaidToBe(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.tab()
	b.press(b.second(request(webID, webTo)), "allow")
	if got := b.second(request(webID, webTo)); !got.query(t).Has("code") {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if len(d.grants) != 2 || d.grants[0].Unasked || !d.grants[1].Unasked {
		t.Errorf("%+v", d.grants)
	}
}
