package console_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

const (
	whatIfCalls  = "/api/organizations/contoso/configuration/what-if/calls"
	whatIfAccess = "/api/organizations/contoso/configuration/what-if/access"
	proposal     = `{"gatehouse":1,"tools":[]}`
)

// TestReplayGoesOnWhereItEnded: with the same end and the same beginning of time, and
// with the configuration that it began with.
func TestReplayGoesOnWhereItEnded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	var page console.ConfigurationReplay
	var cursors []string
	query := "days=7&prune=true"
	for range 3 {
		w := b.send(http.MethodPost, whatIfCalls+"?"+query, proposal, nil)
		want(t, w, http.StatusOK)
		page = console.ConfigurationReplay{}
		decode(t, w, &page)
		cursors = append(cursors, page.NextCursor)
		query = "days=7&prune=true&cursor=" + url.QueryEscape(page.NextCursor)
		r.pass(time.Second)
	}
	asked := r.proposed.replays
	since := start.AddDate(0, 0, -7)
	if len(asked) != 3 || asked[0] != (console.ReplayPlace{Since: since}) || asked[1] != (console.ReplayPlace{Since: since, From: 4, To: 10}) || asked[2].From != 8 || cursors[2] != "" || page.To != 10 || page.End != 10 {
		t.Errorf("asked is %+v, cursors are %q, the last page is %+v", asked, cursors, page)
	}
	for i, p := range r.proposed.proposals {
		if begins := p.Basis == [32]byte{}; begins != (i == 0) || !p.Prune || p.Role != tenants.Admin || string(p.Document) != proposal || i > 0 && p.Basis != basis {
			t.Errorf("proposal %d is %+v", i, p)
		}
	}
	again := "cursor=" + url.QueryEscape(cursors[0])
	for name, q := range map[string]struct{ query, body string }{
		"another document": {"days=7&prune=true&" + again, `{"gatehouse":1}`}, "another range": {"days=8&prune=true&" + again, proposal},
		"without pruning": {"days=7&" + again, proposal}, "a cursor of ours for something else": {"days=7&prune=true&cursor=x", proposal},
	} {
		if w := b.send(http.MethodPost, whatIfCalls+"?"+q.query, q.body, nil); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s is answered with %d", name, w.Code)
		}
	}
	want(t, b.send(http.MethodPost, whatIfAccess+"?prune=true&"+again, proposal, nil), http.StatusUnprocessableEntity)
}

func TestReplayTellsRulesAndReasons(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	w := r.as(t, r.person(r.contoso, tenants.Owner)).send(http.MethodPost, whatIfCalls, proposal, nil)
	want(t, w, http.StatusOK)
	var page console.ConfigurationReplay
	decode(t, w, &page)
	if r.proposed.replays[0].Since != start.AddDate(0, 0, -30) || page.Records != 4 || page.Calls != 3 || page.Loses != 2 || page.CannotTell != 1 || page.SealedAt == nil || len(page.Remarks) != 1 {
		t.Errorf("the page is %+v", page)
	}
	lost, open := page.Items[0], page.Items[1]
	if lost.Change != "loses" || *lost.Rule != (console.ReplayRule{Kind: "deny", Role: "Finance", Permission: 2, Subject: "everybody"}) || lost.Already != 1 || lost.Calls != 2 || lost.Reasons != nil {
		t.Errorf("what is lost is %+v", lost)
	}
	if open.Rule != nil || len(open.Reasons) != 2 || len(page.Reasons) != 2 || page.Reasons[0] != (console.ReplayReason{Reason: "arguments", Calls: 1}) {
		t.Errorf("what nobody can tell is %+v, for %+v", open, page.Reasons)
	}
}

func TestComparisonGoesOnAboutTheSameInstant(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	query, people := "limit=2", 0
	for range 2 {
		w := b.send(http.MethodPost, whatIfAccess+"?"+query, proposal, nil)
		want(t, w, http.StatusOK)
		var page console.ConfigurationComparison
		decode(t, w, &page)
		people += len(page.Items)
		if tool := page.Items[0].Tools[0]; tool.Before != "none" || tool.After != "unknown" || len(tool.Rules) != 2 || page.Items[0].Kind != "user" || !page.At.Equal(start) {
			t.Errorf("the page is %+v", page)
		}
		query = "limit=2&cursor=" + url.QueryEscape(page.NextCursor)
		r.pass(time.Second)
	}
	l := r.ledgers[r.contoso.ID]
	if len(l.readings) != 1 || l.readings[0] != "what-if {}" {
		t.Errorf("on record is %q", l.readings)
	}
	asked := r.proposed.compares
	if people != 3 || len(asked) != 2 || asked[1].After != threePeople[1] || !asked[1].At.Equal(start) || r.proposed.proposals[1].Basis != basis {
		t.Errorf("%d people, asked is %+v", people, asked)
	}
	l.unwritten = errors.New("the log cannot be written")
	want(t, b.send(http.MethodPost, whatIfAccess, proposal, nil), http.StatusInternalServerError)
	if len(r.proposed.compares) != 2 {
		t.Error("what is not on record was told")
	}
}

// TestOnlyWhoMayApplyMayAskWhatIf: whoever reads the log does not change rules, and the
// other way round.
func TestOnlyWhoMayApplyMayAskWhatIf(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, path := range []string{whatIfCalls, whatIfAccess} {
		for _, role := range []tenants.Role{tenants.Viewer, tenants.Auditor} {
			want(t, r.as(t, r.person(r.contoso, role)).send(http.MethodPost, path, proposal, nil), http.StatusForbidden)
		}
		b := r.as(t, r.person(r.contoso, tenants.Admin))
		want(t, b.send(http.MethodPost, path+"?days=0", proposal, nil), http.StatusUnprocessableEntity)
	}
	if len(r.proposed.proposals) != 0 {
		t.Errorf("asked is %+v", r.proposed)
	}
}
