package tenants

import (
	"strings"
	"time"
	"unicode"

	"gatehouse/internal/fault"
)

// The bounds of a permission to read bodies.
const (
	maxBodyGrant  = 30 * 24 * time.Hour
	BodyGrantWait = 24 * time.Hour // before it begins, where nobody but who granted it stands behind it
	maxBodyReason = 500            // characters
)

// BodyGrant lets one person, or one automation, read recorded bodies for a while. No
// role includes that.
type BodyGrant struct {
	ID        GUID
	Grantee   Grantee // never a group
	Name      string  // display name when it was granted
	Reason    string
	GrantedAt time.Time
	GrantedBy Person
	BeginsAt  time.Time
	EndsAt    time.Time
	Withdrawn time.Time // zero: it was not
}

// InForce reports whether the grant lets its grantee read at an instant.
func (g BodyGrant) InForce(now time.Time) bool {
	return g.Withdrawn.IsZero() && !now.Before(g.BeginsAt) && now.Before(g.EndsAt)
}

// Validate says what is wrong with a grant that is made at an instant, naming the
// field.
func (g BodyGrant) Validate(now time.Time) error {
	switch {
	case g.Grantee.Kind != PersonGrantee && g.Grantee.Kind != AppGrantee:
		return fault.New(fault.Invalid, "grantee.kind: bodies are shown to one person or one automation by name; use person or app")
	case g.Grantee.ID.IsZero():
		return fault.New(fault.Invalid, "grantee.id: is missing; use the object id from Entra")
	case !g.EndsAt.After(now):
		return fault.New(fault.Invalid, "endsAt: it has passed; give a time to come")
	case g.EndsAt.After(now.Add(maxBodyGrant)):
		return fault.New(fault.Invalid, "endsAt: it is more than 30 days away; grant it for 30 days at most, and again if it is needed again")
	case !g.EndsAt.After(g.BeginsAt):
		return fault.Newf(fault.Invalid, "endsAt: this grant begins at %s, so that others notice it before; give an end after that", g.BeginsAt.UTC().Format(time.RFC3339))
	}
	return CheckBodyReason(g.Reason)
}

// CheckBodyReason says what is wrong with a reason to read bodies.
func CheckBodyReason(reason string) error {
	if n := len([]rune(strings.TrimSpace(reason))); n < 10 || n > maxBodyReason {
		return fault.Newf(fault.Invalid, "reason: say in 10 to %d characters what bodies are read for; the log keeps it", maxBodyReason)
	}
	if strings.ContainsFunc(reason, unicode.IsControl) {
		return fault.New(fault.Invalid, "reason: holds a line break or another control character; write it in one line")
	}
	return nil
}
