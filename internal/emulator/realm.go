package emulator

import (
	"net/http"
	"strings"

	"gatehouse/internal/emulator/reply"
)

// realm tells where an account signs in. MSAL asks before it sends a password.
// Members and values are those in MSAL's own test data.
type realm struct {
	Version  string `json:"ver"`
	Account  string `json:"account_type"` // Managed: at Entra itself; Unknown: nobody's domain
	Domain   string `json:"domain_name,omitempty"`
	Cloud    string `json:"cloud_instance_name,omitempty"`
	Audience string `json:"cloud_audience_urn,omitempty"`
}

// userRealm answers for a username by its domain. Every domain of a seeded tenant
// is managed by Entra; federation with another provider is not emulated.
func (e *Emulator) userRealm(w http.ResponseWriter, r *http.Request) {
	_, domain, _ := strings.Cut(r.PathValue("user"), "@")
	if _, ok := e.world().Find(domain); !ok || !strings.Contains(domain, ".") {
		reply.JSON(w, http.StatusOK, realm{Version: "1.0", Account: "Unknown"})
		return
	}
	reply.JSON(w, http.StatusOK, realm{
		Version: "1.0", Account: "Managed", Domain: domain, Cloud: "microsoftonline.com", Audience: "urn:federation:MicrosoftOnline",
	})
}
