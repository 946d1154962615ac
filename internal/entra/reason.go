package entra

import "fmt"

// What the log says of somebody with whom Entra does not go on, whoever says so: its
// token endpoint or the directory.
const (
	AccountDisabled = "the account is disabled"
	AccountGone     = "the account does not exist any more"
	SessionsRevoked = "the sessions were revoked or the password changed"
)

// reasons says why Entra does not go on with somebody, for the log (Microsoft,
// "Microsoft Entra authentication and authorization error codes").
var reasons = map[int]string{
	50020:  "the account is not in the tenant any more",
	51004:  "the account is not in the tenant any more",
	50034:  AccountGone,
	50053:  "the account is locked",
	50055:  "the password has expired",
	50057:  AccountDisabled,
	50132:  SessionsRevoked,
	50133:  SessionsRevoked,
	50173:  SessionsRevoked,
	70008:  "the sign-in has expired",
	70043:  "the sign-in has expired: a policy sets how often people sign in",
	700082: "the sign-in has expired after 90 days without use",
	700084: "the sign-in has expired",
}

// disowned are the numbers with which Entra says that an account is disabled, is not
// there, or that what it gave was taken back: by whoever revoked its sessions or changed
// its password. An expired sign-in, a policy, and any number that nobody knows yet are
// not among them.
var disowned = map[int]bool{50020: true, 50034: true, 50057: true, 50173: true, 51004: true}

// Disowns reports whether Entra has said of the person, rather than of one token, that
// they are not to go on. Only what has been issued to such a person is cut off; should
// Microsoft change a number, what is known of the person ends at its hard limit instead.
func (e *TokenError) Disowns() bool { return e.Class == Reauth && disowned[e.Code] }

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
