package msgraph_test

import (
	"strings"
	"testing"

	"gatehouse/internal/emulator/msgraph"
)

func TestEventsAreShapedAsDocumented(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "Calendars.Read")
	all := g.ok(token, "/v1.0/me/events?$filter=contains(subject,'Stand')")
	all.golden(t, "events")
	id := textOf(all.first(t)["id"])
	one := g.ok(token, "/v1.0/me/events/"+id+"?$select=subject,start,end")
	one.golden(t, "event-chosen")
	g.ok(token, "/v1.0/me/calendar").golden(t, "calendar")
	if again := newMailRig(t, msgraph.Limits{}).ok(token, "/v1.0/me/events/"+id); again.json["subject"] != "Stand-up" {
		t.Errorf("another emulator of the same seed has %s", again.text)
	}
}

func TestEventsComeInTheTimeZoneThatIsPreferred(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "Calendars.Read")
	starts := func(prefer string) (any, any, string) {
		t.Helper()
		a := g.ok(token, "/v1.0/me/events?$top=1&$select=start,end", "Prefer", prefer)
		start, _ := a.first(t)["start"].(map[string]any)
		return start["dateTime"], start["timeZone"], a.header.Get("Preference-Applied")
	}
	for _, row := range []struct{ zone, local string }{
		{"UTC", "2026-11-23T14:00:00.0000000"},
		{"Europe/Berlin", "2026-11-23T15:00:00.0000000"},
		{"W. Europe Standard Time", "2026-11-23T15:00:00.0000000"},
		{"Pacific Standard Time", "2026-11-23T06:00:00.0000000"},
		{"pacific standard time", "2026-11-23T06:00:00.0000000"},
		{"India Standard Time", "2026-11-23T19:30:00.0000000"},
		{"Line Islands Standard Time", "2026-11-24T04:00:00.0000000"},
	} {
		local, name, applied := starts(`outlook.timezone="` + row.zone + `"`)
		if local != row.local || name != row.zone || applied != `outlook.timezone="`+row.zone+`"` {
			t.Errorf("%s: start is %v in %v, applied is %q", row.zone, local, name, applied)
		}
	}
	if _, name, applied := starts(`odata.something="else", outlook.body-content-type="text"`); name != "UTC" || applied != `outlook.body-content-type="text"` {
		t.Errorf("without a time zone it is %v, applied is %q", name, applied)
	}
	for _, zone := range []string{"Greenwich Mean Time", "Local", "", "Atlantis/Capital", "Europe/Vaduz", "../etc/passwd"} {
		g.fetch(token, "/v1.0/me/events", "Prefer", `outlook.timezone="`+zone+`"`).refuses(t, 400, "TimeZoneNotSupportedException")
	}
	g.fetch(token, "/v1.0/me/events", "Prefer", `outlook.body-content-type="rtf"`).refuses(t, 400, "ErrorInvalidParameter")
}

func TestEventBodiesAreHTMLUnlessTextIsPreferred(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "Calendars.Read")
	where := "/v1.0/me/events?$filter=subject eq 'stand-up'&$select=body"
	if a := g.ok(token, where); !strings.Contains(a.text, `Bring &lt;news&gt; &amp; coffee<br>\r\nthanks</body></html>`) {
		t.Errorf("body is %s", a.text)
	}
	if a := g.ok(token, where, "Prefer", `outlook.body-content-type="text"`); !strings.Contains(a.text, `{"content":"Bring <news> & coffee\nthanks","contentType":"text"}`) {
		t.Errorf("body is %s", a.text)
	}
}

func TestBasicCalendarPermissionShowsNoBodies(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	a := g.ok(g.person(nora, "Calendars.ReadBasic"), "/v1.0/me/events")
	if entry := a.first(t); entry["body"] != nil || entry["bodyPreview"] != nil || strings.Contains(a.text, "coffee") || entry["subject"] == nil {
		t.Errorf("listed are %s", a.text)
	}
	g.fetch(g.person(nora, "Calendars.ReadBasic"), "/v1.0/me/calendar").refuses(t, 403, "ErrorAccessDenied")
}

