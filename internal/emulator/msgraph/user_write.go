package msgraph

import (
	"net/http"
	"strings"

	"gatehouse/internal/emulator/directory"
)

// named finds the person a path names, for whoever may write to people.
func (v *visit) named(serve func(*directory.Person)) {
	p, ok := personNamed(v.tenant, v.r.PathValue("id"))
	if !ok {
		v.refuse(missing(v.r.PathValue("id")))
		return
	}
	serve(p)
}

// updateUser disables and enables a person. It is all the emulator changes about
// one.
func (s *Service) updateUser(v *visit) {
	var body struct {
		Enabled *bool `json:"accountEnabled"`
	}
	if !v.allowsAdmin([]string{"User.EnableDisableAccount.All", "User.ReadWrite.All"}, adminsOfUsers) || !v.body(&body) {
		return
	}
	v.named(func(p *directory.Person) {
		if v.setUser(p, directory.UserChange{Enabled: body.Enabled}) {
			v.done()
		}
	})
}

func (v *visit) setUser(p *directory.Person, c directory.UserChange) bool {
	return v.change(func(t *directory.Tenant) *problem {
		if err := t.SetUser(p.ID, c); err != nil {
			return missing(p.ID)
		}
		return nil
	})
}

// deleteUser puts a person in the recycle bin.
func (s *Service) deleteUser(v *visit) {
	if !v.allowsAdmin([]string{"User.DeleteRestore.All", "User.ReadWrite.All"}, adminsOfUsers) {
		return
	}
	v.named(func(p *directory.Person) {
		yes := true
		if v.setUser(p, directory.UserChange{Deleted: &yes}) {
			v.done()
		}
	})
}

// binned finds a person in the recycle bin.
func (v *visit) binned(serve func(*directory.Person)) {
	id := strings.ToLower(v.r.PathValue("id"))
	if p, ok := v.tenant.People[id]; ok && p.Deleted {
		serve(p)
		return
	}
	v.refuse(missing(id))
}

// restoreUser takes a person out of the recycle bin. Other objects do not go
// there in the emulator: what is deleted of them is gone.
func (s *Service) restoreUser(v *visit) {
	if !v.allowsAdmin([]string{"User.DeleteRestore.All", "User.ReadWrite.All"}, adminsOfUsers) {
		return
	}
	v.binned(func(p *directory.Person) {
		no := false
		if !v.setUser(p, directory.UserChange{Deleted: &no}) {
			return
		}
		v.answer(http.StatusOK, map[string]any{
			"@odata.context": v.context("directoryObjects/$entity"), "@odata.type": "#microsoft.graph.user",
			"id": p.ID, "displayName": orNull(p.Name), "userPrincipalName": v.tenant.PrincipalName(p), "mail": orNull(p.Mail),
		})
	})
}

// purgeUser empties the recycle bin of a person.
func (s *Service) purgeUser(v *visit) {
	if !v.allowsAdmin([]string{"User.DeleteRestore.All", "User.ReadWrite.All"}, adminsOfUsers) {
		return
	}
	v.binned(func(p *directory.Person) {
		purged := v.change(func(t *directory.Tenant) *problem {
			if t.Purge(p.ID) != nil {
				return missing(p.ID)
			}
			return nil
		})
		if purged {
			v.done()
		}
	})
}

// revokeSessions ends a person's sign-in sessions: refresh tokens of before are
// worthless. People may do it to themselves.
func (s *Service) revokeSessions(v *visit) {
	if !v.allowsAdmin([]string{"User.RevokeSessions.All", "User.ReadWrite.All"}, adminsOfUsers) {
		return
	}
	v.named(v.revoke)
}

func (s *Service) revokeMySessions(v *visit) {
	if !v.allows("User.RevokeSessions.All", "User.ReadWrite.All") {
		return
	}
	v.revoke(v.who)
}

func (v *visit) revoke(p *directory.Person) {
	if v.setUser(p, directory.UserChange{Revoke: v.s.now()}) {
		v.answer(http.StatusOK, map[string]any{"@odata.context": v.context("Edm.Boolean"), "value": true})
	}
}
