package tenants_test

import (
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

const accessPackage = "https://myaccess.microsoft.com/@contoso.onmicrosoft.com#/access-packages/0f5b7a3e-6c1d-4e0f-8a55-3c1f5a1e7d20"

func TestAccessPackagesAreInTheMyAccessPortal(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"", accessPackage, "https://myaccess.microsoft.com", "https://myaccess.microsoft.com/", "https://myaccess.microsoft.us/@fabrikam.example#/access-packages/1",
		"https://myaccess.microsoft.com/?tenantId=1#/access-packages/a%20b", "https://myaccess.microsoft.com/" + strings.Repeat("x", tenants.MaxAccessPackageURL-31),
	} {
		if err := tenants.CheckAccessPackageURL(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"javascript:alert(1)", "javascript://myaccess.microsoft.com/%0aalert(1)", "data:text/html,x", "//myaccess.microsoft.com/", "myaccess.microsoft.com", " ", "/access",
		"http://myaccess.microsoft.com/", "HTTPS://myaccess.microsoft.com/", "https://MyAccess.microsoft.com/", "https://myaccess.microsoft.com:443/", "https://myaccess.microsoft.com./",
		"https://myaccess.microsoft.com.evil.example/", "https://evil.example/https://myaccess.microsoft.com/", "https://myaccess.microsoft.com@evil.example/", "https://evil.example#myaccess.microsoft.com",
		"https://u@myaccess.microsoft.com/", "https://u:p@myaccess.microsoft.com/", "https://myaccess-microsoft.com/", "https://xmyaccess.microsoft.com/", "https://myaccess.microsoft.de/",
		`https://myaccess.microsoft.com\@evil.example/`, "https://myaccess.microsoft.com/\nx", "https://myaccess.microsoft.com/\n", "https://myaccess.microsoft.com/ x", "https://myaccess.microsoft.com/<b>",
		"https://myaccess.microsoft.com/\u202e", "https://myaccess.microsoft.com/%0", "https://myaccess.microsoft.com?x", "https://myaccess.microsoft.com/" + strings.Repeat("x", tenants.MaxAccessPackageURL-30),
	} {
		if err := tenants.CheckAccessPackageURL(bad); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q is taken: %v", bad, err)
		}
	}
}

func TestAnOrganizationNamesItsAccessPackageOrNone(t *testing.T) {
	t.Parallel()
	o := tenants.Organization{AccessPackageURL: "javascript:alert(1)"}
	if err := o.Validate(); err == nil || !strings.Contains(err.Error(), "accessPackageUrl: is no address") || strings.Contains(err.Error(), "alert") {
		t.Errorf("%v", err)
	}
	o.AccessPackageURL = accessPackage
	if err := o.Validate(); err == nil || strings.Contains(err.Error(), "accessPackageUrl") {
		t.Errorf("%v", err)
	}
}
