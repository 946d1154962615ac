package oauth

import (
	"encoding/json"
	"net/url"
)

// Application is Gatehouse as authorization servers know it.
//
// Redirect and Document are best made for one source each, with the source's id
// in them: then a code that an authorization server issues for one source cannot
// be mistaken for another's, whatever the metadata of the other says (RFC 9700
// §4.4, "mix-up").
type Application struct {
	Name     string // for people
	Home     string // https URL about it; empty: none
	Redirect string // where people come back to
	Document string // https URL of the client document; empty: there is none that others could read
}

// clientMetadata is what we say about ourselves (RFC 7591 §2).
type clientMetadata struct {
	ClientID string   `json:"client_id,omitempty"` // in the document
	Name     string   `json:"client_name"`
	Home     string   `json:"client_uri,omitempty"`
	Redirect []string `json:"redirect_uris"`
	Grants   []string `json:"grant_types"`
	Answers  []string `json:"response_types"`
	Method   string   `json:"token_endpoint_auth_method"`
	Kind     string   `json:"application_type"`
}

func (a Application) metadata(method string) clientMetadata {
	kind := "native" // loopback redirects are those of programs on somebody's machine
	if u, err := url.Parse(a.Redirect); err == nil && u.Scheme == "https" {
		kind = "web"
	}
	return clientMetadata{
		Name: a.Name, Home: a.Home, Redirect: []string{a.Redirect}, Method: method, Kind: kind,
		Grants: []string{"authorization_code", "refresh_token"}, Answers: []string{"code"},
	}
}

// Metadata returns the client document (draft "OAuth Client ID Metadata
// Document") to serve at Document: a public client, which has no secret.
func (a Application) Metadata() []byte {
	m := a.metadata(methodNone)
	m.ClientID = a.Document
	document, err := json.Marshal(m)
	if err != nil {
		panic(err) // a struct of strings
	}
	return document
}
