package throttle

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Price is what a request costs an app: resource units, and one write if it
// changes something. Both are 0 for what the directory does not answer.
type Price struct{ Units, Writes int }

// prices are the base costs of the page throttling-limits ("Identity and access
// service limits"); a star is any one segment, and users/{id} costs what me costs.
// Everything else costs 1, and a write 1 more. POSTs listed here only read.
var prices = func() map[string]int {
	out := map[string]int{}
	for line := range strings.SplitSeq(strings.TrimSpace(`
GET applications 2
GET applications/*/extensionProperties 2
GET contracts 3
POST directoryObjects/getByIds 3
GET domains/*/domainNameReferences 4
POST getObjectsById 3
GET groups/*/members 3
GET groups/*/transitiveMembers 5
POST isMemberOf 4
POST me/checkMemberGroups 4
POST me/checkMemberObjects 4
POST me/getMemberGroups 2
POST me/getMemberObjects 2
GET me/licenseDetails 2
GET me/memberOf 2
GET me/ownedObjects 2
GET me/transitiveMemberOf 2
GET oauth2PermissionGrants 2
GET oauth2PermissionGrants/* 2
GET servicePrincipals/*/appRoleAssignments 2
GET subscribedSkus 3
GET users 2`), "\n") {
		fields := strings.Fields(line)
		out[strings.ToLower(fields[0]+" "+fields[1])] = int(fields[2][0] - '0')
	}
	return out
}()

// elsewhere are the segments after me that lead to other services than the
// directory, which count nothing in resource units.
var elsewhere = []string{"calendar", "events", "calendarview", "messages", "mailfolders", "drive", "people"}

// PriceOf tells what a request costs. $select and a $top below 20 make it
// cheaper, $expand dearer, and nothing costs less than 1.
func PriceOf(method string, u *url.URL) Price {
	path := segments(u.Path)
	if len(path) == 0 || path[0] == "$batch" || len(path) > 1 && path[0] == "me" && slices.Contains(elsewhere, path[1]) {
		return Price{}
	}
	if method == http.MethodHead {
		method = http.MethodGet
	}
	base, listed := basePrice(method, path)
	query := u.Query()
	if query.Has("$select") {
		base--
	}
	if query.Has("$expand") {
		base++
	}
	if top, err := strconv.Atoi(query.Get("$top")); err == nil && top < 20 {
		base--
	}
	p := Price{Units: max(base, 1)}
	if !listed && method != http.MethodGet {
		p.Writes = 1
	}
	return p
}

// segments are a path's parts in lower case, without version, without a cast to
// a type at the end, and with users/{id} written as me. Nothing outside of the
// versions has any.
func segments(path string) []string {
	rest, ok := strings.CutPrefix(path, "/v1.0/")
	if !ok {
		return nil
	}
	out := strings.Split(strings.ToLower(strings.Trim(rest, "/")), "/")
	if last := len(out) - 1; last > 0 && strings.HasPrefix(out[last], "microsoft.graph.") && !strings.HasSuffix(out[last], ")") {
		out = out[:last]
	}
	if len(out) > 2 && out[0] == "users" {
		out = append([]string{"me"}, out[2:]...)
	}
	return out
}

func basePrice(method string, path []string) (units int, listed bool) {
	for _, star := range []int{-1, 1} {
		shape := slices.Clone(path)
		if star > 0 && star < len(shape) {
			shape[star] = "*"
		}
		if units, listed = prices[strings.ToLower(method+" "+strings.Join(shape, "/"))]; listed {
			return units, true
		}
	}
	return 1, false
}
