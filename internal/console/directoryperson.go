package console

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// FoundPerson is somebody whom a search of the directory found.
type FoundPerson struct {
	OID      tenants.GUID `json:"oid" format:"uuid" doc:"Object ID."`
	Name     string       `json:"name" doc:"Display name."`
	Username string       `json:"username,omitempty" doc:"User name; of a guest the mail address, where the directory has one."`
	Guest    bool         `json:"guest" doc:"The user name is that of an invited guest."`
}

func (c *Console) directoryPersonRoutes(api huma.API) {
	insideAsPerson(c, api, tenants.Viewer, route{
		ID: "searchPeople", Method: http.MethodGet, Path: "/people", Tag: "people", Summary: "Search the directory's people as yourself", Errors: []int{502},
		Description: "Finds by beginnings of words of the name, and by the beginning of the user name and the mail address. Microsoft Graph is asked as you, with User.ReadBasic.All: you find whom you may see in Entra, which guests may not search. Needs your consent once: /auth/sign-in?scopes=groups. " +
			"guest is told by the user name, because the user type takes a permission more.",
	}, c.searchPeople)
}

// searchPeople is for people of the organization's own directory: an operator who looks
// inside would search their own.
func (c *Console) searchPeople(ctx context.Context, by Actor, in *peopleSearchInput) (*Listed[FoundPerson], error) {
	if by.Person.TID != by.Organization.TID {
		return nil, fault.New(fault.Forbidden, "the directory is searched by people of the organization only; enter an object ID")
	}
	found, err := c.Directory.SearchPeople(ctx, *by.Person, in.Search, in.Limit)
	return &Listed[FoundPerson]{Page[FoundPerson]{Items: each(found, func(p FoundPerson) FoundPerson {
		return FoundPerson{OID: p.OID, Name: visible(p.Name), Username: visible(p.Username), Guest: p.Guest}
	})}}, err
}

type peopleSearchInput struct {
	InOrganization
	Search string `query:"search" required:"true" minLength:"1" maxLength:"100" doc:"Beginnings of words of the name, or the beginning of the user name or mail address."`
	Limit  int    `query:"limit" default:"20" minimum:"1" maximum:"50"`
}
