package mcphost

import (
	"cmp"
	"encoding/json"
	"net/http"

	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// resourceMetadata is the protected resource metadata of one endpoint
// (RFC 9728 §2).
type resourceMetadata struct {
	Resource               string   `json:"resource"`
	ResourceName           string   `json:"resource_name"`
	AuthorizationServers   []string `json:"authorization_servers"`
	ScopesSupported        []string `json:"scopes_supported"`
	BearerMethodsSupported []string `json:"bearer_methods_supported"`

	// Automation is for the management API, which takes Entra's tokens in every
	// mode; nil where it is the same as above.
	Automation *automation `json:"gatehouse_automation,omitempty"`
}

type automation struct {
	AuthorizationServers []string `json:"authorization_servers"`
	ScopesSupported      []string `json:"scopes_supported"`
}

func automationOf(snap *snapshot.Snapshot) *automation {
	if snap.Organization.Mode == tenants.Direct {
		return nil
	}
	return &automation{[]string{snap.Accept.TenantIssuer()}, []string{snap.Organization.Connection.QualifiedScope()}}
}

// Metadata serves an endpoint's protected resource metadata, at the path that
// RFC 9728 §3.1 derives from the endpoint's URL. It is public, and any page may
// read it. offline_access is never among the scopes.
func (h *Host) Metadata() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Access-Control-Allow-Origin", "*")
		if r.Method == http.MethodOptions {
			header.Set("Access-Control-Allow-Methods", "GET, OPTIONS")
			header.Set("Access-Control-Allow-Headers", "*")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if err := h.checkHost(r); err != nil {
			h.refuse(w, r, err)
			return
		}
		snap, err := h.leases.Get(r.Context(), r.PathValue("org"))
		if err != nil {
			h.refuse(w, r, err)
			return
		}
		req := &request{http: r, toolset: r.PathValue("toolset")}
		if !req.see(snap) {
			h.refuse(w, r, errUnknownToolset)
			return
		}
		body, err := json.Marshal(resourceMetadata{
			Resource:               h.endpointURL(req),
			ResourceName:           req.resourceName(),
			AuthorizationServers:   []string{snap.Accept.Issuer()},
			ScopesSupported:        asked(snap, nil),
			BearerMethodsSupported: []string{"header"},
			Automation:             automationOf(snap),
		})
		if err != nil {
			h.refuse(w, r, err)
			return
		}
		header.Set("Content-Type", "application/json")
		header.Set("Cache-Control", "public, max-age=60")
		_, _ = w.Write(body)
	})
}

// resourceName is what people read of an endpoint.
func (r *request) resourceName() string {
	name := r.snap.Organization.Name
	if toolset, ok := r.snap.Toolset(r.toolset); ok {
		name += ": " + cmp.Or(toolset.Title, toolset.Name)
	}
	return name
}

func (h *Host) endpointURL(req *request) string {
	return h.baseURL + "/t/" + req.endpoint() + "/mcp"
}

// organizationURL is the endpoint of the request's organization without a toolset.
func (h *Host) organizationURL(req *request) string {
	return h.baseURL + "/t/" + req.snap.Organization.Slug.String() + "/mcp"
}

func (h *Host) metadataURL(req *request) string {
	return h.baseURL + "/.well-known/oauth-protected-resource/t/" + req.endpoint() + "/mcp"
}
