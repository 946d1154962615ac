package console_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

// TestAccessReportGoesOnAboutTheSameInstant: pages of one report agree, although time
// passes between them, and a page belongs to its question.
func TestAccessReportGoesOnAboutTheSameInstant(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Auditor))
	var seen []tenants.GUID
	var first time.Time
	query := "limit=1&tool=pay"
	for range 3 {
		w := b.get("/api/organizations/contoso/access?" + query)
		want(t, w, http.StatusOK)
		var page console.AccessReport
		decode(t, w, &page)
		if first.IsZero() {
			first = page.At
		}
		if !page.At.Equal(first) || len(page.Items) != 1 {
			t.Fatalf("page of %s, first of %s: %+v", page.At, first, page.Items)
		}
		seen = append(seen, page.Items[0].Person)
		query = "limit=1&tool=pay&cursor=" + url.QueryEscape(page.NextCursor)
		r.pass(time.Second)
	}
	if len(seen) != 3 || seen[0] != threePeople[0] || seen[1] != threePeople[1] || seen[2] != threePeople[2] || query != "limit=1&tool=pay&cursor=" {
		t.Errorf("seen are %v, and it goes on with %q", seen, query)
	}
	w := b.get("/api/organizations/contoso/access?limit=1&tool=pay")
	var page console.AccessReport
	decode(t, w, &page)
	want(t, b.get("/api/organizations/contoso/access?limit=1&tool=roll&cursor="+url.QueryEscape(page.NextCursor)), http.StatusUnprocessableEntity)
}

func TestAccessReportTellsRulesAndEvidence(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Auditor))
	at := start.Add(-time.Hour)
	w := b.get("/api/organizations/contoso/access?at=" + url.QueryEscape(at.Format(time.RFC3339)) + "&client=editor&person=" + alice.String())
	want(t, w, http.StatusOK)
	var page console.AccessReport
	decode(t, w, &page)
	q := r.accessAsked[len(r.accessAsked)-1]
	if !q.At.Equal(at) || q.Client != "editor" || len(q.People) != 1 || q.People[0] != alice {
		t.Errorf("asked is %+v", q)
	}
	p := page.Items[0]
	if p.Kind != "user" || p.Name != "Alice" || len(p.UnknownGroups) != 1 || len(p.Tools) != 1 || page.Configuration.Version != 7 || page.Configuration.Digest[:2] != "ab" || page.Remarks[0] != "a remark" {
		t.Fatalf("page is %+v", page)
	}
	mapped, all := p.Tools[0].Rules[0], p.Tools[0].Rules[1]
	if e := mapped.Evidence; e == nil || e.Answer != "unknown" || e.LastAnswer != "not_member" || e.Source != "graph" || !e.Until.Equal(at.Add(-2*time.Hour)) || mapped.Conditions[0] != "args.amount < 5" {
		t.Errorf("the mapped rule is %+v", mapped)
	}
	if all.Evidence != nil || all.SubjectKind != "everybody" {
		t.Errorf("the rule of everybody is %+v", all)
	}
}

func TestAccessReportIsForAuditorsAndAboutThePast(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, role := range []tenants.Role{tenants.Viewer, tenants.Admin} {
		want(t, r.as(t, r.person(r.contoso, role)).get("/api/organizations/contoso/access"), http.StatusForbidden)
	}
	b := r.as(t, r.person(r.contoso, tenants.Auditor))
	want(t, b.get("/api/organizations/contoso/access?at="+url.QueryEscape(start.Add(100*time.Hour).Format(time.RFC3339))), http.StatusUnprocessableEntity)
	if len(r.accessAsked) > 0 {
		t.Errorf("asked is %+v", r.accessAsked)
	}
}
