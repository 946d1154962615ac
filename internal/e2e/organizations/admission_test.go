package organizations_test

import (
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/audit"
	"gatehouse/internal/console"
	"gatehouse/internal/demo"
	"gatehouse/internal/tenants"
)

const invitations = "/api/operator/invitations"

func byInvitation(*stack) map[string]string {
	return map[string]string{"GATEHOUSE_ADMISSION": "invitation"}
}

// claimedBy is the record of the claim in Adatum's own log.
func (k *stack) claimedBy(t *testing.T, org tenants.ID) audit.Record {
	t.Helper()
	k.orgs["adatum"] = tenants.Organization{ID: org}
	for _, r := range k.records(t, "adatum") {
		if r.Target == "organization claimed" {
			return r
		}
	}
	t.Fatal("the organization's log has no claim")
	return audit.Record{}
}

func TestClaimNamesTheOperatorWhoseInvitationLetItIn(t *testing.T) {
	t.Parallel()
	k := start(t, setup{environ: byInvitation})
	olga, ada := k.operator(t), k.signedIn(t, demo.Adatum().Admin.OID)
	ada.ask(http.MethodPost, "/api/organizations", claiming).refused(http.StatusForbidden, "invitation")
	var i console.IssuedInvitation
	olga.post(invitations, console.InvitationSettings{Days: 7}, &i)
	var org console.ClaimedOrganization
	ada.ask(http.MethodPost, "/api/organizations", console.Claim{Slug: "adatum", Invitation: i.Code}).want(http.StatusCreated).into(&org)
	after := k.claimedBy(t, org.ID).After
	for _, part := range []string{`"admission":{"by":"invitation"}`, i.ID.String(), demo.Platform().Person.OID.String(), demo.Platform().Person.Name} {
		if !strings.Contains(after, part) {
			t.Errorf("the record of the claim does not tell %s: %s", part, after)
		}
	}
	var taken console.Invitation
	olga.get(invitations+"/"+i.ID.String(), &taken)
	if taken.State != tenants.InvitationTaken || taken.TakenBy == nil || *taken.TakenBy != demo.Adatum().TID {
		t.Errorf("the operator sees %+v", taken)
	}
}

func TestInvitationThatWasTakenBackLetsNobodyIn(t *testing.T) {
	t.Parallel()
	k := start(t, setup{environ: byInvitation})
	olga, ada := k.operator(t), k.signedIn(t, demo.Adatum().Admin.OID)
	var i console.IssuedInvitation
	olga.post(invitations, console.InvitationSettings{Days: 7}, &i)
	ada.send(http.MethodDelete, invitations+"/"+i.ID.String(), "").refused(http.StatusForbidden, "operators")
	olga.send(http.MethodDelete, invitations+"/"+i.ID.String(), "").want(http.StatusNoContent)
	ada.ask(http.MethodPost, "/api/organizations", console.Claim{Slug: "adatum", Invitation: i.Code}).refused(http.StatusForbidden, "invitation")
	var all console.Page[console.Invitation]
	if olga.get(invitations, &all); len(all.Items) != 0 {
		t.Errorf("there are %+v", all.Items)
	}
}

func TestClaimNamesTheOperatorWhoApprovedItsSlug(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	olga, ada := k.operator(t), k.signedIn(t, demo.Adatum().Admin.OID)
	wish := console.ApprovedSlugSettings{Slug: "northwind", TID: demo.Adatum().TID}
	olga.post("/api/operator/slugs", wish, &console.ApprovedSlug{})
	olga.send(http.MethodDelete, "/api/operator/slugs/northwind", "").want(http.StatusNoContent)
	ada.ask(http.MethodPost, "/api/organizations", console.Claim{Slug: "northwind"}).refused(http.StatusForbidden, "approve")
	olga.post("/api/operator/slugs", wish, &console.ApprovedSlug{})
	var org console.ClaimedOrganization
	ada.ask(http.MethodPost, "/api/organizations", console.Claim{Slug: "northwind"}).want(http.StatusCreated).into(&org)
	after := k.claimedBy(t, org.ID).After
	for _, part := range []string{`"admission":{"by":"open"}`, `"slug approval":`, demo.Platform().Person.OID.String(), demo.Platform().Person.Name} {
		if !strings.Contains(after, part) {
			t.Errorf("the record of the claim does not tell %s: %s", part, after)
		}
	}
}

// TestRetriedClaimAnswersTheSame with an idempotency key to the byte, and without
// one at least that nobody else has registered the directory.
func TestRetriedClaimAnswersTheSame(t *testing.T) {
	t.Parallel()
	k := start(t, setup{directories: withPeople})
	ada, key := k.signedIn(t, demo.Adatum().Admin.OID), with("Idempotency-Key", "claim-1")
	first := ada.ask(http.MethodPost, "/api/organizations", claiming, key).want(http.StatusCreated)
	again := ada.ask(http.MethodPost, "/api/organizations", claiming, key).want(http.StatusCreated)
	var org, retried, joined console.ClaimedOrganization
	first.into(&org)
	if org.Joined || again.body != first.body {
		t.Errorf("the first is answered %s, the second %s", first.body, again.body)
	}
	ada.ask(http.MethodPost, "/api/organizations", console.Claim{Slug: "northwind"}, key).refused(http.StatusConflict, "Idempotency-Key")
	ada.ask(http.MethodPost, "/api/organizations", claiming).want(http.StatusCreated).into(&retried)
	if retried.Joined || retried.ID != org.ID {
		t.Errorf("without a key the owner is answered %+v", retried)
	}
	k.signedIn(t, abe).ask(http.MethodPost, "/api/organizations", claiming, key).want(http.StatusCreated).into(&joined)
	if !joined.Joined || joined.ID != org.ID {
		t.Errorf("a colleague with the same key is answered %+v", joined)
	}
	if told := ada.notices("adatum"); len(told) != 1 || told[0].Kind != tenants.AdminJoined || told[0].By.OID != abe {
		t.Errorf("the owner is told %+v", told)
	}
}

// TestRetriedInvitationIsOne: a lost answer leaves no second code about.
func TestRetriedInvitationIsOne(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	olga, key := k.operator(t), with("Idempotency-Key", "invite-1")
	first := olga.ask(http.MethodPost, invitations, console.InvitationSettings{Days: 7}, key).want(http.StatusCreated)
	again := olga.ask(http.MethodPost, invitations, console.InvitationSettings{Days: 7}, key).want(http.StatusCreated)
	var i console.IssuedInvitation
	first.into(&i)
	if again.body != first.body {
		t.Errorf("the first is answered %s, the second %s", first.body, again.body)
	}
	var all console.Page[console.Invitation]
	if olga.get(invitations, &all); len(all.Items) != 1 || all.Items[0].ID != i.ID {
		t.Errorf("there are %+v", all.Items)
	}
	rows := dumpOf(t, k, "invitations", "platform_answers")
	if strings.Contains(rows, i.Code) || strings.Contains(rows, hex.EncodeToString([]byte(i.Code))) || !strings.Contains(rows, i.ID.String()) {
		t.Errorf("the database has the code, or not the invitation: %s", rows)
	}
}

// dumpOf is every row of some tables as text, bytes in hex.
func dumpOf(t *testing.T, k *stack, tables ...string) string {
	t.Helper()
	conn, text := connect(t, k.database.Superuser), ""
	for _, table := range tables {
		var rows string
		if err := conn.QueryRow(t.Context(), "SELECT coalesce(string_agg(x::text, E'\\n'), '') FROM "+table+" x").Scan(&rows); err != nil {
			t.Fatal(err)
		}
		text += rows + "\n"
	}
	return text
}
