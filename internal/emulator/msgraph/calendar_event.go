package msgraph

import (
	"net/url"
	"slices"
	"time"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/seed"
)

// Page sizes of Outlook's lists: ten without $top, a thousand at most (page
// user-list-messages).
const (
	outlookPage = 10
	outlookMax  = 1000
)

// eventKind is the resource type event in lists, eventOnly by itself.
var (
	eventKind = &itemKind{
		name: "event", page: outlookPage, max: outlookMax, unsupported: outlookUnsupported, unpaired: true,
		options: []string{"$top", "$skip", "$select", "$filter", "$orderby", "$count"},
		ordered: []string{"start/dateTime", "end/dateTime", "createdDateTime", "lastModifiedDateTime", "subject"},
		compared: map[string]edm{
			"start/dateTime": edmLocal, "end/dateTime": edmLocal, "createdDateTime": edmTime, "lastModifiedDateTime": edmTime,
			"subject": edmString, "isAllDay": edmBool, "isCancelled": edmBool, "isOrganizer": edmBool, "type": edmString,
			"importance": edmString, "sensitivity": edmString, "showAs": edmString,
		},
		properties: eventProperties,
	}
	eventOnly = &itemKind{name: "event", unsupported: outlookUnsupported, options: []string{"$select"}, properties: eventProperties}
)

var eventProperties = []string{
	"allowNewTimeProposals", "attendees", "body", "bodyPreview", "categories", "changeKey", "createdDateTime", "end", "hasAttachments",
	"hideAttendees", "iCalUId", "id", "importance", "isAllDay", "isCancelled", "isDraft", "isOnlineMeeting", "isOrganizer", "isReminderOn",
	"lastModifiedDateTime", "location", "locations", "onlineMeeting", "onlineMeetingProvider", "onlineMeetingUrl", "organizer",
	"originalEndTimeZone", "originalStartTimeZone", "recurrence", "reminderMinutesBeforeStart", "responseRequested", "responseStatus",
	"sensitivity", "seriesMasterId", "showAs", "start", "subject", "transactionId", "type", "webLink",
}

// sortedEvents are a person's events, the earliest first.
func sortedEvents(owner *directory.Person) []seed.Event {
	out := slices.Clone(owner.Events)
	slices.SortStableFunc(out, func(a, b seed.Event) int { return a.Start.Compare(b.Start) })
	return out
}

// eventItems are a person's events in the order of sortedEvents.
func eventItems(v *visit, owner *directory.Person, prefer preferences) []item {
	basic := !v.may("Calendars.Read", "Calendars.ReadWrite")
	var out []item
	for n, e := range sortedEvents(owner) {
		i := eventItem(v, owner, e, n)
		i.shown["start"], i.shown["end"] = prefer.local(e.Start), prefer.local(e.Start.Add(e.Length))
		if !basic { // Calendars.ReadBasic: without bodies, says the permissions reference
			i.shown["body"], i.shown["bodyPreview"] = prefer.body(e.Body), preview(e.Body)
		}
		out = append(out, i)
	}
	return out
}

// eventItem is an event its owner organizes. The seed does not tell when it was
// made; it was a week before it begins.
func eventItem(v *visit, owner *directory.Person, e seed.Event, n int) item {
	id := outlookID(v, owner, "event", n)
	made := e.Start.AddDate(0, 0, -7)
	key, etag := changed(id, made)
	where := location(e.Location)
	locations := []any{}
	if e.Location != "" {
		locations = append(locations, where)
	}
	organizer := addressOf(v, owner)
	shown := map[string]any{
		"@odata.etag": etag, "id": id, "changeKey": key, "createdDateTime": stamp(made), "lastModifiedDateTime": stamp(made),
		"categories": []string{}, "transactionId": nil, "originalStartTimeZone": "UTC", "originalEndTimeZone": "UTC",
		"iCalUId": outlookGUID(v, owner, "event", n), "reminderMinutesBeforeStart": 15, "isReminderOn": true, "hasAttachments": false,
		"subject": e.Subject, "importance": "normal", "sensitivity": "normal", "isAllDay": allDay(e), "isCancelled": false, "isDraft": false,
		"isOrganizer": true, "responseRequested": true, "seriesMasterId": nil, "showAs": "busy", "type": "singleInstance",
		"webLink":          "https://outlook.office365.com/owa/?itemid=" + url.QueryEscape(id) + "&exvsurl=1&path=/calendar/item",
		"onlineMeetingUrl": nil, "isOnlineMeeting": false, "onlineMeetingProvider": "unknown", "onlineMeeting": nil,
		"allowNewTimeProposals": true, "hideAttendees": false, "recurrence": nil, "responseStatus": response("organizer"),
		"location": where, "locations": locations, "attendees": attendees(v, e), "organizer": organizer,
	}
	return item{id: id, shown: shown, keys: map[string]any{
		"start/dateTime": e.Start, "end/dateTime": e.Start.Add(e.Length), "createdDateTime": made, "lastModifiedDateTime": made,
		"subject": e.Subject, "isAllDay": allDay(e), "isCancelled": false, "isOrganizer": true, "type": "singleInstance",
		"importance": "normal", "sensitivity": "normal", "showAs": "busy",
	}}
}

// attendees are the invited people who still exist; none has answered.
func attendees(v *visit, e seed.Event) []map[string]any {
	out := []map[string]any{}
	for _, id := range e.Attendees {
		if p, ok := v.tenant.People[id]; ok {
			one := addressOf(v, p)
			one["type"], one["status"] = "required", response("none")
			out = append(out, one)
		}
	}
	return out
}

func response(kind string) map[string]any {
	return map[string]any{"response": kind, "time": "0001-01-01T00:00:00Z"}
}

func location(name string) map[string]any {
	out := map[string]any{"displayName": name, "locationType": "default", "uniqueIdType": "unknown"}
	if name != "" {
		out["uniqueId"], out["uniqueIdType"] = name, "private"
	}
	return out
}

// allDay tells an event of whole days: Outlook keeps those from midnight to
// midnight.
func allDay(e seed.Event) bool {
	const day = 24 * time.Hour
	return e.Length > 0 && e.Length%day == 0 && e.Start.UTC().Truncate(day).Equal(e.Start)
}
