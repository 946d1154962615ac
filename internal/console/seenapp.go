package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/access"
	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/tenants"
)

// SeenApp is software that people have connected, or wanted to.
type SeenApp struct {
	Software        string    `json:"software" doc:"What the list of clients governs: the id that it is listed with, or would have to be. Of an app that brings tokens of Entra, its app registration."`
	Name            string    `json:"name,omitempty" doc:"What it last called itself; of an app that brings tokens of Entra, as the organization lists it, or what is known of it. Absent: nothing is known."`
	Host            string    `json:"host,omitempty" doc:"Whose owner vouches for the name."`
	Verified        bool      `json:"verified" doc:"Somebody vouches for the name: the owner of the host, or Entra, which has checked who the app is. Of others anybody may have chosen it."`
	SignsIn         string    `json:"signsIn" enum:"gatehouse,entra" doc:"Who signs its people in. entra: it brings tokens that it got from Entra."`
	Listed          bool      `json:"listed" doc:"It is among the clients."`
	Waits           bool      `json:"waits" doc:"Somebody wanted it, and no admin has decided yet: see client-requests."`
	FirstAt         time.Time `json:"firstAt" doc:"When what there is of it began. What was revoked, dismissed or has expired is in the log only."`
	LastAt          time.Time `json:"lastAt" doc:"When it was last used or wanted, give or take an hour."`
	Connections     int       `json:"connections" doc:"How many connections there are now."`
	People          int       `json:"people" doc:"How many people have connected it."`
	Registrations   int       `json:"registrations" doc:"How often it has registered; what has expired does not count."`
	RegistrationIDs []string  `json:"registrationIds" doc:"Client ids of its registrations, the last made first; twenty at most."`
}

func (c *Console) seenAppRoutes(api huma.API) {
	inside(c, api, tenants.Viewer, route{
		ID: "listSeenApps", Method: http.MethodGet, Path: "/seen-apps", Tag: "clients", Summary: "List AI apps seen",
		Description: "Which software people of the organization connect or tried to connect, sorted by software: from connections, requests, registrations, and tokens of Entra that were shown, of which the two hundred apps last seen are remembered. " +
			"Governing one is createClient with its software as the id.",
	}, c.listSeenApps)
}

func (c *Console) listSeenApps(ctx context.Context, by Actor, in *listInput) (*Listed[SeenApp], error) {
	binding, after := []byte("console listSeenApps"), []byte(nil)
	if in.Cursor != "" {
		var err error
		if after, err = c.Cursors.OpenCursor(ctx, by.Org(), binding, in.Cursor); err != nil {
			return nil, fault.Wrap(fault.Invalid, badCursor, err)
		}
	}
	found, err := c.Store.SeenSoftware(ctx, by.Org(), string(after), in.Limit+1)
	if err != nil {
		return nil, err
	}
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	page := &Listed[SeenApp]{}
	if len(found) > in.Limit {
		found = found[:in.Limit]
		page.Body.NextCursor, err = c.Cursors.MakeCursor(ctx, by.Org(), binding, []byte(found[in.Limit-1].Software))
	}
	page.Body.Items = each(found, func(s connections.Seen) SeenApp { return seenAppOf(s, a) })
	return page, err
}

func seenAppOf(s connections.Seen, a access.Configuration) SeenApp {
	app := SeenApp{
		Software: s.Software, Name: s.Name, Host: s.Host, Verified: s.Host != "" || s.Entra, SignsIn: byGatehouse,
		FirstAt: s.FirstAt.UTC(), LastAt: s.LastAt.UTC(), Connections: s.Connections, People: s.People, Registrations: s.Registrations, RegistrationIDs: list(s.Latest),
	}
	listed := slices.IndexFunc(a.Clients, func(c tenants.Client) bool { return c.ID == s.Software })
	app.Listed = listed >= 0
	app.Waits = s.Asked && !app.Listed
	if s.Entra {
		app.SignsIn = byEntra
		if app.Name = nameInEntra(s.Software); app.Listed {
			app.Name = a.Clients[listed].Name
		}
	}
	return app
}

// nameInEntra is the name of an app registration that is the same in every directory;
// empty: it is not known.
func nameInEntra(id string) string {
	for _, c := range onboarding.DefaultClients() {
		if c.ID.String() == id {
			return c.Name
		}
	}
	return ""
}
