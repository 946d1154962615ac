package msgraph_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

// drain reads a delta round to its end: all entries and the link for later.
func (b *bench) drain(token, address string, headers ...string) ([]map[string]any, string) {
	b.t.Helper()
	var all []map[string]any
	for {
		a := b.must(http.StatusOK, token, http.MethodGet, address, "", headers...)
		all = append(all, a.entries()...)
		if link := a.str("@odata.deltaLink"); link != "" {
			if a.str("@odata.nextLink") != "" {
				b.t.Fatalf("both links at once: %s", a.text)
			}
			return all, link
		}
		if address = a.str("@odata.nextLink"); address == "" {
			b.t.Fatalf("neither link: %s", a.text)
		}
	}
}

func idsOf(entries []map[string]any) []string {
	var out []string
	for _, entry := range entries {
		id, _ := entry["id"].(string)
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

func no() *bool { v := false; return &v }

func yes() *bool { v := true; return &v }

func TestUsersDeltaTellsWhoWasDisabled(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.worker()
	all, link := b.drain(token, "users/delta?$select=displayName,accountEnabled")
	if len(all) != 5 || all[0]["accountEnabled"] != true || all[0]["mail"] != nil {
		t.Errorf("first round is %v", all)
	}
	nothing, link := b.drain(token, link)
	if len(nothing) != 0 {
		t.Errorf("nothing has changed, and %v", nothing)
	}
	if err := b.SetUser(contosoID, aliceID, emulator.UserChange{Enabled: no()}); err != nil {
		t.Fatal(err)
	}
	changed, link := b.drain(token, link)
	if jsonOf(t, changed) != `[{"accountEnabled":false,"displayName":"Alice Example","id":"`+aliceID+`"}]` {
		t.Errorf("changed are %v", changed)
	}
	if again, _ := b.drain(token, link); len(again) != 0 {
		t.Errorf("told twice: %v", again)
	}
}

func TestDeltaOfPropertiesNotSelectedSaysNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.worker()
	_, link := b.drain(token, "users/delta?$select=displayName")
	_, usual := b.drain(token, "users/delta")
	if err := b.SetUser(contosoID, aliceID, emulator.UserChange{Enabled: no()}); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{link, usual} {
		if changed, _ := b.drain(token, address); len(changed) != 0 {
			t.Errorf("told %v, which was not selected", changed)
		}
	}
}

func TestUsersDeltaTellsWhoIsGone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.worker()
	_, link := b.drain(token, "users/delta?$select=accountEnabled")
	b.must(http.StatusNoContent, token, http.MethodDelete, "users/"+aliceID, "")
	changed, link := b.drain(token, link)
	golden(t, "delta-user-removed", jsonOf(t, changed))
	if field(changed[0], "@removed", "reason") != "changed" {
		t.Errorf("in the recycle bin is %v", changed)
	}
	b.must(http.StatusOK, token, http.MethodPost, "directory/deletedItems/"+aliceID+"/restore", "")
	if back, _ := b.drain(token, link); len(back) != 1 || back[0]["accountEnabled"] != true {
		t.Errorf("restored is %v", back)
	}
	b.must(http.StatusNoContent, token, http.MethodDelete, "users/"+aliceID, "")
	b.must(http.StatusNoContent, token, http.MethodDelete, "directory/deletedItems/"+aliceID, "")
	if purged, _ := b.drain(token, link); len(purged) != 1 || field(purged[0], "@removed", "reason") != "deleted" {
		t.Errorf("gone for good is %v", purged)
	}
	if all, _ := b.drain(token, "users/delta?$select=id"); slices.Contains(idsOf(all), aliceID) || len(all) != 4 {
		t.Errorf("a new first round has %v", all)
	}
}

func TestGroupsDeltaFollowsDirectMembers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.worker()
	filter := fmt.Sprintf("groups/delta?$select=members,displayName&$filter=id eq '%s' or id eq '%s'", staffID, engineeringID)
	first := b.must(http.StatusOK, token, http.MethodGet, filter, "")
	golden(t, "delta-groups", first.text)
	all, link := b.drain(token, filter)
	if !slices.Equal(idsOf(all), []string{staffID, engineeringID}) || len(objects(all[0]["members@delta"])) != 2 {
		t.Errorf("first round is %v", all)
	}
	members := objects(all[1]["members@delta"])
	if len(members) != 1 || members[0]["@odata.type"] != "#microsoft.graph.group" || members[0]["id"] != sreID {
		t.Errorf("members of Engineering are %v: only the direct ones, and groups as groups", members)
	}
	for _, change := range []struct{ add, remove []string }{{[]string{carolID}, []string{aliceID}}, {nil, []string{bobID}}, {[]string{bobID}, nil}} {
		if err := b.SetMembers(contosoID, staffID, change.add, change.remove); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.SetMembers(contosoID, sreID, []string{aliceID}, nil); err != nil { // not filtered for
		t.Fatal(err)
	}
	changed, _ := b.drain(token, link)
	golden(t, "delta-group-members", jsonOf(t, changed))
	got := map[string]bool{}
	for _, m := range objects(changed[0]["members@delta"]) {
		id, _ := m["id"].(string)
		got[id] = field(m, "@removed", "reason") == "deleted"
	}
	if len(changed) != 1 || len(got) != 3 || got[carolID] || !got[aliceID] || got[bobID] {
		t.Errorf("changed is %v", changed)
	}
}

