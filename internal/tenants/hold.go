package tenants

import (
	"strings"
	"time"
	"unicode"

	"gatehouse/internal/fault"
)

// Hold keeps records that retention would remove, and everybody of whom there are some.
type Hold struct {
	ID      GUID
	Reason  string
	From    Month // zero: from the beginning
	Until   Month // and with it; zero: without end
	SetAt   time.Time
	SetBy   GUID      // object ID of an owner
	EndsAt  time.Time // of one that was withdrawn; zero: it has no end yet
	EndedBy GUID
}

// HoldEnding is how long a hold that was withdrawn still holds, so that nobody takes by
// one request what another owner has had kept.
const HoldEnding = 7 * 24 * time.Hour

// HoldFresh is for how long whoever set a hold may end it at once: it was a mistake.
const HoldFresh = time.Hour

// EndsAtOnce reports whether a hold that somebody withdraws ends at once.
func (h Hold) EndsAtOnce(by GUID, now time.Time) bool {
	return h.SetBy == by && now.Sub(h.SetAt) < HoldFresh
}

// Over reports whether a hold does not hold any more.
func (h Hold) Over(now time.Time) bool { return !h.EndsAt.IsZero() && !now.Before(h.EndsAt) }

// maxHoldReason is in characters.
const maxHoldReason = 500

// Validate says what is wrong with a hold, naming the field.
func (h Hold) Validate() error {
	reason := strings.TrimSpace(h.Reason)
	switch {
	case reason == "" || len([]rune(reason)) > maxHoldReason:
		return fault.Newf(fault.Invalid, "reason: say in 1 to %d characters what the hold is for", maxHoldReason)
	case strings.ContainsFunc(reason, unicode.IsControl):
		return fault.New(fault.Invalid, "reason: holds a line break or another control character; write it in one line")
	case h.From != 0 && h.Until != 0 && h.Until < h.From:
		return fault.Newf(fault.Invalid, "until: %s is before %s, from which on the hold is", h.Until, h.From)
	}
	return nil
}

// HeldFrom returns up to where records may be removed of a log whose oldest record was
// sealed at an instant: the limit, or where the first hold that keeps any of what is
// still there begins. Records are removed in order, so a hold keeps what is newer too.
func HeldFrom(holds []Hold, oldest, limit time.Time) time.Time {
	for _, h := range holds {
		if h.Until != 0 && !oldest.Before(h.Until.End()) {
			continue
		}
		begins := oldest
		if h.From != 0 {
			begins = h.From.Start()
		}
		if begins.Before(limit) {
			limit = begins
		}
	}
	return limit
}
