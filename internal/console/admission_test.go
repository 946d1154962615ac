package console_test

import (
	"encoding/json"
	"slices"
	"testing"

	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

func TestInvitationIsShownOnceAndKeptAsAHash(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.operator())
	w := b.send("POST", "/api/operator/invitations", `{"days":7}`, nil)
	var i console.Invitation
	if err := json.Unmarshal(w.Body.Bytes(), &i); w.Code != 201 || err != nil {
		t.Fatalf("%d %s %v", w.Code, w.Body, err)
	}
	if len(i.Code) < 26 || len(r.invited) != 1 || r.invited[0] != console.InvitationHash(i.Code) {
		t.Errorf("%+v is kept as %x", i, r.invited)
	}
	if got := i.ExpiresAt.Sub(r.at()).Hours(); got != 7*24 {
		t.Errorf("it lasts %v hours", got)
	}
	if w := b.send("POST", "/api/operator/invitations", `{"days":91}`, nil); w.Code != 422 {
		t.Errorf("91 days: %d %s", w.Code, w.Body)
	}
}

func TestApprovedSlugsKeepTheRuleOfSlugs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, tid := r.as(t, r.operator()), tenants.NewGUID().String()
	for slug, want := range map[string]int{"north": 201, "admin": 422, "North": 422} {
		if w := b.send("POST", "/api/operator/slugs", `{"slug":"`+slug+`","tid":"`+tid+`"}`, nil); w.Code != want {
			t.Errorf("%s: %d %s", slug, w.Code, w.Body)
		}
	}
	if w := b.send("POST", "/api/operator/slugs", `{"slug":"south","tid":"00000000-0000-0000-0000-000000000000"}`, nil); w.Code != 422 {
		t.Errorf("nobody's slug: %d %s", w.Code, w.Body)
	}
	if !slices.Equal(r.approved, []tenants.Slug{tenants.MustSlug("north")}) {
		t.Errorf("approved: %v", r.approved)
	}
}
