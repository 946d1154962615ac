package msgraph

import "net/http"

// Guarded serves any request as Graph serves its own: after the token has been
// checked and the app charged.
func (s *Service) Guarded(serve http.HandlerFunc) http.Handler {
	return s.as(func(v *visit) { serve(v.w, v.r) })
}

// ZoneNames are the names of time zones Outlook takes.
func ZoneNames() []string {
	var out []string
	for name := range windowsZones {
		out = append(out, name)
	}
	for name := range listedZones {
		out = append(out, name)
	}
	return out
}

// ZoneExists tells whether a name leads to a time zone.
func ZoneExists(name string) bool {
	_, ok := zoneNamed(name)
	return ok
}