func TestGroupsDeltaTellsThatADeletedMemberLeft(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.worker()
	_, link := b.drain(token, "groups/delta?$select=members")
	if err := b.SetUser(contosoID, aliceID, emulator.UserChange{Deleted: yes()}); err != nil {
		t.Fatal(err)
	}
	changed, _ := b.drain(token, link)
	if len(changed) != 1 || changed[0]["id"] != staffID || !strings.Contains(jsonOf(t, changed), `"@removed":{"reason":"deleted"}`) {
		t.Errorf("changed is %v", changed)
	}
	if all, _ := b.drain(token, "groups/delta?$select=members"); strings.Contains(jsonOf(t, all), aliceID) {
		t.Errorf("a first round tells of the deleted: %v", all)
	}
}

func TestChangesThatChangeNothingAreNotTold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.worker()
	_, link := b.drain(token, "groups/delta")
	if err := b.SetMembers(contosoID, staffID, []string{aliceID}, []string{carolID}); err != nil {
		t.Fatal(err)
	}
	if changed, _ := b.drain(token, link); len(changed) != 0 {
		t.Errorf("changed is %v", changed)
	}
}

func TestMinimalDeltaTellsOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.worker()
	_, link := b.drain(token, "users/delta?$select=displayName,accountEnabled")
	if err := b.SetUser(contosoID, bobID, emulator.UserChange{Enabled: no()}); err != nil {
		t.Fatal(err)
	}
	changed, _ := b.drain(token, link, "Prefer", "return=minimal")
	if jsonOf(t, changed) != `[{"accountEnabled":false,"id":"`+bobID+`"}]` {
		t.Errorf("changed is %v", changed)
	}
}

func TestDeltaComesInPagesOfThePreferredSize(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.worker()
	a := b.must(http.StatusOK, token, http.MethodGet, "users/delta?$select=id", "", "Prefer", "odata.maxpagesize=2")
	if len(a.entries()) != 2 || a.header.Get("Preference-Applied") != "odata.maxpagesize=2" || !strings.Contains(a.str("@odata.nextLink"), "$skiptoken=") {
		t.Fatalf("first page is %s", a.text)
	}
	// Somebody changes while the pages are read: the next round tells.
	if err := b.SetUser(contosoID, aliceID, emulator.UserChange{Deleted: yes()}); err != nil {
		t.Fatal(err)
	}
	rest, link := b.drain(token, a.str("@odata.nextLink"))
	if got := len(rest) + 2; got != 4 {
		t.Errorf("all pages have %d people", got)
	}
	if changed, _ := b.drain(token, link); len(changed) != 1 || changed[0]["id"] != aliceID {
		t.Errorf("changed is %v", changed)
	}
	for _, id := range []string{aliceID, bobID, carolID} {
		if err := b.SetUser(contosoID, id, emulator.UserChange{Deleted: no(), Revoke: true}); err != nil {
			t.Fatal(err)
		}
	}
	_, pages := b.drain(token, "users/delta?$select=signInSessionsValidFromDateTime&$deltatoken=latest")
	b.Advance(time.Second)
	for _, id := range []string{aliceID, bobID, carolID} {
		if err := b.SetUser(contosoID, id, emulator.UserChange{Revoke: true}); err != nil {
			t.Fatal(err)
		}
	}
	if changed, _ := b.drain(token, pages, "Prefer", "odata.maxpagesize=1"); len(idsOf(changed)) != 3 {
		t.Errorf("three changes in pages of one are %v", changed)
	}
}

func TestLatestTellsNothingOfBefore(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.worker()
	all, link := b.drain(token, "users/delta?$select=accountEnabled&$deltaToken=latest")
	if len(all) != 0 {
		t.Errorf("latest tells %v", all)
	}
	if err := b.SetUser(contosoID, bobID, emulator.UserChange{Enabled: no()}); err != nil {
		t.Fatal(err)
	}
	if changed, _ := b.drain(token, link); len(changed) != 1 || changed[0]["id"] != bobID {
		t.Errorf("changed is %v", changed)
	}
}

func TestDeltaFunctionHasManySpellings(t *testing.T) {
	t.Parallel()
	b := commonBench(t)
	token := b.worker()
	for _, address := range []string{"groups/delta", "groups/delta()", "groups/microsoft.graph.delta()", "groups/microsoft.graph.delta"} {
		if all, _ := b.drain(token, address); len(all) != 3 {
			t.Errorf("%s tells %v", address, all)
		}
	}
}

