package tenants_test

import (
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func TestPeriodsFollowOneAnotherWithoutAGap(t *testing.T) {
	t.Parallel()
	at := time.Date(2028, time.February, 29, 23, 30, 0, 0, time.FixedZone("", 2*3600)) // a Tuesday
	for every, want := range map[tenants.Every][3]string{
		tenants.EveryDay:   {"2028-02-29", "2028-03-01", "2028-03-02"},
		tenants.EveryWeek:  {"2028-02-28", "2028-03-06", "2028-03-13"},
		tenants.EveryMonth: {"2028-02-01", "2028-03-01", "2028-04-01"},
	} {
		begin := every.Period(at)
		for i, day := range want {
			if got := begin.Format(time.RFC3339); got != day+"T00:00:00Z" {
				t.Errorf("%s: period %d begins at %s, want %s", every, i, got, day)
			}
			if inside := every.After(begin).Add(-time.Microsecond); !every.Period(inside).Equal(begin) || !every.Period(begin).Equal(begin) {
				t.Errorf("%s: the period of %s does not end where the next begins", every, begin)
			}
			begin = every.After(begin)
		}
	}
	sunday := time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)
	if got := tenants.EveryWeek.Period(sunday).Format(time.DateOnly); got != "2026-11-16" {
		t.Errorf("the week of a Sunday begins at %s", got)
	}
}

func TestScheduleIsRefusedByItsField(t *testing.T) {
	t.Parallel()
	good := tenants.ExportSchedule{Name: "monthly", Every: tenants.EveryMonth}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for field, spoil := range map[string]func(*tenants.ExportSchedule){
		"name":  func(s *tenants.ExportSchedule) { s.Name = "Every month" },
		"every": func(s *tenants.ExportSchedule) { s.Every = "hour" },
	} {
		bad := good
		spoil(&bad)
		if err := bad.Validate(); fault.KindOf(err) != fault.Invalid || fault.Public(err)[:len(field)+1] != field+":" {
			t.Errorf("%s: %v", field, err)
		}
	}
}
