package watch

import (
	"maps"
	"slices"
	"time"

	"gatehouse/internal/tenants"
)

// settle says what becomes of the alerts that are kept by what is the case now. It
// returns those that are new or other than they were.
func settle(kept []Alert, v verdict, now time.Time) []Alert {
	var changed []Alert
	there := map[tenants.GUID]bool{}
	for _, c := range v.causes {
		a, known := alertOf(kept, c, now)
		there[a.ID] = true
		before := a
		a.Stage, a.Facts, a.ResolvedAt, a.GoneAt = c.Stage, c.Facts, time.Time{}, time.Time{}
		if !known || !same(before, a) {
			changed = append(changed, a)
		}
	}
	for _, a := range kept {
		if a.Kind == LogWeakened { // what was done stays done
			if a.Open() && a.passed(now) {
				a.ResolvedAt = now
				changed = append(changed, a)
			}
			continue
		}
		if !a.Open() || there[a.ID] || slices.Contains(v.unknown, a.Kind) {
			continue
		}
		if a.GoneAt.IsZero() {
			a.GoneAt = now
			changed = append(changed, a)
		}
		unused := v.unused(a)
		if unused {
			a.Facts = maps.Clone(a.Facts)
			a.Facts[factUnused] = "true"
		}
		if unused || now.Sub(a.GoneAt) >= kinds[a.Kind].quiet {
			a.ResolvedAt = now
			changed = slices.DeleteFunc(changed, func(c Alert) bool { return c.ID == a.ID })
			changed = append(changed, a)
		}
	}
	return changed
}

// alertOf returns the alert of a cause that is open, or was until a moment ago; or a
// new one.
func alertOf(kept []Alert, c Cause, now time.Time) (_ Alert, known bool) {
	at := -1
	for i, a := range kept {
		if a.Kind != c.Kind || a.Subject != c.Subject || !a.Open() && now.Sub(a.ResolvedAt) >= flapping {
			continue
		}
		if at < 0 || a.Open() || kept[at].ResolvedAt.Before(a.ResolvedAt) {
			at = i
		}
	}
	if at >= 0 {
		return kept[at], true
	}
	return Alert{ID: tenants.NewGUID(), Cause: Cause{Kind: c.Kind, Subject: c.Subject}, OpenedAt: now}, false
}

func same(a, b Alert) bool {
	return a.Stage == b.Stage && a.ResolvedAt.Equal(b.ResolvedAt) && a.GoneAt.Equal(b.GoneAt) && maps.Equal(a.Facts, b.Facts)
}

// news is what there is to tell about an alert now; ToldNothing: nothing.
func news(a Alert, now time.Time) Told {
	switch {
	case !a.Open():
		if a.Told == ToldRaised && (a.Kind != LogWeakened || a.Facts[factTaken] != "") {
			return ToldResolved
		}
		return ToldNothing
	case a.Told == ToldNothing, a.Stage > a.ToldStage:
		return ToldRaised
	case a.Told == ToldResolved && now.Sub(a.ToldAt) >= flapping: // it has come back, and stays
		return ToldRaised
	default:
		return ToldNothing
	}
}
