package tenants_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestWholeMonthsAreKept(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		months    int
		now, want string
	}{
		{0, "2026-11-22", "2025-10-01"}, // nothing said
		{13, "2026-11-30", "2025-10-01"},
		{13, "2026-12-01", "2025-11-01"},
		{1, "2026-01-31", "2025-12-01"},
		{120, "2026-03-31", "2016-03-01"},
	} {
		if got := (tenants.Retention{Months: row.months}).Cutoff(day(row.now)); !got.Equal(day(row.want)) {
			t.Errorf("%d months on %s: kept from %s, want %s", row.months, row.now, got, row.want)
		}
	}
}

func TestAShorterRetentionWaitsAWeekAndALongerOneDoesNot(t *testing.T) {
	t.Parallel()
	now := day("2026-11-22")
	o := tenants.Organization{}
	o.KeepLog(25, now)
	if o.Retention.At(now) != 25 {
		t.Errorf("longer: %d in effect", o.Retention.At(now))
	}
	o.KeepLog(12, now)
	if at, after := o.Retention.At(now.Add(tenants.ShorteningWait-time.Second)), o.Retention.At(now.Add(tenants.ShorteningWait)); at != 25 || after != 12 {
		t.Errorf("shorter: %d in the week, %d after it", at, after)
	}
	later := now.Add(3 * 24 * time.Hour)
	o.KeepLog(12, later) // said again: it waits no longer for that
	if after := o.Retention.At(now.Add(tenants.ShorteningWait)); after != 12 {
		t.Errorf("said twice: %d after a week", after)
	}
	o.KeepLog(14, later)
	if at, after := o.Retention.At(later), o.Retention.At(now.Add(tenants.ShorteningWait)); at != 25 || after != 14 {
		t.Errorf("less of a shortening: %d in the week, %d after it", at, after)
	}
	o.KeepLog(6, later)
	if at := o.Retention.At(now.Add(tenants.ShorteningWait)); at != 25 {
		t.Errorf("more of a shortening: %d after the first week", at)
	}
	o.KeepLog(25, later)
	if o.Retention != (tenants.Retention{Months: 25}) {
		t.Errorf("taken back: %+v", o.Retention)
	}
}

func TestRetentionHasBounds(t *testing.T) {
	t.Parallel()
	for months, good := range map[int]bool{-1: false, 0: false, 1: true, 120: true, 121: false} {
		if err := tenants.CheckRetention(months); (err == nil) != good {
			t.Errorf("%d: %v", months, err)
		}
	}
}

func month(text string) tenants.Month {
	m, err := tenants.ParseMonth(text)
	if err != nil {
		panic(err)
	}
	return m
}

func TestAHoldKeepsItsMonthsAndWhatIsNewer(t *testing.T) {
	t.Parallel()
	january := tenants.Hold{From: month("2026-01"), Until: month("2026-03")}
	for name, row := range map[string]struct {
		holds               []tenants.Hold
		oldest, limit, want string
	}{
		"none":                       {nil, "2025-06-01", "2026-06-01", "2026-06-01"},
		"everything":                 {[]tenants.Hold{{}}, "2025-06-03", "2026-06-01", "2025-06-03"},
		"older than the range goes":  {[]tenants.Hold{january}, "2025-06-03", "2026-06-01", "2026-01-01"},
		"the limit comes before":     {[]tenants.Hold{january}, "2025-06-03", "2025-12-01", "2025-12-01"},
		"inside the range":           {[]tenants.Hold{january}, "2026-03-31", "2026-06-01", "2026-01-01"},
		"nothing of it is there":     {[]tenants.Hold{january}, "2026-04-01", "2026-06-01", "2026-06-01"},
		"the first of several holds": {[]tenants.Hold{{From: month("2026-05")}, january}, "2025-06-03", "2026-06-01", "2026-01-01"},
		"without an end":             {[]tenants.Hold{{From: month("2026-02")}}, "2026-04-01", "2026-06-01", "2026-02-01"},
	} {
		if got := tenants.HeldFrom(row.holds, day(row.oldest), day(row.limit)); !got.Equal(day(row.want)) {
			t.Errorf("%s: %s, want %s", name, got, row.want)
		}
	}
}

func TestAHoldSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	good := tenants.Hold{Reason: "Contoso ./. Fabrikam", From: month("2026-01"), Until: month("2026-01")}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for name, bad := range map[string]tenants.Hold{
		"reason: say":      {Reason: " "},
		"reason: say in 1": {Reason: strings.Repeat("ä", 501)},
		"reason: holds a":  {Reason: "a\nb"},
		"until: 2026-01":   {Reason: "x", From: month("2026-02"), Until: month("2026-01")},
	} {
		if err := bad.Validate(); err == nil || !strings.HasPrefix(fault.Public(err), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"", "2026", "2026-13", "2026-1", "1969-12", "2026-01-01"} {
		if m, err := tenants.ParseMonth(text); err == nil {
			t.Errorf("%q is %s", text, m)
		}
	}
	if m := month("2026-12"); m.String() != "2026-12" || !m.End().Equal(day("2027-01-01")) || !m.Start().Equal(day("2026-12-01")) {
		t.Errorf("%s ends %s", m, m.End())
	}
}
