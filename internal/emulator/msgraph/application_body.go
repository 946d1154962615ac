package msgraph

import (
	"encoding/json"
	"fmt"
	"strings"
)

// maybe is a member of a JSON object that may not have been sent; null is sent,
// and empty.
type maybe[T any] struct {
	sent, null bool
	value      T
}

// UnmarshalJSON implements json.Unmarshaler.
func (m *maybe[T]) UnmarshalJSON(text []byte) error {
	m.sent = true
	if string(text) == "null" {
		m.null = true
		return nil
	}
	if err := json.Unmarshal(text, &m.value); err != nil {
		return fmt.Errorf("read value: %w", err)
	}
	return nil
}

// applicationBody is what can be written to an app registration. Members without
// a meaning in the emulator are kept and given back.
type applicationBody struct {
	DisplayName    maybe[string]           `json:"displayName"`
	Audience       maybe[string]           `json:"signInAudience"`
	IdentifierURIs maybe[[]string]         `json:"identifierUris"`
	GroupClaims    maybe[string]           `json:"groupMembershipClaims"`
	Claims         maybe[claimsBody]       `json:"optionalClaims"`
	API            maybe[apiBody]          `json:"api"`
	Roles          maybe[[]roleBody]       `json:"appRoles"`
	Web            maybe[webBody]          `json:"web"`
	SPA            maybe[redirectsBody]    `json:"spa"`
	Public         maybe[redirectsBody]    `json:"publicClient"`
	Fallback       maybe[bool]             `json:"isFallbackPublicClient"`
	Required       maybe[[]requiredBody]   `json:"requiredResourceAccess"`
	Keys           maybe[[]keyBody]        `json:"keyCredentials"`
	Passwords      maybe[[]map[string]any] `json:"passwordCredentials"`

	Tags        maybe[[]string]       `json:"tags"`
	Notes       maybe[string]         `json:"notes"`
	Description maybe[string]         `json:"description"`
	Info        maybe[map[string]any] `json:"info"`
	Reference   maybe[string]         `json:"serviceManagementReference"`
	DeviceOnly  maybe[bool]           `json:"isDeviceOnlyAuthSupported"`
	PostReply   maybe[bool]           `json:"oauth2RequirePostResponse"`
	UniqueName  maybe[string]         `json:"uniqueName"`
}

// notes are the members that are kept as they are.
func (b applicationBody) notes() map[string]any {
	out := map[string]any{}
	put(out, "tags", b.Tags)
	put(out, "notes", b.Notes)
	put(out, "description", b.Description)
	put(out, "info", b.Info)
	put(out, "serviceManagementReference", b.Reference)
	put(out, "isDeviceOnlyAuthSupported", b.DeviceOnly)
	put(out, "oauth2RequirePostResponse", b.PostReply)
	put(out, "uniqueName", b.UniqueName)
	put(out, "web.homePageUrl", b.Web.value.Home)
	put(out, "web.logoutUrl", b.Web.value.Logout)
	put(out, "api.acceptMappedClaims", b.API.value.MappedClaims)
	return out
}

// put keeps a member that was sent; null takes it back.
func put[T any](into map[string]any, name string, m maybe[T]) {
	switch {
	case m.null:
		into[name] = nil
	case m.sent:
		into[name] = m.value
	}
}

// remembered puts kept members into an entry; a point leads into an object. What
// was taken back leaves what an entry has by itself.
func remembered(entry, kept map[string]any) {
	for name, value := range kept {
		if value == nil {
			continue
		}
		if outer, inner, nested := strings.Cut(name, "."); nested {
			entry[outer].(map[string]any)[inner] = value
			continue
		}
		entry[name] = value
	}
}

type claimsBody struct {
	AccessToken []claimBody `json:"accessToken"`
	IDToken     []claimBody `json:"idToken"`
	SAML2Token  []claimBody `json:"saml2Token"`
}

type claimBody struct {
	Name       string   `json:"name"`
	Source     *string  `json:"source"`
	Essential  bool     `json:"essential"`
	Properties []string `json:"additionalProperties"`
}

type apiBody struct {
	Version       maybe[int]         `json:"requestedAccessTokenVersion"`
	Scopes        maybe[[]scopeBody] `json:"oauth2PermissionScopes"`
	PreAuthorized maybe[[]trustBody] `json:"preAuthorizedApplications"`
	KnownClients  maybe[[]string]    `json:"knownClientApplications"`
	MappedClaims  maybe[bool]        `json:"acceptMappedClaims"`
}

type scopeBody struct {
	ID        string `json:"id"`
	Value     string `json:"value"`
	Type      string `json:"type"`
	Enabled   *bool  `json:"isEnabled"`
	AdminName string `json:"adminConsentDisplayName"`
	AdminText string `json:"adminConsentDescription"`
	UserName  string `json:"userConsentDisplayName"`
	UserText  string `json:"userConsentDescription"`
	Origin    string `json:"origin"`
}

type trustBody struct {
	Client string   `json:"appId"`
	Scopes []string `json:"delegatedPermissionIds"`
}

type roleBody struct {
	ID      string   `json:"id"`
	Value   string   `json:"value"`
	Name    string   `json:"displayName"`
	Text    string   `json:"description"`
	Enabled *bool    `json:"isEnabled"`
	Members []string `json:"allowedMemberTypes"`
	Origin  string   `json:"origin"`
}

type redirectsBody struct {
	URIs maybe[[]string] `json:"redirectUris"`
}

type webBody struct {
	URIs     maybe[[]string]     `json:"redirectUris"`
	Home     maybe[string]       `json:"homePageUrl"`
	Logout   maybe[string]       `json:"logoutUrl"`
	Implicit maybe[implicitBody] `json:"implicitGrantSettings"`
}

type implicitBody struct {
	IDTokens     bool `json:"enableIdTokenIssuance"`
	AccessTokens bool `json:"enableAccessTokenIssuance"`
}

type requiredBody struct {
	Resource string       `json:"resourceAppId"`
	Access   []accessBody `json:"resourceAccess"`
}

type accessBody struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}
