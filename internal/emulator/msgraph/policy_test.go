package msgraph_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/emulator"
)

func TestThePolicyTellsWhetherPeopleMayConsent(t *testing.T) {
	t.Parallel()
	const path, self = "policies/authorizationPolicy", "ManagePermissionGrantsForSelf."
	open := newBench(t)
	reader := open.person("carol", "Policy.Read.All")
	if got := open.must(http.StatusOK, reader, http.MethodGet, path, ""); !strings.Contains(got.text, self) {
		t.Errorf("people may consent, and the policy is %s", got.text)
	}
	open.call(open.person("carol", "Application.Read.All"), http.MethodGet, path, "").refuses(t, 403, "Authorization_RequestDenied")
	closed := newBench(t, func(o *emulator.Options) { o.Tenants[0].Settings.UserConsent = "disabled" })
	if got := closed.must(http.StatusOK, closed.person("carol", "Policy.Read.All"), http.MethodGet, path, ""); strings.Contains(got.text, self) {
		t.Errorf("people may not consent, and the policy is %s", got.text)
	}
}

func TestAPublisherIsVerifiedOnTheAppAndItsPrincipal(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.person("carol", "Application.ReadWrite.All")
	object, principal := "applications(appId='"+workerID+"')", "servicePrincipals(appId='"+workerID+"')"
	publisher := func(of string) any {
		return field(b.must(http.StatusOK, admin, http.MethodGet, of, "").json, "verifiedPublisher", "displayName")
	}
	b.call(admin, http.MethodPost, object+"/setVerifiedPublisher", `{"verifiedPublisherId":"nobody"}`).refuses(t, 400, "Request_BadRequest")
	if publisher(object) != nil || publisher(principal) != nil {
		t.Error("a publisher nobody verified is shown")
	}
	b.must(http.StatusNoContent, admin, http.MethodPost, object+"/setVerifiedPublisher", `{"verifiedPublisherId":"1234567"}`)
	if publisher(object) != "Partner 1234567" || publisher(principal) != "Partner 1234567" {
		t.Errorf("publishers are %v and %v", publisher(object), publisher(principal))
	}
	b.must(http.StatusNoContent, admin, http.MethodPost, object+"/unsetVerifiedPublisher", "{}")
	if publisher(object) != nil {
		t.Error("a publisher that was taken back is shown")
	}
	b.call(b.person("alice", "Application.ReadWrite.All"), http.MethodPost, object+"/setVerifiedPublisher", `{"verifiedPublisherId":"1"}`).
		refuses(t, 403, "Authorization_RequestDenied")
}
