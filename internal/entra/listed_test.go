package entra_test

import (
	"strings"
	"testing"

	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
)

func TestListedClientsAreTold(t *testing.T) {
	t.Parallel()
	const software = "A <https://a.example/cb>"
	a := must(entra.NewAcceptance(contoso(), nil, []tenants.Client{{ID: vscode}, {ID: "https://a.example"}, {ID: software}}, entra.AuthorityOf(tenants.PublicCloud)))
	for _, id := range []string{vscode, strings.ToUpper(vscode), "https://a.example", software} {
		if !a.Lists(id) {
			t.Errorf("%q is not listed", id)
		}
	}
	for _, id := range []string{"", "https://A.example", "https://a.example/", "https://b.example", strings.ToUpper(software), apiClient.String()} {
		if a.Lists(id) {
			t.Errorf("%q is listed", id)
		}
	}
}
