package emulator

import (
	"net/http"
	"slices"
	"strconv"
)

// Limits of Graph.
const (
	checkLimit  = 20     // ids a checkMemberGroups takes
	memberLimit = 11_000 // ids a getMemberGroups returns
)

// checkMemberGroups says which of up to twenty groups the person is in, through
// others too.
func (e *Emulator) checkMemberGroups(v *visit) {
	var body struct {
		GroupIDs []string `json:"groupIds"`
	}
	if !v.readsMembership() || !v.body(&body) {
		return
	}
	if len(body.GroupIDs) == 0 || len(body.GroupIDs) > checkLimit {
		v.refuse(*badRequest("The number of values in groupIds must be between 1 and " + strconv.Itoa(checkLimit) + "."))
		return
	}
	in := v.tenant.closure(v.who.ID)
	found := []string{}
	for _, id := range body.GroupIDs {
		if !isGUID(id) {
			v.refuse(*badRequest("Invalid GUID:" + clip(id)))
			return
		}
		if slices.Contains(in, id) && !slices.Contains(found, id) {
			found = append(found, id)
		}
	}
	v.reply(4, map[string]any{"@odata.context": v.context("Collection(Edm.String)"), "value": found})
}

// getMemberGroups lists the ids of all groups the person is in, through others too.
func (e *Emulator) getMemberGroups(v *visit) {
	var body struct {
		SecurityEnabledOnly *bool `json:"securityEnabledOnly"`
	}
	if !v.readsMembership() || !v.body(&body) {
		return
	}
	if body.SecurityEnabledOnly == nil {
		v.refuse(*badRequest("The parameter securityEnabledOnly is required."))
		return
	}
	ids := v.tenant.closure(v.who.ID)
	if *body.SecurityEnabledOnly {
		ids = v.tenant.securityGroups(v.who.ID)
	}
	if len(ids) > memberLimit {
		v.refuse(graphError{http.StatusBadRequest, "Directory_ResultSizeLimitExceeded", "The specified directory object belongs to more groups than the limit allows."})
		return
	}
	if ids == nil {
		ids = []string{}
	}
	v.reply(2, map[string]any{"@odata.context": v.context("Collection(Edm.String)"), "value": ids})
}

// readsMembership refuses a token without the permissions for group ids.
func (v *visit) readsMembership() bool {
	if v.may(readsUser...) && v.may(readsGroups...) {
		return true
	}
	v.refuse(denied)
	return false
}

// body reads the JSON of a request.
func (v *visit) body(into any) bool {
	if err := decodeStrict(http.MaxBytesReader(v.w, v.r.Body, maxForm), into); err != nil {
		v.refuse(*badRequest("Unable to read JSON request payload. " + err.Error()))
		return false
	}
	return true
}
