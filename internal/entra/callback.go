package entra

import (
	"net/url"
	"regexp"
	"strconv"
)

// aadsts finds the number in an error's description.
var aadsts = regexp.MustCompile(`^AADSTS(\d{4,9})\b`)

// CallbackError returns what a redirect back from sign-in or admin consent says
// went wrong (RFC 6749 §4.1.2.1), nil if it says nothing. Nobody signs a
// redirect: the error explains and proves nothing.
func CallbackError(query url.Values) *TokenError {
	name := query.Get("error")
	if name == "" {
		return nil
	}
	e := &TokenError{Name: bound(describe(name), 64), Suberror: bound(describe(query.Get("error_subcode")), 64)}
	if found := aadsts.FindStringSubmatch(query.Get("error_description")); found != nil {
		e.Code, _ = strconv.Atoi(found[1]) // nine digits at most
	}
	e.Class = tokenAnswer{Error: name, Suberror: query.Get("suberror")}.class(0)
	if name == "access_denied" && (e.Suberror == "cancel" || e.Trouble() == ConsentDeclined) {
		e.Class = Consent
	}
	return e
}
