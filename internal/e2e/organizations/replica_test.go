package organizations_test

import (
	"net/http"
	"testing"

	"gatehouse/internal/console"
	"gatehouse/internal/tools"
)

// TestChangeThroughOneReplicaIsInEffectOnTheOther: sessions and everything else
// that signing in needs are shared as well.
func TestChangeThroughOneReplicaIsInEffectOnTheOther(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	second := k.startAPI(t, listen(t))
	c := company("contoso")
	token := k.password(t, c.TID, person("contoso", "alice"), c.Organization(k.places).Connection.QualifiedScope())
	for _, r := range []*replica{k.replica, second} {
		if a := k.call(t, r, "contoso", token, "whoami"); !a.worked() {
			t.Fatalf("before: %d %s", a.status, a.body)
		}
	}
	carol := k.as(t, "contoso", "carol")
	switched := func(on bool) {
		t.Helper()
		carol.put(at("contoso", "tools", "whoami"), console.ToolSettings{Enabled: on, Effect: tools.Read}).want(http.StatusOK)
		eventually(t, "the other replica has the change", inForce, func() bool { return k.call(t, second, "contoso", token, "whoami").worked() == on })
	}
	switched(false)
	switched(true)

	elsewhere := k.visitAt(t, second, person("contoso", "carol").OID.String())
	elsewhere.http.Jar = carol.http.Jar
	if s := elsewhere.session(); s.Name != "Carol Contoso" {
		t.Errorf("the other replica knows %+v", s)
	}
	begun := carol.begin("")
	elsewhere.walker = carol.walker
	elsewhere.deliver(elsewhere.arrive(begun)).want(http.StatusSeeOther)
	carol.send(http.MethodPost, "/auth/sign-out", "").want(http.StatusSeeOther)
	elsewhere.send(http.MethodGet, "/api/session", "").want(http.StatusUnauthorized)
}
