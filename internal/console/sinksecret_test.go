package console_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

// TestAdminsHaveRecordsGoToNobodysOtherAccount: at a host of many customers the secret
// says whose the records are.
func TestAdminsHaveRecordsGoToNobodysOtherAccount(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	admin, owner := r.as(t, r.person(r.contoso, tenants.Admin)), r.as(t, r.person(r.contoso, tenants.Owner))
	const apm = `{"name":"apm","kind":"otlp","url":"https://otel.example/v1/logs","header":"X-Team","records":true}`
	want(t, owner.send(http.MethodPost, ofContoso+"sinks", apm, nil), http.StatusCreated)
	give := func(b *browser, name string) (int, string) {
		var s console.Sink
		w := b.send(http.MethodPut, ofContoso+"sinks/"+name+"/credential", `{"secret":"somebodys"}`, map[string]string{"If-Match": b.read(ofContoso+"sinks/"+name, &s)})
		return w.Code, w.Body.String()
	}
	if code, _ := give(owner, "apm"); code != http.StatusOK {
		t.Errorf("its owner is told %d", code)
	}
	if code, said := give(admin, "apm"); code != http.StatusForbidden || !strings.Contains(said, "whose account") {
		t.Errorf("an admin gives another account's secret: %d %s", code, said)
	}
	beside := strings.Replace(apm, `"name":"apm"`, `"name":"mine"`, 1)
	if w := admin.send(http.MethodPost, ofContoso+"sinks", beside, nil); w.Code != http.StatusForbidden {
		t.Errorf("an admin adds another at the same place: %d %s", w.Code, w.Body)
	}
	only := strings.Replace(beside, `,"records":true`, "", 1)
	want(t, admin.send(http.MethodPost, ofContoso+"sinks", only, nil), http.StatusCreated)
	if code, said := give(admin, "mine"); code != http.StatusOK {
		t.Errorf("of a sink that gets checkpoints an admin is told %d %s", code, said)
	}
}
