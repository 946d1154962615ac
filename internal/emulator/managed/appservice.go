package managed

import (
	"errors"
	"net/http"
	"strconv"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/journal"
	"gatehouse/internal/emulator/reply"
	"gatehouse/internal/emulator/seed"
)

// appServiceVersion is the only version of the form that is served; 2017-09-01
// has another header and other answers.
const appServiceVersion = "2019-08-01"

// appServiceToken is an answer in the members of Microsoft's sample ("How to use
// managed identities for App Service", REST endpoint reference).
type appServiceToken struct {
	Access    string `json:"access_token"`
	ExpiresOn string `json:"expires_on"`
	Resource  string `json:"resource"`
	Type      string `json:"token_type"`
	Client    string `json:"client_id"`
}

// appServiceError is an error as Container Apps and Linux App Service have been
// seen to answer. MSAL Node takes an answer without "message" for a token.
type appServiceError struct {
	Status      int    `json:"statusCode"`
	Message     string `json:"message"`
	Correlation string `json:"correlationId"`
}

// AppService is IDENTITY_ENDPOINT: the App Service form. The tenant of the
// identities is the path value "tenant".
func (s *Service) AppService(w http.ResponseWriter, r *http.Request) {
	if !s.o.Header(r.Header.Get("X-Identity-Header")) {
		s.failAppService(w, http.StatusUnauthorized, "The X-IDENTITY-HEADER header is missing or not the value of IDENTITY_HEADER.")
		return
	}
	query := r.URL.Query()
	if version := query.Get("api-version"); version != appServiceVersion {
		s.failAppService(w, http.StatusBadRequest, "The api-version '"+reply.Clip(version)+"' is not served; use "+appServiceVersion+".")
		return
	}
	resource := query.Get("resource")
	if resource == "" {
		s.failAppService(w, http.StatusBadRequest, "The resource parameter is missing.")
		return
	}
	t, m, err := s.appServiceIdentity(w, r)
	if err != nil {
		s.failAppService(w, http.StatusBadRequest, "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.")
		return
	}
	journal.Client(w, m.ID)
	token, err := s.o.Issue(t, m, resource)
	if err != nil {
		s.failAppService(w, statusOf(err), err.Error())
		return
	}
	reply.JSON(w, http.StatusOK, appServiceToken{
		Access: token.Access, ExpiresOn: strconv.FormatInt(token.NotBefore.Add(token.Life).Unix(), 10), Resource: resource, Type: "Bearer", Client: m.ID,
	})
}

func (s *Service) appServiceIdentity(w http.ResponseWriter, r *http.Request) (*directory.Tenant, seed.ManagedIdentity, error) {
	t, err := s.tenant(w, r.PathValue("tenant"))
	if err != nil {
		return nil, seed.ManagedIdentity{}, err
	}
	m, named, err := choose(t, r.URL.Query(), "client_id", "principal_id", "object_id", "mi_res_id")
	if named {
		return t, m, err
	}
	m, ok := systemAssigned(t)
	if !ok {
		return nil, m, errNone
	}
	return t, m, nil
}

func (s *Service) failAppService(w http.ResponseWriter, status int, message string) {
	reply.JSON(w, status, appServiceError{Status: status, Message: message, Correlation: s.o.NewID()})
}

// statusOf is 400 for what Entra refused and 500 for what went wrong here.
func statusOf(err error) int {
	if refused := (*RefusedError)(nil); errors.As(err, &refused) {
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}
