package msgraph

import (
	"net/http"
	"slices"
	"strconv"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/reply"
	"gatehouse/internal/emulator/seed"
)

// Limits of Graph.
const (
	checkLimit  = 20     // ids a checkMemberGroups takes
	memberLimit = 11_000 // ids a getMemberGroups returns
)

// whose is an object in whose memberships a request asks.
type whose struct {
	id    string
	roles []string // object ids of a person's directory roles
}

func (v *visit) whoseOf(p *directory.Person) whose {
	w := whose{id: p.ID}
	for _, r := range rolesOf(v.tenant, p) {
		w.roles = append(w.roles, r.id)
	}
	return w
}

// checkMemberGroups says which of up to twenty groups somebody is in, through
// others too.
func (v *visit) checkMemberGroups(w whose) {
	var body struct {
		GroupIDs []string `json:"groupIds"`
	}
	if v.body(&body) {
		v.check("groupIds", body.GroupIDs, v.tenant.Closure(w.id))
	}
}

// checkMemberObjects is checkMemberGroups for directory roles too.
func (v *visit) checkMemberObjects(w whose) {
	var body struct {
		IDs []string `json:"ids"`
	}
	if v.body(&body) {
		v.check("ids", body.IDs, slices.Concat(v.tenant.Closure(w.id), w.roles))
	}
}

// check answers with those of the ids that are held, each once.
func (v *visit) check(name string, ids, held []string) {
	if len(ids) == 0 || len(ids) > checkLimit {
		v.refuse(badRequest("The number of values in " + name + " must be between 1 and " + strconv.Itoa(checkLimit) + "."))
		return
	}
	found := []string{}
	for _, id := range ids {
		if !seed.IsGUID(id) {
			v.refuse(badRequest("Invalid GUID:" + reply.Clip(id)))
			return
		}
		if slices.Contains(held, id) && !slices.Contains(found, id) {
			found = append(found, id)
		}
	}
	v.ids(found)
}

// getMemberGroups lists the ids of all groups somebody is in, through others too.
func (v *visit) getMemberGroups(w whose) { v.member(w.id, nil) }

// getMemberObjects lists the ids of groups and of directory roles, unless only
// security groups are asked for.
func (v *visit) getMemberObjects(w whose) { v.member(w.id, w.roles) }

func (v *visit) member(id string, roles []string) {
	var body struct {
		SecurityEnabledOnly *bool `json:"securityEnabledOnly"`
	}
	if !v.body(&body) {
		return
	}
	if body.SecurityEnabledOnly == nil {
		v.refuse(badRequest("The parameter securityEnabledOnly is required."))
		return
	}
	ids := v.tenant.SecurityGroups(id)
	if !*body.SecurityEnabledOnly {
		ids = slices.Concat(v.tenant.Closure(id), roles)
	}
	if len(ids) > memberLimit {
		v.refuse(&problem{http.StatusBadRequest, "Directory_ResultSizeLimitExceeded", "The specified directory object belongs to more groups than the limit allows."})
		return
	}
	v.ids(ids)
}

func (v *visit) ids(ids []string) {
	if ids == nil {
		ids = []string{}
	}
	v.answer(http.StatusOK, map[string]any{"@odata.context": v.context("Collection(Edm.String)"), "value": ids})
}

// asksGroups is what the group functions need for a person: reading them and
// reading groups ("directoryObject: checkMemberGroups").
func (v *visit) asksGroups(p *directory.Person) bool {
	return v.allowsOf(p.ID, readsSelf, readsPeople) && v.allows(readsGroups...)
}

// asksObjects is what the object functions need ("directoryObject: getMemberObjects").
func (v *visit) asksObjects(p *directory.Person) bool { return v.allowsOf(p.ID, readsSelf, readsUsers) }
