package console_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

func TestRecordingIsAddedChangedAndRemoved(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	want(t, b.send(http.MethodPost, ofContoso+"recordings", `{"name":"payments","tool":"payroll_*","arguments":["/b","/a","/b"]}`, nil), http.StatusCreated)
	var shown console.Recording
	tag := b.read(ofContoso+"recordings/payments", &shown)
	if shown.Tool != "payroll_*" || !slices.Equal(shown.Arguments, []string{"/a", "/b"}) || shown.Result != nil {
		t.Errorf("%+v", shown)
	}
	want(t, b.send(http.MethodPost, ofContoso+"recordings", `{"name":"payments","tool":"*","result":["/a"]}`, nil), http.StatusConflict)
	want(t, b.send(http.MethodPut, ofContoso+"recordings/payments", `{"tool":"*","result":["/a"]}`, map[string]string{"If-Match": `"another"`}), http.StatusPreconditionFailed)
	w := b.send(http.MethodPut, ofContoso+"recordings/payments", `{"tool":"*","result":["/a"]}`, map[string]string{"If-Match": tag})
	if want(t, w, http.StatusOK); strings.Contains(w.Body.String(), `"arguments"`) {
		t.Errorf("the changed recording is %s", w.Body)
	}
	want(t, b.send(http.MethodDelete, ofContoso+"recordings/payments", "", map[string]string{"If-Match": tag}), http.StatusPreconditionFailed)
	want(t, b.send(http.MethodDelete, ofContoso+"recordings/payments", "", map[string]string{"If-Match": w.Header().Get("ETag")}), http.StatusNoContent)
	want(t, b.get(ofContoso+"recordings/payments"), http.StatusNotFound)
}
