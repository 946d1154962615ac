package authserver

import (
	"slices"
	"strconv"

	"gatehouse/internal/connections"
	"gatehouse/internal/wire"
)

// maxRegistration is how large a registration may be.
const maxRegistration = 16 << 10

// registration is what a client asks for (RFC 7591 §2), as far as we go by it.
type registration struct {
	name      string // as it may be shown; empty: it has none
	redirects []string
	grants    []string
}

// grantTypes are those a client can have.
var grantTypes = []string{"authorization_code", "refresh_token"}

// readRegistration reads what a client asks for, or returns a refusal that names
// the member. Members that we do not know, and software statements, say nothing
// here (RFC 7591 §2).
func readRegistration(body []byte) (registration, *refusal) {
	members, err := wire.Members(body, wire.Limits{MaxBytes: maxRegistration, MaxDepth: maxDepth})
	if err != nil {
		return registration{}, metadataRefusal("the body has to be one JSON object: " + err.Error())
	}
	r := registration{}
	var why string
	if r.redirects, why = readRedirects(members); why != "" {
		return registration{}, &refusal{Code: "invalid_redirect_uri", Description: why}
	}
	if value := wire.Value(members, "client_name"); value != nil {
		name, ok := wire.Text(value)
		if !ok {
			return registration{}, metadataRefusal("client_name has to be a text")
		}
		if r.name = connections.ShownName(name); r.name == connections.Unnamed {
			r.name = ""
		}
	}
	if len(connections.SoftwareOf(r.name, r.redirects)) > connections.MaxSoftware {
		return registration{}, &refusal{Code: "invalid_redirect_uri", Description: "redirect_uris may have " + strconv.Itoa(connections.MaxSoftware) + " bytes together; register fewer, or shorter ones"}
	}
	if refused := methodRefusal(members); refused != nil {
		return registration{}, refused
	}
	if refused := r.readTypes(members); refused != nil {
		return registration{}, refused
	}
	return r, nil
}

func metadataRefusal(why string) *refusal {
	return &refusal{Code: "invalid_client_metadata", Description: why}
}

// methodRefusal lets clients that ask for a secret be public ones (RFC 7591 §3.2.1):
// several do only because it is the default of their library. One that wants to
// prove itself with a key is refused.
func methodRefusal(members []wire.Member) *refusal {
	value := wire.Value(members, "token_endpoint_auth_method")
	if value == nil {
		return nil
	}
	switch method, _ := wire.Text(value); method {
	case "none", "client_secret_basic", "client_secret_post":
		return nil
	}
	return metadataRefusal("token_endpoint_auth_method has to be none: whoever registers by itself has no credentials; use a client ID metadata document with private_key_jwt, or ask an administrator to register the client")
}

// readTypes reads "grant_types" and "response_types". Those that we do not have are
// dropped; without the code there is nothing left.
func (r *registration) readTypes(members []wire.Member) *refusal {
	r.grants = grantTypes
	if value := wire.Value(members, "grant_types"); value != nil {
		asked, ok := wire.Texts(value)
		if !ok || !slices.Contains(asked, "authorization_code") {
			return metadataRefusal("grant_types has to be a list of texts with authorization_code among them")
		}
		r.grants = slices.DeleteFunc(slices.Clone(grantTypes), func(grant string) bool { return !slices.Contains(asked, grant) })
	}
	if value := wire.Value(members, "response_types"); value != nil {
		if asked, ok := wire.Texts(value); !ok || !slices.Contains(asked, "code") {
			return metadataRefusal("response_types has to be a list of texts with code among them")
		}
	}
	return nil
}
