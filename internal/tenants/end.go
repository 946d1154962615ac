package tenants

import (
	"time"

	"gatehouse/internal/fault"
)

// lastYear is the last one that a date of RFC 3339 can have, and with it every
// answer, record and document.
const lastYear = 9999

// CheckEnd says what is wrong with the time at which something ends. The zero
// time is no end.
func CheckEnd(t time.Time) error {
	if year := t.UTC().Year(); year < 1 || year > lastYear {
		return fault.Newf(fault.Invalid, "is not within the years 1 to %d in UTC; give an earlier time, or leave it out for no end", lastYear)
	}
	return nil
}
