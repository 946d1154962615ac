package console_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

func TestExportToASinkIsFollowedAndCancelled(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Auditor))
	x := b.export(`{"format":"csv","sink":"archive"}`)
	second := b.export(`{"format":"evidence","sink":"archive"}`)
	if x.Token != "" || x.Content != "" || x.From != 2 || x.To != 10 {
		t.Errorf("%+v", x)
	}
	want(t, b.send(http.MethodPost, logPath+"/exports", `{"format":"csv","sink":"elsewhere"}`, nil), http.StatusUnprocessableEntity)
	var j console.ExportJob
	w := b.get(logPath + "/exports/" + x.ID.String())
	want(t, w, http.StatusOK)
	if decode(t, w, &j); j.State != tenants.ExportRunning || j.Progress.Percent != 25 || j.Sink != "archive" || j.Object != nil || j.Trouble != nil {
		t.Errorf("%+v", j)
	}
	w = b.get(logPath + "/exports")
	want(t, w, http.StatusOK)
	if body := w.Body.String(); strings.Index(body, second.ID.String()) > strings.Index(body, x.ID.String()) {
		t.Errorf("the last asked for is not first: %s", body)
	}
	w = b.send(http.MethodPost, logPath+"/exports/"+x.ID.String()+"/cancel", "", nil)
	want(t, w, http.StatusOK)
	if decode(t, w, &j); j.State != tenants.ExportCancelling {
		t.Errorf("%+v", j)
	}
	other := r.as(t, r.person(r.other, tenants.Auditor))
	theirs := strings.Replace(logPath, "contoso", "fabrikam", 1) + "/exports"
	want(t, other.get(theirs+"/"+x.ID.String()), http.StatusNotFound)
	want(t, other.send(http.MethodPost, theirs+"/"+x.ID.String()+"/cancel", "", nil), http.StatusNotFound)
	viewer := r.as(t, r.person(r.contoso, tenants.Viewer))
	for _, path := range []string{"", "/" + x.ID.String()} {
		want(t, viewer.get(logPath+"/exports"+path), http.StatusForbidden)
	}
	want(t, viewer.send(http.MethodPost, logPath+"/exports/"+x.ID.String()+"/cancel", "", nil), http.StatusForbidden)
}
