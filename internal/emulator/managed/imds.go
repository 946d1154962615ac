package managed

import (
	"errors"
	"net/http"
	"regexp"
	"strconv"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/journal"
	"gatehouse/internal/emulator/reply"
	"gatehouse/internal/emulator/seed"
)

// imdsVersion is the first version with managed identities; later ones answer alike.
const imdsVersion = "2018-02-01"

var dated = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)

// imdsToken is an answer of the Instance Metadata Service; numbers are texts.
type imdsToken struct {
	Access       string `json:"access_token"`
	Client       string `json:"client_id"`
	ExpiresIn    string `json:"expires_in"`
	ExpiresOn    string `json:"expires_on"`
	ExtExpiresIn string `json:"ext_expires_in"`
	NotBefore    string `json:"not_before"`
	Resource     string `json:"resource"`
	Type         string `json:"token_type"`
}

// imdsError is an error of the Instance Metadata Service (Microsoft's page "How
// to use managed identities on an Azure VM", HTTP response reference).
type imdsError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// IMDS is the Instance Metadata Service's token endpoint. The tenant of the
// identities is the path value "tenant".
func (s *Service) IMDS(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	version, resource := query.Get("api-version"), query.Get("resource")
	switch {
	case r.Header.Get("Metadata") != "true":
		failIMDS(w, http.StatusBadRequest, imdsError{"bad_request_102", "Required metadata header not specified"})
	case r.Header.Get("X-Forwarded-For") != "":
		failIMDS(w, http.StatusBadRequest, imdsError{"invalid_request", "Requests with an X-Forwarded-For header are not answered"})
	case version == "":
		failIMDS(w, http.StatusBadRequest, imdsError{"invalid_request", "Required query variable 'api-version' is missing"})
	case !dated.MatchString(version) || version < imdsVersion:
		failIMDS(w, http.StatusBadRequest, imdsError{"invalid_request", "api-version '" + reply.Clip(version) + "' is not served; use " + imdsVersion + " or later"})
	case resource == "":
		failIMDS(w, http.StatusBadRequest, imdsError{"invalid_request", "Required query variable 'resource' is missing"})
	default:
		s.answerIMDS(w, r, resource)
	}
}

func (s *Service) answerIMDS(w http.ResponseWriter, r *http.Request, resource string) {
	t, m, err := s.imdsIdentity(w, r)
	switch {
	case errors.Is(err, errMany):
		failIMDS(w, http.StatusBadRequest, imdsError{"invalid_request", "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request"})
		return
	case errors.Is(err, errNaming):
		failIMDS(w, http.StatusBadRequest, imdsError{"invalid_request", "Only one of client_id, object_id and msi_res_id can name the identity"})
		return
	case err != nil:
		failIMDS(w, http.StatusBadRequest, imdsError{"invalid_request", "Identity not found"})
		return
	}
	journal.Client(w, m.ID)
	token, err := s.o.Issue(t, m, resource)
	if err != nil {
		kind := "unknown"
		if refused := (*RefusedError)(nil); errors.As(err, &refused) {
			kind = refused.Kind
		}
		failIMDS(w, statusOf(err), imdsError{kind, err.Error()})
		return
	}
	life := strconv.Itoa(int(token.Life.Seconds()))
	reply.JSON(w, http.StatusOK, imdsToken{
		Access: token.Access, Client: m.ID, ExpiresIn: life, ExpiresOn: strconv.FormatInt(token.NotBefore.Add(token.Life).Unix(), 10),
		ExtExpiresIn: life, NotBefore: strconv.FormatInt(token.NotBefore.Unix(), 10), Resource: resource, Type: "Bearer",
	})
}

// imdsIdentity finds the identity a request means. Without a name it is the
// system-assigned one, or the only user-assigned one.
func (s *Service) imdsIdentity(w http.ResponseWriter, r *http.Request) (*directory.Tenant, seed.ManagedIdentity, error) {
	t, err := s.tenant(w, r.PathValue("tenant"))
	if err != nil {
		return nil, seed.ManagedIdentity{}, err
	}
	m, named, err := choose(t, r.URL.Query(), "client_id", "object_id", "msi_res_id", "mi_res_id")
	if named {
		return t, m, err
	}
	if own, ok := systemAssigned(t); ok {
		return t, own, nil
	}
	switch len(t.ManagedIdentities) {
	case 0:
		return nil, m, errNone
	case 1:
		return t, t.ManagedIdentities[0], nil
	}
	return nil, m, errMany
}

func failIMDS(w http.ResponseWriter, status int, body imdsError) { reply.JSON(w, status, body) }
