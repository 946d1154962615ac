package msgraph_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"gatehouse/internal/emulator/seed"
)

func TestPeopleAreDisabledByAdministrators(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	off := `{"accountEnabled":false}`
	b.call(b.person("alice", "User.EnableDisableAccount.All"), http.MethodPatch, "users/"+bobID, off).refuses(t, 403, "Authorization_RequestDenied")
	b.call(b.person("ursula", "User.Read.All"), http.MethodPatch, "users/"+bobID, off).refuses(t, 403, "Authorization_RequestDenied")
	ursula := b.person("ursula", "User.EnableDisableAccount.All")
	b.must(http.StatusNoContent, ursula, http.MethodPatch, "users/bob@contoso.example", off)
	if b.password("bob", "User.Read").status == http.StatusOK {
		t.Error("a disabled person signs in")
	}
	b.must(http.StatusNoContent, ursula, http.MethodPatch, "users('"+bobID+"')", `{"accountEnabled":true}`)
	b.person("bob", "User.Read")
	b.call(ursula, http.MethodPatch, "users/"+bobID, `{"displayName":"Robert"}`).refuses(t, 400, "Request_BadRequest")
	b.call(ursula, http.MethodPatch, "users/"+staffID, off).refuses(t, 404, "Request_ResourceNotFound")
}

func TestPeopleAreDeletedRestoredAndPurged(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.person("ursula", "User.DeleteRestore.All")
	bin := "directory/deletedItems/" + bobID
	b.call(b.person("alice", "User.DeleteRestore.All"), http.MethodDelete, "users/"+bobID, "").refuses(t, 403, "Authorization_RequestDenied")
	b.call(admin, http.MethodDelete, bin, "").refuses(t, 404, "Request_ResourceNotFound")
	b.call(admin, http.MethodPost, bin+"/restore", "").refuses(t, 404, "Request_ResourceNotFound")
	b.must(http.StatusNoContent, admin, http.MethodDelete, "users/"+bobID, "")
	b.call(admin, http.MethodDelete, "users/"+bobID, "").refuses(t, 404, "Request_ResourceNotFound")
	b.call(b.person("alice", "User.DeleteRestore.All"), http.MethodPost, bin+"/restore", "").refuses(t, 403, "Authorization_RequestDenied")
	b.call(b.person("alice", "User.DeleteRestore.All"), http.MethodDelete, bin, "").refuses(t, 403, "Authorization_RequestDenied")
	if back := b.must(http.StatusOK, admin, http.MethodPost, bin+"/restore", ""); back.str("@odata.type") != "#microsoft.graph.user" || back.str("id") != bobID {
		t.Errorf("restored is %s", back.text)
	}
	b.person("bob", "User.Read")
	b.must(http.StatusNoContent, admin, http.MethodDelete, "users/"+bobID, "")
	b.must(http.StatusNoContent, admin, http.MethodDelete, bin, "")
	b.call(admin, http.MethodPost, bin+"/restore", "").refuses(t, 404, "Request_ResourceNotFound")
	if err := b.SetMembers(contosoID, staffID, []string{bobID}, nil); err == nil {
		t.Error("somebody who is gone for good can be put into a group")
	}
}

func TestRevokedSessionsAreOver(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	session := func(name string) string {
		return b.password(name, "User.Read offline_access").str("refresh_token")
	}
	refresh := func(token string) int {
		return b.tokens(contosoID, url.Values{"grant_type": {"refresh_token"}, "client_id": {seed.AzureCLI}, "refresh_token": {token}}).status
	}
	alices, bobs := session("alice"), session("bob")
	if refresh(alices) != http.StatusOK {
		t.Fatal("the session is no good")
	}
	alices = session("alice")
	b.Advance(time.Second)
	alice := b.person("alice", "User.RevokeSessions.All")
	b.call(alice, http.MethodPost, "users/"+bobID+"/revokeSignInSessions", "").refuses(t, 403, "Authorization_RequestDenied")
	b.call(b.person("alice", "User.Read"), http.MethodPost, "me/revokeSignInSessions", "").refuses(t, 403, "Authorization_RequestDenied")
	if a := b.must(http.StatusOK, alice, http.MethodPost, "me/revokeSignInSessions", ""); a.json["value"] != true {
		t.Errorf("answer is %s", a.text)
	}
	b.must(http.StatusOK, b.worker(), http.MethodPost, "users/"+bobID+"/revokeSignInSessions", "")
	if refresh(alices) == http.StatusOK || refresh(bobs) == http.StatusOK {
		t.Error("a revoked session goes on")
	}
}

func TestGroupMembersComeAndGo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	members := "groups/" + sreID + "/members"
	reference := func(id string) string {
		return `{"@odata.id":"https://graph.microsoft.com/v1.0/directoryObjects/` + id + `"}`
	}
	alice, ursula := b.person("alice", "GroupMember.ReadWrite.All"), b.person("ursula", "GroupMember.ReadWrite.All")
	b.call(alice, http.MethodPost, members+"/$ref", reference(bobID)).refuses(t, 403, "Authorization_RequestDenied")
	b.call(b.person("ursula", "GroupMember.Read.All"), http.MethodPost, members+"/$ref", reference(bobID)).refuses(t, 403, "Authorization_RequestDenied")
	b.must(http.StatusNoContent, ursula, http.MethodPost, members+"/$ref", reference(bobID))
	again := b.call(ursula, http.MethodPost, members+"/$ref", reference(bobID))
	again.refuses(t, 400, "Request_BadRequest")
	if again.message() != "One or more added object references already exist for the following modified properties: 'members'." {
		t.Errorf("message is %q", again.message())
	}
	b.must(http.StatusNoContent, b.worker(), http.MethodPost, members+"/$ref", reference(staffID))
	b.call(ursula, http.MethodPost, members+"/$ref", reference(accessID)).refuses(t, 404, "Request_ResourceNotFound")
	b.call(ursula, http.MethodPost, members+"/$ref", `{"@odata.id":"`+aliceID+`"}`).refuses(t, 400, "Request_BadRequest")
	b.call(ursula, http.MethodPost, "groups/"+accessID+"/members/$ref", reference(aliceID)).refuses(t, 404, "Request_ResourceNotFound")
	b.call(alice, http.MethodDelete, members+"/"+bobID+"/$ref", "").refuses(t, 403, "Authorization_RequestDenied")
	b.must(http.StatusNoContent, ursula, http.MethodDelete, members+"/"+bobID+"/$ref", "")
	b.call(ursula, http.MethodDelete, members+"/"+bobID+"/$ref", "").refuses(t, 404, "Request_ResourceNotFound")
}
