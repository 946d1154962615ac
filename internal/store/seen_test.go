package store_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"gatehouse/internal/connections"
	"gatehouse/internal/tenants"
)

// codeEditor is an app registration whose tokens of Entra come.
var codeEditor = tenants.MustGUID("aebc6443-996d-45c2-90f0-388ff96faa56")

// TestSoftwareIsSeenWhereverItComesFrom, each once, with what is there of it now.
func TestSoftwareIsSeenWhereverItComesFrom(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	start := clock.now()
	first := registered(t, db, o, start)
	software := connections.SoftwareOf(first.Name, first.Redirects)
	alice, bob := tenants.NewGUID(), tenants.NewGUID()
	for _, who := range []tenants.GUID{alice, bob} {
		clock.advance(time.Minute)
		c := aConnection(who, first.ID)
		c.Software, c.Host = software, ""
		connected(t, db, o, c, aGrant(clock.now()))
	}
	clock.advance(time.Minute)
	second := registered(t, db, o, clock.now())
	c := aConnection(alice, second.ID)
	c.Software, c.Host = software, ""
	connected(t, db, o, c, aGrant(clock.now()))
	connectedAt := clock.now()
	clock.advance(time.Minute)
	must(t, db.Ask(t.Context(), caller(o), aRequest("https://agent.example")))
	asked := clock.now()
	must(t, db.SawEntraClient(t.Context(), caller(o), codeEditor))

	got, err := db.SeenSoftware(t.Context(), o.ID, "", 10)
	must(t, err)
	want := []connections.Seen{
		{
			Software: software, Name: "Editor", FirstAt: start, LastAt: connectedAt, Connections: 3, People: 2, Registrations: 2, Latest: []string{second.ID, first.ID},
		},
		{Software: codeEditor.String(), Entra: true, FirstAt: asked, LastAt: asked},
		{Software: "https://agent.example", Name: "Editor", Host: "editor.example", Asked: true, FirstAt: asked, LastAt: asked},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	var paged []connections.Seen
	for after := ""; ; after = paged[len(paged)-1].Software {
		page, err := db.SeenSoftware(t.Context(), o.ID, after, 1)
		must(t, err)
		if len(page) == 0 {
			break
		}
		paged = append(paged, page...)
	}
	if !reflect.DeepEqual(paged, want) {
		t.Errorf("in pages %+v", paged)
	}
	clock.advance(connections.RegisteredLife + time.Hour)
	if got, err := db.SeenSoftware(t.Context(), o.ID, "", 1); err != nil || got[0].Registrations != 0 {
		t.Errorf("after they expired %+v %v", got, err)
	}
}

func TestClientsOfEntraAreNotedOnceAnHourAndBounded(t *testing.T) {
	t.Parallel()
	db, clock, o, d := atOneTime(t)
	saw := func(client tenants.GUID) connections.Seen {
		t.Helper()
		must(t, db.SawEntraClient(t.Context(), caller(o), client))
		all, err := db.SeenSoftware(t.Context(), o.ID, "", 1000)
		must(t, err)
		for _, s := range all {
			if s.Software == client.String() {
				return s
			}
		}
		return connections.Seen{}
	}
	start := clock.now()
	saw(codeEditor)
	clock.advance(connections.SeenEvery - time.Second)
	if s := saw(codeEditor); !s.FirstAt.Equal(start) || !s.LastAt.Equal(start) {
		t.Errorf("within the hour it is %+v", s)
	}
	clock.advance(time.Second)
	if s := saw(codeEditor); !s.FirstAt.Equal(start) || !s.LastAt.Equal(clock.now()) {
		t.Errorf("after an hour it is %+v", s)
	}
	for range connections.MaxEntraClients - 1 {
		clock.advance(time.Second)
		must(t, db.SawEntraClient(t.Context(), caller(o), tenants.NewGUID()))
	}
	clock.advance(time.Second)
	if s := saw(tenants.NewGUID()); s.Software == "" {
		t.Error("the newest has no room")
	}
	if n := count(t, d, "entra_clients"); n != fmt.Sprint(connections.MaxEntraClients) {
		t.Errorf("%s are kept", n)
	}
	all, err := db.SeenSoftware(t.Context(), o.ID, "", 1000)
	must(t, err)
	for _, s := range all {
		if s.Software == codeEditor.String() {
			t.Error("the one seen longest ago has not made room")
		}
	}
}
