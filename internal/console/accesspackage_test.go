package console_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

const accessPackage = "https://myaccess.microsoft.com/@contoso.onmicrosoft.com#/access-packages/0f5b7a3e-6c1d-4e0f-8a55-3c1f5a1e7d20"

// asksAt is where somebody without a role is sent to ask for access.
func (b *browser) asksAt() string {
	b.t.Helper()
	var own console.OwnAccessRequests
	b.read("/api/me/access-requests", &own)
	return own.AccessPackageURL
}

func TestPeopleAreSentToTheAccessPackageOfTheirOrganization(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	admin, bob, stranger := r.as(t, r.person(r.contoso, tenants.Admin)), r.as(t, r.person(r.contoso, "")), r.as(t, r.person(r.other, ""))
	if at := bob.asksAt(); at != "" {
		t.Errorf("before anybody says it: %s", at)
	}
	o, status, body := admin.settle(`,"accessPackageUrl":"` + accessPackage + `"`)
	if status != http.StatusOK || o.AccessPackageURL != accessPackage {
		t.Fatalf("%d %s", status, body)
	}
	if at := bob.asksAt(); at != accessPackage {
		t.Errorf("Bob is sent to %q", at)
	}
	if at := stranger.asksAt(); at != "" {
		t.Errorf("somebody of another organization is sent to %q", at)
	}
	if o, _, _ = admin.settle(""); o.AccessPackageURL != accessPackage {
		t.Errorf("a change that does not name it makes it %q", o.AccessPackageURL)
	}
	if o, _, _ = admin.settle(`,"accessPackageUrl":""`); o.AccessPackageURL != "" || bob.asksAt() != "" {
		t.Errorf("taken away it is %q", o.AccessPackageURL)
	}
}

func TestPeopleAreSentNowhereElse(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	admin := r.as(t, r.person(r.contoso, tenants.Admin))
	for _, bad := range []string{
		"javascript:alert(1)", "http://myaccess.microsoft.com/", "https://evil.example/", "https://myaccess.microsoft.com.evil.example/", "https://u:p@myaccess.microsoft.com/",
		"https://myaccess.microsoft.com@evil.example/", "https://myaccess.microsoft.com/" + strings.Repeat("x", 500),
	} {
		_, status, body := admin.settle(`,"accessPackageUrl":"` + bad + `"`)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, "accessPackageUrl") || strings.Contains(body, bad) {
			t.Errorf("%s: %d %s", bad, status, body)
		}
	}
	if _, _, body := admin.settle(`,"accessPackageUrl":"https://evil.example/"`); !strings.Contains(body, "copy the My Access portal link") {
		t.Errorf("no remedy: %s", body)
	}
	if got := r.orgs[r.contoso.ID].AccessPackageURL; got != "" {
		t.Errorf("it is %q", got)
	}
	for _, role := range []tenants.Role{tenants.Viewer, tenants.Auditor} {
		_, status, body := r.as(t, r.person(r.contoso, role)).settle(`,"accessPackageUrl":"` + accessPackage + `"`)
		if status != http.StatusForbidden {
			t.Errorf("%s: %d %s", role, status, body)
		}
	}
}
