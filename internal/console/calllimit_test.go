package console_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

func TestLimitIsAddedChangedAndRemoved(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	client := r.access[r.contoso.ID].Clients[0].ID
	want(t, b.send(http.MethodPost, ofContoso+"limits", `{"name":"editor","per":"client","client":"`+strings.ToUpper(client)+`","rate":{"calls":60,"every":"minute"}}`, nil), http.StatusCreated)
	var l console.CallLimit
	tag := b.read(ofContoso+"limits/editor", &l)
	if l.Client != client || l.Rate == nil || *l.Rate != (console.CallRate{Calls: 60, Every: tenants.EveryMinute, Burst: 60}) || l.CallsPerDay != 0 || l.WhenUncounted != tenants.Admit {
		t.Errorf("%+v", l)
	}
	want(t, b.send(http.MethodPost, ofContoso+"limits", `{"name":"editor","per":"caller","callsPerDay":1}`, nil), http.StatusConflict)
	want(t, b.send(http.MethodPut, ofContoso+"limits/editor", `{"per":"tool","tool":"who*","callsPerDay":9}`, map[string]string{"If-Match": `"another"`}), http.StatusPreconditionFailed)
	w := b.send(http.MethodPut, ofContoso+"limits/editor", `{"per":"tool","tool":"who*","callsPerDay":9,"whenUncounted":"refuse"}`, map[string]string{"If-Match": tag})
	want(t, w, http.StatusOK)
	if strings.Contains(w.Body.String(), `"rate"`) || strings.Contains(w.Body.String(), `"client"`) {
		t.Errorf("the changed limit is %s", w.Body)
	}
	want(t, b.send(http.MethodDelete, ofContoso+"limits/editor", "", map[string]string{"If-Match": tag}), http.StatusPreconditionFailed)
	want(t, b.send(http.MethodDelete, ofContoso+"limits/editor", "", map[string]string{"If-Match": w.Header().Get("ETag")}), http.StatusNoContent)
	want(t, b.get(ofContoso+"limits/editor"), http.StatusNotFound)
}

// TestLimitAboveTheDeploymentsIsWarnedOf where it is made, changed and looked at.
func TestLimitAboveTheDeploymentsIsWarnedOf(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	about := func() (found []string, all string) {
		var page console.Page[console.ConfigurationWarning]
		b.read(ofContoso+"warnings", &page)
		for _, w := range page.Items {
			if strings.HasPrefix(w.Path, "limits[people]") {
				found = append(found, w.Path+": "+w.Message)
			}
		}
		return found, strconv.Itoa(len(page.Items))
	}
	w := b.send(http.MethodPost, ofContoso+"limits", `{"name":"people","per":"caller","rate":{"calls":51,"every":"second","burst":100}}`, nil)
	want(t, w, http.StatusCreated)
	found, all := about()
	if len(found) != 1 || !strings.HasPrefix(found[0], "limits[people].rate: ") || !strings.Contains(found[0], "each caller (50 calls every second") || w.Header().Get("Gatehouse-Warnings") != all {
		t.Errorf("%q; the answer says there are %q of %s", found, w.Header().Get("Gatehouse-Warnings"), all)
	}
	w = b.send(http.MethodPut, ofContoso+"limits/people", `{"per":"caller","rate":{"calls":49,"every":"second"}}`, map[string]string{"If-Match": w.Header().Get("ETag")})
	want(t, w, http.StatusOK)
	if found, all = about(); len(found) != 0 || w.Header().Get("Gatehouse-Warnings") != all {
		t.Errorf("%q; the answer says there are %q of %s", found, w.Header().Get("Gatehouse-Warnings"), all)
	}
}

func TestLimitThatCannotBeNamesTheField(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	before := len(r.access[r.contoso.ID].Limits)
	for body, location := range map[string]string{
		`{"name":"Editor","per":"caller","callsPerDay":1}`:                                         "body.name",
		`{"name":"a","per":"organization","callsPerDay":1}`:                                        "body.per",
		`{"name":"a","per":"caller"}`:                                                              "body.rate",
		`{"name":"a","per":"caller","callsPerDay":0}`:                                              "body.callsPerDay",
		`{"name":"a","per":"caller","callsPerDay":1000000001}`:                                     "body.callsPerDay",
		`{"name":"a","per":"caller","callsPerDay":1.5}`:                                            "body.callsPerDay",
		`{"name":"a","per":"tool","callsPerDay":1}`:                                                "body.tool",
		`{"name":"a","per":"tool","tool":"a b","callsPerDay":1}`:                                   "body.tool",
		`{"name":"a","per":"client","client":"code","callsPerDay":1}`:                              "body.client",
		`{"name":"a","per":"caller","tool":"who*","callsPerDay":1}`:                                "body.tool",
		`{"name":"a","per":"caller","rate":{"calls":0,"every":"minute"}}`:                          "body.rate.calls",
		`{"name":"a","per":"caller","rate":{"calls":1,"every":"hour"}}`:                            "body.rate.every",
		`{"name":"a","per":"caller","rate":{"calls":1}}`:                                           "body.rate.every",
		`{"name":"a","per":"caller","rate":{"calls":1,"every":"minute","burst":1000001}}`:          "body.rate.burst",
		`{"name":"a","per":"caller","callsPerDay":1,"whenUncounted":"perhaps"}`:                    "body.whenUncounted",
		`{"name":"a","per":"caller","callsPerDay":1,"perMinute":1}`:                                "body.perMinute",
		`{"name":"a","per":"caller","rate":{"calls":1,"every":"minute","burst":1,"per":"minute"}}`: "body.rate.per",
	} {
		w := b.send(http.MethodPost, ofContoso+"limits", body, nil)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `"location":"`+location+`"`) {
			t.Errorf("%s is answered %d %s", body, w.Code, w.Body)
		}
	}
	if len(r.access[r.contoso.ID].Limits) != before {
		t.Error("something was added")
	}
	viewer := r.as(t, r.person(r.contoso, tenants.Viewer))
	want(t, viewer.send(http.MethodPost, ofContoso+"limits", `{"name":"a","per":"caller","callsPerDay":1}`, nil), http.StatusForbidden)
}
