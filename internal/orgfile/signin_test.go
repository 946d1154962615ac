package orgfile_test

import (
	"testing"
	"time"

	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
)

func TestSwitchOfAFileKeepsTokensThatWereIssued(t *testing.T) {
	t.Parallel()
	s := contoso()
	next := apply(t, s, read(t, "gatehouse: 1\norganization: {signIn: {mode: brokered, unknownClients: admit}}\n"), orgfile.Keep)
	want := tenants.SignIn{Mode: tenants.Brokered, UnknownClients: tenants.Admit}
	if next.Organization.SignIn() != want || !next.Organization.ModeSince.Equal(now) {
		t.Errorf("%+v since %s", next.Organization.SignIn(), next.Organization.ModeSince)
	}
	next.Organization.ModeSince = now.Add(-time.Hour)
	again := apply(t, next, read(t, "gatehouse: 1\norganization: {name: Contoso AG, signIn: {mode: brokered, acceptEntraTokens: false, unknownClients: admit}}\n"), orgfile.Keep)
	if again.Organization.SignIn() != want || !again.Organization.ModeSince.Equal(now.Add(-time.Hour)) {
		t.Errorf("what is so already became %+v since %s", again.Organization.SignIn(), again.Organization.ModeSince)
	}
}

func TestWhatAFileLeavesOutOfSigningInStays(t *testing.T) {
	t.Parallel()
	s := contoso()
	s.Organization.Mode, s.Organization.AcceptEntraTokens, s.Organization.UnknownClients = tenants.Brokered, true, tenants.Admit
	for text, want := range map[string]tenants.SignIn{
		"{name: Contoso AG}":                           {Mode: tenants.Brokered, AcceptEntraTokens: true, UnknownClients: tenants.Admit},
		"{signIn: {mode: direct}}":                     {Mode: tenants.Direct, AcceptEntraTokens: true, UnknownClients: tenants.Admit},
		"{signIn: {acceptEntraTokens: false}}":         {Mode: tenants.Brokered, UnknownClients: tenants.Admit},
		"{signIn: {unknownClients: refuse}}":           {Mode: tenants.Brokered, AcceptEntraTokens: true, UnknownClients: tenants.Refuse},
		"{name: Contoso AG, signIn: {mode: brokered}}": {Mode: tenants.Brokered, AcceptEntraTokens: true, UnknownClients: tenants.Admit},
	} {
		next := apply(t, s, read(t, "gatehouse: 1\norganization: "+text+"\n"), orgfile.Keep)
		if next.Organization.SignIn() != want {
			t.Errorf("%s makes it %+v", text, next.Organization.SignIn())
		}
	}
}