func TestOldDeltaTokensAreGone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, link := b.drain(b.worker(), "users/delta?$select=id")
	b.Advance(7*24*time.Hour - time.Minute)
	if _, fresh := b.drain(b.worker(), link); fresh == link {
		t.Error("the token is not renewed")
	}
	b.Advance(time.Minute)
	a := b.call(b.worker(), http.MethodGet, link, "")
	a.refuses(t, 410, "syncStateNotFound")
	if a.header.Get("Location") != rootURL+"/v1.0/users/delta?$deltatoken=" {
		t.Errorf("Location is %q", a.header.Get("Location"))
	}
	golden(t, "delta-gone", a.text)
	if all, _ := b.drain(b.worker(), a.header.Get("Location")); len(all) != 5 {
		t.Errorf("starting again tells %v", all)
	}
}

func TestDeltaTokensEndWithAReset(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(o *emulator.Options) { o.Entropy = "the same tokens again" })
	_, link := b.drain(b.worker(), "users/delta?$select=id")
	if err := b.Reset(); err != nil {
		t.Fatal(err)
	}
	b.call(b.worker(), http.MethodGet, link, "").refuses(t, 410, "syncStateNotFound")
}

func TestForgottenHistoryIsGone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.worker()
	_, link := b.drain(token, "groups/delta")
	for i := range 5_001 { // two events each
		if err := b.SetMembers(contosoID, sreID, []string{bobID}, nil); err != nil {
			t.Fatal(i, err)
		}
		if err := b.SetMembers(contosoID, sreID, nil, []string{bobID}); err != nil {
			t.Fatal(i, err)
		}
	}
	b.call(token, http.MethodGet, link, "").refuses(t, 410, "resyncRequired")
}

func TestDeltaTokensAreForTheirCollection(t *testing.T) {
	t.Parallel()
	b := commonBench(t)
	token := b.worker()
	_, link := b.drain(token, "users/delta?$select=id")
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	b.call(token, http.MethodGet, "groups/delta?"+u.RawQuery, "").refuses(t, 400, "Request_BadRequest")
	other := b.tokens(fabrikamID, url.Values{
		"grant_type": {"client_credentials"}, "client_id": {workerID}, "client_secret": {"worker-secret"}, "scope": {"https://graph.microsoft.com/.default"},
	})
	b.call(other.str("access_token"), http.MethodGet, link, "").refuses(t, 400, "Request_BadRequest")
	b.call(token, http.MethodGet, "users/delta?$deltatoken=nonsense", "").refuses(t, 410, "syncStateNotFound")
}

func TestDeltaRefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()
	b := commonBench(t)
	token := b.worker()
	b.call(token, http.MethodGet, "users/delta?$top=5", "").refuses(t, 400, "Request_UnsupportedQuery")
	b.call(token, http.MethodGet, "users/delta?$filter=displayName eq 'x'", "").refuses(t, 400, "Request_UnsupportedQuery")
	b.call(token, http.MethodGet, "users/delta?$filter=id eq 'x'", "").refuses(t, 400, "Request_BadRequest")
	b.call(token, http.MethodGet, "users/delta?$select=shoeSize", "").refuses(t, 400, "Request_BadRequest")
	many := func(n int) string {
		var clauses []string
		for i := range n {
			clauses = append(clauses, "id eq '"+seed.Derived("group", fmt.Sprint(i))+"'")
		}
		return "groups/delta?$filter=" + strings.Join(clauses, " or ")
	}
	b.must(http.StatusOK, token, http.MethodGet, many(50), "")
	b.call(token, http.MethodGet, many(51), "").refuses(t, 400, "Request_BadRequest")
}

func TestDeltaAsksForPermissions(t *testing.T) {
	t.Parallel()
	b := commonBench(t)
	b.call(b.person("alice", "GroupMember.Read.All"), http.MethodGet, "users/delta", "").refuses(t, 403, "Authorization_RequestDenied")
	b.call(b.person("alice", "User.Read.All"), http.MethodGet, "groups/delta", "").refuses(t, 403, "Authorization_RequestDenied")
	b.must(http.StatusOK, b.person("alice", "User.Read.All"), http.MethodGet, "users/delta", "")
}

func TestLargeGroupsGoOnInTheNextPage(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(o *emulator.Options) {
		large := &o.Tenants[0].Groups[0]
		for i := range 2_500 {
			id := seed.Derived("member", fmt.Sprint(i))
			o.Tenants[0].Users = append(o.Tenants[0].Users, seed.User{ID: id, Username: fmt.Sprintf("member%d@contoso.example", i), Password: "pw"})
			large.Members = append(large.Members, id)
		}
	})
	token := b.worker()
	all, link := b.drain(token, "groups/delta?$select=displayName,members")
	var sizes []int
	seen := map[any]bool{}
	for _, entry := range all {
		if entry["id"] != staffID {
			continue
		}
		members := objects(entry["members@delta"])
		sizes = append(sizes, len(members))
		for _, m := range members {
			seen[m["id"]] = true
		}
		if entry["displayName"] != "Staff" {
			t.Errorf("a part of the group is %v", entry["displayName"])
		}
	}
	if fmt.Sprint(sizes) != "[1000 1000 502]" || len(seen) != 2_502 || len(all) != 5 {
		t.Errorf("%d entries, parts of %v, %d members", len(all), sizes, len(seen))
	}
	if changed, _ := b.drain(token, link); len(changed) != 0 {
		t.Errorf("changed is %v", changed)
	}
}