func TestEventsAreFilteredAndOrdered(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "Calendars.Read")
	for query, want := range map[string]string{
		"":                             "Board O'Clock|Stand-up|Fair",
		"$orderby=start/dateTime desc": "Fair|Stand-up|Board O'Clock",
		"$orderby=subject":             "Board O'Clock|Fair|Stand-up",
		"$orderby=subject asc&$top=1":  "Board O'Clock",
		"$skip=1&$top=1":               "Stand-up",
		"$skip=9":                      "",
		"$filter=start/dateTime ge '2026-11-24T09:00:00'":                                                  "Stand-up|Fair",
		"$filter=start/dateTime ge '2026-11-24T09:00:00.0000000Z' and end/dateTime le '2026-11-24T10:00Z'": "Stand-up",
		"$filter=start/dateTime gt '2026-11-24T10:00:00%2B01:00'":                                          "Fair",
		"$filter=start/dateTime lt '2026-11-24'":                                                           "Board O'Clock",
		"$filter=Start/DateTime ne '2026-11-24T09:00:00' and isAllDay eq false":                            "Board O'Clock",
		"$filter=isAllDay eq true":                                                                         "Fair",
		"$filter=isAllDay ne true&$orderby=start/dateTime":                                                 "Board O'Clock|Stand-up",
		"$filter=subject eq 'Board O''Clock'":                                                              "Board O'Clock",
		"$filter=startswith(subject,'stand')":                                                              "Stand-up",
		"$filter=contains( subject , 'AIR' )":                                                              "Fair",
	} {
		if got := g.ok(token, "/v1.0/me/events?"+query).list("subject"); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	for query, code := range map[string]string{
		"subject eq 'a' or subject eq 'b'":    "ErrorInvalidUrlQueryFilter",
		"not (subject eq 'a')":                "ErrorInvalidUrlQueryFilter",
		"(subject eq 'a')":                    "ErrorInvalidUrlQueryFilter",
		"endswith(subject,'a')":               "ErrorInvalidUrlQueryFilter",
		"contains(start/dateTime,'2026')":     "ErrorInvalidUrlQueryFilter",
		"isAllDay gt false":                   "ErrorInvalidUrlQueryFilter",
		"":                                    "RequestBroker--ParseUri",
		"subject":                             "RequestBroker--ParseUri",
		"subject eq":                          "RequestBroker--ParseUri",
		"subject eq 'a":                       "RequestBroker--ParseUri",
		"subject eq 'a' and":                  "RequestBroker--ParseUri",
		"subject eq 'a' 'b'":                  "RequestBroker--ParseUri",
		"subject like 'a'":                    "RequestBroker--ParseUri",
		"subject eq a":                        "RequestBroker--ParseUri",
		"contains(subject)":                   "RequestBroker--ParseUri",
		"isAllDay eq 'true'":                  "RequestBroker--ParseUri",
		"isAllDay eq yes":                     "RequestBroker--ParseUri",
		"start/dateTime ge 2026-11-24":        "RequestBroker--ParseUri",
		"start/dateTime ge 'tomorrow'":        "RequestBroker--ParseUri",
		"createdDateTime ge '2026-11-24'":     "RequestBroker--ParseUri",
		"colour eq 'red'":                     "RequestBroker--ParseUri",
		"location/displayName eq 'Room 1'":    "ErrorInvalidProperty",
		"startswith(location/displayName,'')": "ErrorInvalidProperty",
	} {
		t.Log(query)
		g.fetch(token, "/v1.0/me/events?$filter="+query).refuses(t, 400, code)
	}
}

func TestCalendarViewShowsWhatTouchesTheWindow(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "Calendars.Read")
	for window, want := range map[string]string{
		"startDateTime=2026-11-23T00:00:00Z&endDateTime=2026-11-24T00:00:00Z":              "Board O'Clock",
		"StartDateTime=2026-11-23T14:30:00&EndDateTime=2026-11-23T14:45:00":                "Board O'Clock",
		"startDateTime=2026-11-23T15:00:00&endDateTime=2026-11-24T09:00:00":                "Board O'Clock",
		"startDateTime=2026-11-23T15:00:01&endDateTime=2026-11-24T09:00:01":                "Stand-up",
		"startDateTime=2026-11-24T09:00:00-08:00&endDateTime=2026-12-01T02:00:00%2B01:00":  "Fair",
		"startDateTime=2026-11-23&endDateTime=2027-01-01&$orderby=subject&$select=subject": "Board O'Clock|Fair|Stand-up",
		"startDateTime=2027-01-01&endDateTime=2027-02-01":                                  "",
	} {
		if got := g.ok(token, "/v1.0/me/calendarView?"+window).list("subject"); got != want {
			t.Errorf("%s: %q, want %q", window, got, want)
		}
	}
	for window, code := range map[string]string{
		"":                         "ErrorInvalidParameter",
		"startDateTime=2026-11-23": "ErrorInvalidParameter",
		"endDateTime=2026-11-23":   "ErrorInvalidParameter",
		"startDateTime=soon&endDateTime=2026-11-23":       "ErrorInvalidParameter",
		"startDateTime=2026-11-23&endDateTime=late":       "ErrorInvalidParameter",
		"startDateTime=2026-11-24&endDateTime=2026-11-23": "ErrorCalendarEndDateIsEarlierThanStartDate",
		"startDateTime=2020-11-24&endDateTime=2026-11-23": "ErrorCalendarViewRangeTooBig",
	} {
		t.Log(window)
		g.fetch(token, "/v1.0/me/calendarView?"+window).refuses(t, 400, code)
	}
}

func TestIDsOfOutlookAreTellableFromOtherText(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "Calendars.Read Mail.Read")
	g.fetch(token, "/v1.0/me/events/17").refuses(t, 400, "ErrorInvalidIdMalformed")
	g.fetch(token, "/v1.0/me/events/AAMkA***=").refuses(t, 400, "ErrorInvalidIdMalformed")
	g.fetch(token, "/v1.0/me/events/AAMkAZm9v").refuses(t, 400, "ErrorInvalidIdMalformed")
	g.fetch(token, "/v1.0/me/events/AAMkAZm9v=").refuses(t, 404, "ErrorItemNotFound")
	message := textOf(g.ok(token, "/v1.0/me/messages").first(t)["id"])
	g.fetch(token, "/v1.0/me/events/"+message).refuses(t, 404, "ErrorItemNotFound")
	g.fetch(g.person(omar, "Mail.Read"), "/v1.0/me/messages/"+message).refuses(t, 404, "ErrorItemNotFound")
}

func TestEveryNameOfATimeZoneLeadsToOne(t *testing.T) {
	t.Parallel()
	for _, name := range msgraph.ZoneNames() {
		if !msgraph.ZoneExists(name) {
			t.Errorf("%q leads nowhere", name)
		}
	}
}
