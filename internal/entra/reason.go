package entra

import "fmt"

// reasons says why Entra does not go on with somebody, for the log (Microsoft,
// "Microsoft Entra authentication and authorization error codes").
var reasons = map[int]string{
	50020:  "the account is not in the tenant any more",
	51004:  "the account is not in the tenant any more",
	50034:  "the account does not exist any more",
	50053:  "the account is locked",
	50055:  "the password has expired",
	50057:  "the account is disabled",
	50132:  "the sessions were revoked or the password changed",
	50133:  "the sessions were revoked or the password changed",
	50173:  "the sessions were revoked or the password changed",
	70008:  "the sign-in has expired",
	70043:  "the sign-in has expired: a policy sets how often people sign in",
	700082: "the sign-in has expired after 90 days without use",
	700084: "the sign-in has expired",
}

// Reason says in words what Entra gave as reason, with the number to look up.
func (e *TokenError) Reason() string {
	text, ok := reasons[e.Code]
	switch {
	case ok:
		return fmt.Sprintf("%s (%s)", text, e.code())
	case e.Code != 0:
		return e.code()
	default:
		return string(e.Class)
	}
}
