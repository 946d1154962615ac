package setup

import (
	"encoding/pem"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Values is all that a set-up needs to know of an organization. Every field but
// those that say so is required.
type Values struct {
	Organization  string                 // display name; any text
	Slug          tenants.Slug           //
	Endpoint      string                 // the endpoint's URL, which becomes the Application ID URI; lower case, no slash at the end
	Base          string                 // the platform's URL: scheme and host
	Cloud         tenants.Cloud          //
	Model         tenants.AppModel       //
	ClientID      tenants.GUID           // of the shared app; of an own app that an earlier set-up made, or zero
	Scope         string                 // short name of the delegated permission
	AppRoles      []AppRole              // for applications; may be empty
	Background    tenants.Background     // as whom people are asked about while they are away; empty: as themselves
	Credential    tenants.CredentialKind // of an own app; that of the shared app is the platform's and not looked at
	Certificate   string                 // PEM, of an own app that proves itself with a certificate; otherwise empty
	Federation    Federation             // of an own app that trusts the platform as issuer; otherwise zero
	Preauthorized []Client               // clients that need no consent for Scope; may be empty
	Redirects     []Redirect             // reply URLs of MCP clients that use this registration; may be empty
}

// AppRole is a role that applications can hold.
type AppRole struct {
	Value       string // what "roles" of a token says
	Name        string // display name
	Description string
}

// Federation is whom an own app trusts instead of a secret. Entra compares all
// three character for character.
type Federation struct {
	Issuer, Subject, Audience string
}

// Client is an application that people use, known by its client id.
type Client struct {
	ID   tenants.GUID
	Name string
}

// DefaultAppRoles are the roles the platform knows the meaning of.
func DefaultAppRoles() []AppRole {
	return []AppRole{
		{"Tools.Execute.All", "Use tools as an application", "Lets an application use the MCP tools that are assigned to it, without a signed-in person."},
		{"Gatehouse.Manage", "Manage Gatehouse", "Lets an application manage this organization in Gatehouse."},
	}
}

// DefaultClients are Microsoft's own clients that sign people in by themselves:
// Visual Studio Code's and the Azure CLI's client ids are the same in every
// tenant.
func DefaultClients() []Client {
	return []Client{
		{tenants.MustGUID("aebc6443-996d-45c2-90f0-388ff96faa56"), "Visual Studio Code"},
		{tenants.MustGUID("04b07795-8ddb-461a-bbee-02f9e1bf7b46"), "Azure CLI"},
	}
}

// maxName leaves room below Graph's 256 characters for what is put around it.
const maxName = 200

var (
	plainURL  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://?[A-Za-z0-9._~:/-]+$`)
	plainWord = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$`)
	plainText = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/-]{0,599}$`)
)

// Validate returns every rule the values break, each naming the field.
func (v Values) Validate() error {
	c := &complaints{}
	c.need(strings.TrimSpace(v.Organization) != "", "organization name is empty")
	c.need(utf8.ValidString(v.Organization) && !strings.ContainsRune(v.Organization, 0), "organization name must be text without NUL")
	c.need(utf8.RuneCountInString(v.Organization) <= maxName, "organization name is longer than 200 characters; shorten it")
	c.need(!v.Slug.IsZero(), "slug is missing")
	c.need(httpURL(v.Endpoint) && v.Endpoint == strings.ToLower(v.Endpoint) && !strings.HasSuffix(v.Endpoint, "/") && len(v.Endpoint) <= maxURI,
		"endpoint must be an https URL of at most 230 characters in lower case, without a slash at the end")
	c.need(httpURL(v.Base) && !strings.HasSuffix(v.Base, "/"), "base must be an https URL without a slash at the end")
	c.need(slices.Contains([]tenants.Cloud{tenants.PublicCloud, tenants.USGovCloud, tenants.ChinaCloud}, v.Cloud), "cloud must be public, usgov or china")
	switch v.Model {
	case tenants.SharedApp:
		c.need(!v.ClientID.IsZero(), "client id of the shared app is missing")
	case tenants.OwnApp:
		c.need(plainWord.MatchString(v.Scope), "scope must be the short name of one delegated permission, such as access_as_user")
		c.credential(v)
		c.lists(v)
	default:
		c.need(false, "app model must be shared or own")
	}
	return errors.Join(c.errs...)
}

// maxURI keeps the tag made of an endpoint below Graph's 256 characters, and the
// endpoint below the 255 of an identifier URI.
const maxURI = 230

type complaints struct{ errs []error }

func (c *complaints) need(ok bool, text string) {
	if !ok {
		c.errs = append(c.errs, fault.New(fault.Invalid, "setup: "+text))
	}
}

func (c *complaints) credential(v Values) {
	if err := tenants.CheckCredential(v.Model, v.Credential); err != nil {
		c.errs = append(c.errs, err)
		return
	}
	federated := v.Credential == tenants.PlatformIssuer
	c.need(federated == (v.Federation != Federation{}), "federation goes with credential platform_issuer, and only with it")
	if federated {
		c.need(httpURL(v.Federation.Issuer), "federation issuer must be an https URL")
		c.need(plainText.MatchString(v.Federation.Subject), "federation subject must be letters, digits and . _ : / -")
		c.need(plainURL.MatchString(v.Federation.Audience), "federation audience must be a URI such as api://AzureADTokenExchange")
	}
	certified := v.Credential == tenants.Certificate
	c.need(certified == (v.Certificate != ""), "certificate goes with credential certificate, and only with it")
	if certified {
		block, rest := pem.Decode([]byte(v.Certificate))
		c.need(block != nil && block.Type == "CERTIFICATE" && strings.TrimSpace(string(rest)) == "", "certificate must be one CERTIFICATE block in PEM, without its private key")
	}
}

func (c *complaints) lists(v Values) {
	roles, clients := map[string]bool{}, map[tenants.GUID]bool{}
	for _, r := range v.AppRoles {
		c.need(plainWord.MatchString(r.Value) && r.Name != "" && r.Description != "", "app role "+r.Value+" needs a value without spaces, a name and a description")
		c.need(!roles[r.Value], "app role "+r.Value+" is listed twice")
		roles[r.Value] = true
	}
	for _, p := range v.Preauthorized {
		c.need(!p.ID.IsZero(), "pre-authorized client "+p.Name+" needs a client id")
		c.need(!clients[p.ID], "pre-authorized client "+p.ID.String()+" is listed twice")
		clients[p.ID] = true
	}
	for _, r := range v.Redirects {
		c.need(r.Platform == PublicClient || r.Platform == Web, "redirect URI of "+r.Client+": platform must be publicClient or web")
		c.need(plainURL.MatchString(r.URI) && len(r.URI) <= 256, "redirect URI of "+r.Client+" must be an absolute URI of at most 256 characters without query and fragment")
		c.need(r.Platform != Web || httpURL(r.URI), "redirect URI of "+r.Client+": platform web takes https URLs")
	}
}

// httpURL reports whether a URL is https, or http on this machine, and made of
// nothing that means something in one of the languages.
func httpURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || !plainURL.MatchString(text) || u.Hostname() == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1")
}
