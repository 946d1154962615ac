package console_test

import (
	"net/http"
	"reflect"
	"strconv"
	"testing"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

func TestContractLetsSupportLastAsLongAsTheRuleDoes(t *testing.T) {
	t.Parallel()
	hours, _ := reflect.TypeFor[console.SupportApproval]().FieldByName("Hours")
	if got, rule := hours.Tag.Get("maximum"), strconv.Itoa(int(tenants.SupportLimit.Hours())); got != rule {
		t.Errorf("the contract allows %s hours, the rule %s", got, rule)
	}
}

// TestSupportIsTheOperatorsOwn has an access of somebody with the same object id
// in another directory.
func TestSupportIsTheOperatorsOwn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	olga := r.operator()
	open := tenants.SupportAccess{ID: tenants.NewGUID(), Operator: tenants.Operator{TID: r.other.TID, OID: olga.OID}, ApprovedAt: start, EndsAt: start.Add(time.Hour)}
	r.support[r.contoso.ID] = append(r.support[r.contoso.ID], open)
	b := r.as(t, olga)
	want(t, b.get("/api/organizations/contoso/roles"), http.StatusNotFound)
	open.Operator.TID = platform
	r.support[r.contoso.ID] = append(r.support[r.contoso.ID], open)
	want(t, b.get("/api/organizations/contoso/roles"), http.StatusOK)
}

func TestSupportSaysWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	owner := r.person(r.contoso, tenants.Owner)
	b := r.as(t, owner)
	path := "/api/organizations/contoso/support-accesses"
	state := func() console.SupportAccess {
		var page console.Page[console.SupportAccess]
		b.read(path, &page)
		return page.Items[0]
	}
	if s := state(); s.State != tenants.SupportPending || s.ApprovedBy != nil || s.EndsAt != nil {
		t.Errorf("waiting it is %+v", s)
	}
	item := path + "/" + r.support[r.contoso.ID][0].ID.String()
	want(t, b.send(http.MethodPost, item+"/approve", `{"hours":2}`, nil), http.StatusOK)
	if s := state(); s.State != tenants.SupportApproved || s.ApprovedBy.OID != owner.OID || !s.EndsAt.Equal(start.Add(2*time.Hour)) {
		t.Errorf("approved it is %+v", s)
	}
	want(t, b.send(http.MethodPost, item+"/approve", `{"hours":2}`, nil), http.StatusConflict)
	r.pass(time.Hour)
	b = r.as(t, owner)
	want(t, b.send(http.MethodPost, item+"/revoke", "", nil), http.StatusOK)
	if s := state(); s.State != tenants.SupportEnded || !s.EndsAt.Equal(start.Add(time.Hour)) {
		t.Errorf("ended it is %+v", s)
	}
	want(t, b.send(http.MethodPost, item+"/approve", `{"hours":2}`, nil), http.StatusConflict)
}

// TestReasonsOfOperatorsCanBeSeen: a reason that reads otherwise than it is would have an
// owner agree to something else.
func TestReasonsOfOperatorsCanBeSeen(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, of := r.as(t, r.operator()), "/api/operator/organizations/"+r.contoso.ID.String()
	for _, path := range []string{of + "/support-accesses", of + "/suspend"} {
		want(t, b.send(http.MethodPost, path, `{"reason":"Helping \u202ewith ticket 4711"}`, map[string]string{"Idempotency-Key": "k"}), http.StatusUnprocessableEntity)
	}
	if len(r.operated) != 0 {
		t.Errorf("done: %+v", r.operated)
	}
}
