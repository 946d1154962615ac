package tenants

import (
	"fmt"
	"time"

	"gatehouse/internal/fault"
)

// Month is a month of the calendar, in UTC. Months are compared as numbers. The zero
// Month is none.
type Month int

// MonthOf returns the month that an instant lies in.
func MonthOf(t time.Time) Month {
	year, month, _ := t.UTC().Date()
	return Month(year*12 + int(month) - 1)
}

// ParseMonth reads what String returns: 2026-01. Years are 1970 to 9999.
func ParseMonth(text string) (Month, error) {
	t, err := time.Parse(monthLayout, text)
	if err != nil || t.Year() < 1970 {
		return 0, fault.Newf(fault.Invalid, "%.40q is no month; write the year and the month, such as 2026-01", text)
	}
	return MonthOf(t), nil
}

const monthLayout = "2006-01"

// Add returns the month so many months later.
func (m Month) Add(months int) Month { return m + Month(months) }

// Start returns the month's first instant, in UTC.
func (m Month) Start() time.Time {
	return time.Date(int(m)/12, time.Month(int(m)%12+1), 1, 0, 0, 0, 0, time.UTC)
}

// End returns the first instant after the month.
func (m Month) End() time.Time { return m.Add(1).Start() }

// String returns the year and the month: 2026-01; of no month nothing.
func (m Month) String() string {
	if m == 0 {
		return ""
	}
	return fmt.Sprintf("%04d-%02d", int(m)/12, int(m)%12+1)
}
