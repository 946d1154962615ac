package demo

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// FileName is what Describe's result is called in a data directory.
const FileName = "dev.json"

// File tells scripts where everything is and who is who. Every key is always
// there.
type File struct {
	BaseURL      string           `json:"base_url"`
	EntraURL     string           `json:"entra_url"`
	GraphURL     string           `json:"graph_url"`
	ControlURL   string           `json:"control_url"`
	ControlToken string           `json:"control_token"`
	NotesURL     string           `json:"notes_url"`
	MailURL      string           `json:"mail_url"`
	Orgs         []FileOrg        `json:"orgs"`
	Unregistered FileUnregistered `json:"unregistered"`
	Platform     FilePlatform     `json:"platform"`
}

// FileOrg is one organization.
type FileOrg struct {
	Slug            string        `json:"slug"`
	Name            string        `json:"name"`
	EntraTenantID   string        `json:"entra_tenant_id"`
	MCPURL          string        `json:"mcp_url"`
	AuthMode        string        `json:"auth_mode"`
	APIClientID     string        `json:"api_client_id"`
	APIClientSecret string        `json:"api_client_secret"`
	Scope           string        `json:"scope"`
	Toolsets        []FileToolset `json:"toolsets"`
	Clients         []FileClient  `json:"clients"`
	Users           []FileUser    `json:"users"`
}

// FileToolset is a named subset of an organization's tools.
type FileToolset struct {
	Name   string `json:"name"`
	MCPURL string `json:"mcp_url"`
}

// FileClient is an AI client that an organization lists.
type FileClient struct {
	ClientID string `json:"client_id"`
	Name     string `json:"name"`
}

// FileUser is one of the cast. A guest has an empty password.
type FileUser struct {
	Username string `json:"username"`
	Password string `json:"password"`
	OID      string `json:"oid"`
	About    string `json:"about"`
}

// FileUnregistered is the Entra tenant that is no organization's yet.
type FileUnregistered struct {
	EntraTenantID string    `json:"entra_tenant_id"`
	Name          string    `json:"name"`
	Admin         FileAdmin `json:"admin"`
}

// FilePlatform is who runs the platform.
type FilePlatform struct {
	EntraTenantID     string    `json:"entra_tenant_id"`
	ConsoleClientID   string    `json:"console_client_id"`
	SharedAppClientID string    `json:"shared_app_client_id"`
	Operator          FileAdmin `json:"operator"`
}

// FileAdmin is who could register it.
type FileAdmin struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// Describe returns the file of a running stack.
func (s *Stack) Describe() File {
	a, o := Adatum(), Platform()
	f := File{
		BaseURL: s.Places.Base, EntraURL: s.Places.Entra, GraphURL: s.Places.Graph,
		ControlURL: s.Places.Entra + "/_control", ControlToken: s.ControlToken, NotesURL: s.Places.Notes, MailURL: s.mailURL,
		Unregistered: FileUnregistered{
			EntraTenantID: a.TID.String(), Name: a.Name, Admin: FileAdmin{Username: a.Admin.Username, Password: a.Admin.Password},
		},
		Platform: FilePlatform{
			EntraTenantID: o.TID.String(), ConsoleClientID: o.Console.String(), SharedAppClientID: o.SharedApp.String(),
			Operator: FileAdmin{Username: o.Person.Username, Password: o.Person.Password},
		},
	}
	for _, c := range s.World.companies() {
		f.Orgs = append(f.Orgs, s.describe(c))
	}
	return f
}

func (s *Stack) describe(c Company) FileOrg {
	o := c.Organization(s.Places)
	f := FileOrg{
		Slug: c.Slug.String(), Name: c.Name, EntraTenantID: c.TID.String(), MCPURL: s.Places.endpoint(c.Slug), AuthMode: string(o.Mode),
		APIClientID: c.API.String(), APIClientSecret: c.Secret(s.World.Secrets), Scope: o.Connection.QualifiedScope(),
		Toolsets: []FileToolset{},
	}
	for _, client := range c.Clients() {
		f.Clients = append(f.Clients, FileClient{ClientID: client.ID, Name: client.Name})
	}
	for _, p := range c.People {
		f.Users = append(f.Users, FileUser{Username: p.Username, Password: p.Password, OID: p.OID.String(), About: p.About})
	}
	return f
}

// WriteFile writes the file into a data directory, readable by its owner only.
func (s *Stack) WriteFile(dir string) error {
	raw, err := json.MarshalIndent(s.Describe(), "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", FileName, err)
	}
	path := filepath.Join(dir, FileName)
	if err := os.WriteFile(path, append(raw, '\n'), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", FileName, err)
	}
	return os.Chmod(path, 0o600) // an older file keeps its mode otherwise
}
