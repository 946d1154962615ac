package msgraph

import (
	"net/http"
	"slices"
	"time"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/odata"
	"gatehouse/internal/emulator/reply"
)

var calendarReaders = []string{"Calendars.ReadBasic", "Calendars.Read", "Calendars.ReadWrite"}

// calendars is the workload of the pages user-list-events, event-get,
// calendar-get and user-list-calendarview.
var calendars = &workload{
	own: calendarReaders, apps: append([]string{"Calendars.ReadBasic.All"}, calendarReaders...), refuse: outlookError,
	denied: outlookDenied, nobody: outlookNobody, lacks: noMailbox,
}

// calendar is the person's only calendar. The page of calendar-get wants more
// than Calendars.ReadBasic.
func calendar(v *visit, owner *directory.Person) {
	q, bad := v.query(calendarKind)
	switch {
	case !v.may("Calendars.Read", "Calendars.ReadWrite"):
		outlookError(v, outlookDenied)
	case bad != nil:
		outlookError(v, bad)
	default:
		v.single(q, within(owner, "calendars"), calendarItem(v, owner))
	}
}

var calendarKind = &itemKind{
	name: "calendar", options: []string{"$select"}, unsupported: outlookUnsupported,
	properties: []string{
		"id", "name", "color", "hexColor", "isDefaultCalendar", "changeKey", "canShare", "canViewPrivateItems", "canEdit",
		"allowedOnlineMeetingProviders", "defaultOnlineMeetingProvider", "isTallyingResponses", "isRemovable", "owner",
	},
}

func calendarItem(v *visit, owner *directory.Person) item {
	id := outlookID(v, owner, "calendar", 0)
	key, _ := changed(id, time.Time{})
	return item{id: id, shown: map[string]any{
		"id": id, "name": "Calendar", "color": "auto", "hexColor": "", "isDefaultCalendar": true, "changeKey": key,
		"canShare": true, "canViewPrivateItems": true, "canEdit": true,
		"allowedOnlineMeetingProviders": []string{"teamsForBusiness"}, "defaultOnlineMeetingProvider": "teamsForBusiness",
		"isTallyingResponses": true, "isRemovable": false, "owner": addressOf(v, owner)["emailAddress"],
	}}
}

// events lists what is in the calendar.
func events(v *visit, owner *directory.Person) {
	q, prefer, bad := v.outlookQuery(eventKind)
	if bad != nil {
		outlookError(v, bad)
		return
	}
	v.page(q, within(owner, "events"), eventItems(v, owner, prefer))
}

func event(v *visit, owner *directory.Person) {
	q, prefer, bad := v.outlookQuery(eventOnly)
	if bad != nil {
		outlookError(v, bad)
		return
	}
	one, bad := found(eventItems(v, owner, prefer), v.r.PathValue("id"))
	if bad != nil {
		outlookError(v, bad)
		return
	}
	v.single(q, within(owner, "events"), one)
}

// maxView is the longest time window of a calendar view, 1,825 days. The limit
// and the codes of a bad window are Exchange's, from memory.
const maxView = 1825 * 24 * time.Hour

// calendarView lists what touches a window of time, its edges included, as
// observed by others.
func calendarView(v *visit, owner *directory.Person) {
	q, prefer, bad := v.outlookQuery(eventKind, "startdatetime", "enddatetime")
	var from, to time.Time
	if bad == nil {
		from, to, bad = window(q)
	}
	if bad != nil {
		outlookError(v, bad)
		return
	}
	v.page(q, within(owner, "calendarView"), slices.DeleteFunc(eventItems(v, owner, prefer), func(e item) bool {
		starts, _ := e.keys["start/dateTime"].(time.Time)
		ends, _ := e.keys["end/dateTime"].(time.Time)
		return !starts.Before(to) || ends.Before(from)
	}))
}

// window reads the two ends of a view; without an offset they are UTC, whatever
// time zone is preferred.
func window(q itemQuery) (from, to time.Time, bad *problem) {
	invalid := func(message string) *problem {
		return &problem{http.StatusBadRequest, "ErrorInvalidParameter", message}
	}
	if q.given.Get("startdatetime") == "" || q.given.Get("enddatetime") == "" {
		return from, to, invalid("This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.")
	}
	var ok bool
	if from, ok = odata.Instant(q.given.Get("startdatetime")); !ok {
		return from, to, invalid("The value '" + reply.Clip(q.given.Get("startdatetime")) + "' of parameter 'StartDateTime' is invalid.")
	}
	if to, ok = odata.Instant(q.given.Get("enddatetime")); !ok {
		return from, to, invalid("The value '" + reply.Clip(q.given.Get("enddatetime")) + "' of parameter 'EndDateTime' is invalid.")
	}
	if to.Before(from) {
		return from, to, &problem{http.StatusBadRequest, "ErrorCalendarEndDateIsEarlierThanStartDate", "EndDate is earlier than StartDate"}
	}
	if to.Sub(from) > maxView {
		return from, to, &problem{http.StatusBadRequest, "ErrorCalendarViewRangeTooBig", "The requested range for CalendarView is too big, it must be less or equal to 1825 days."}
	}
	return from, to, nil
}
