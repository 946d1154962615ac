package search

import (
	"bufio"
	"encoding/json"
	"io"
	"net/netip"
	"strconv"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
)

// events writes records as events of the Open Cybersecurity Schema Framework, one a
// line: https://schema.ocsf.io. Class and activity are those of the table of kinds;
// whatever of a record no attribute takes stands below unmapped, by its own name.
type events struct {
	out     *bufio.Writer
	encoder *json.Encoder
	origin  string
	version string
}

func newEvents(out io.Writer, origin, version string) *events {
	e := &events{out: bufio.NewWriterSize(out, chunk), origin: origin, version: version}
	e.encoder = json.NewEncoder(e.out)
	e.encoder.SetEscapeHTML(false)
	return e
}

func (e *events) begin() error { return nil }
func (e *events) end() error   { return e.out.Flush() }

func (e *events) write(r proof.Record) error {
	return e.encoder.Encode(e.event(r))
}

// event maps a record. One whose kind is gone, because it was erased alone, is an
// event of the log itself.
func (e *events) event(r proof.Record) ocsfEvent {
	t := taking{record: r, taken: map[string]bool{"v": true, "org": true}}
	kind := audit.Kind(t.text("kind"))
	class, known := audit.OCSFOf(kind, func(field string) string { return textOf(valueOf(r, field)) })
	if !known {
		class = audit.OCSF{Class: 1008, Name: "Event Log Activity", Activity: 99, Does: "Other"}
	}
	category, typeUID := class.Category()
	out := ocsfEvent{
		Activity: class.Activity, ActivityName: class.Does, Category: category, Class: class.Class, ClassName: class.Name, Type: typeUID,
		Time: t.instant("at"), StatusCode: t.text("outcome"), StatusDetail: t.text("reason"), Duration: t.number("duration_us") / 1000, Count: t.number("count"),
		Metadata: ocsfMetadata{
			Version: audit.OCSFVersion, Product: ocsfProduct{"Gatehouse", "Gatehouse", e.version}, UID: t.text("id"), Correlation: t.text("call"), Sequence: r.Seq,
			LogName: e.origin, Tenant: textOf(valueOf(r, "org")), Logged: t.instant("sealed_at"),
		},
		Actor: ocsfActor{User: t.actor(), Session: sessionOf(t.text("token_session")), App: t.text("client")},
		From:  endpointOf(t.text("source")),
	}
	out.Status, out.Severity = statusOf(audit.Outcome(out.StatusCode))
	if unreadable(r) {
		out.Status, out.Severity, out.StatusDetail = 2, 5, string(Unreadable)
	}
	t.fill(&out, kind)
	out.Unmapped = t.rest()
	return out
}

// statusOf returns status_id and severity_id: what did not come about is worth a look.
func statusOf(o audit.Outcome) (status, severity int) {
	switch o {
	case audit.OK:
		return 1, 1
	case audit.Refused, audit.ToolError, audit.Failed:
		return 2, 2
	case audit.Unknown:
	}
	return 0, 1
}

// fill fills what the class of the event demands besides what every one has.
func (t *taking) fill(out *ocsfEvent, kind audit.Kind) {
	switch out.Class {
	case 1008:
		out.LogName = out.Metadata.LogName
	case 2005:
		out.Finding = ocsfFinding{{UID: out.Metadata.UID, Title: t.text("target")}}
	case 3001, 3002, 3003:
		if out.User = t.subject(); out.User == nil {
			out.User = out.Actor.User
		}
		out.Service, out.Privileges = named(t.text("endpoint"), "", ""), t.list("roles")
	case 3004:
		out.Entity = &ocsfNamed{Name: t.text("target"), Type: string(kind)}
	case 3006:
		out.User, out.Group = t.subject(), named("", "group", t.text("group"))
	case 6003:
		if out.From == nil {
			out.From = &ocsfEndpoint{Name: "not recorded"}
		}
		out.API = &ocsfAPI{Operation: t.text("method"), Service: ocsfNamed{Name: t.text("endpoint")}, Request: named("", "", t.text("trace_id"))}
		if out.API.Operation == "" {
			out.API.Operation = string(kind)
		}
		if what := t.text("tool") + t.text("target"); what != "" { // a record has one of the two
			out.Resources = []ocsfNamed{{Name: what, Type: string(kind)}}
		}
	}
}

// taking gives out the fields of a record, and remembers which.
type taking struct {
	record proof.Record
	taken  map[string]bool
}

func (t *taking) value(name string) []byte {
	t.taken[name] = true
	return valueOf(t.record, name)
}

func (t *taking) text(name string) string { return textOf(t.value(name)) }

func (t *taking) number(name string) int64 {
	n, _ := strconv.ParseInt(string(t.value(name)), 10, 64)
	return n
}

func (t *taking) list(name string) (list []string) {
	_ = json.Unmarshal(t.value(name), &list) // what is erased is no list
	return list
}

func (t *taking) instant(name string) int64 {
	at, err := time.Parse(time.RFC3339Nano, t.text(name))
	if err != nil {
		return 0
	}
	return at.UnixMilli()
}

func (t *taking) actor() *ocsfUser {
	u := &ocsfUser{UID: t.text("actor_oid"), Name: t.text("actor_name"), Type: t.text("actor_kind"), Org: named("", "", t.text("actor_tid"))}
	switch u.Type {
	case "user", "guest":
		u.TypeID = 1
	case "system":
		u.TypeID = 3
	default:
		u.TypeID = 99
	}
	return u
}

func (t *taking) subject() *ocsfUser {
	u := ocsfUser{UID: t.text("subject_oid"), Name: t.text("subject_name"), TypeID: 1}
	if u.UID == "" && u.Name == "" {
		return nil
	}
	return &u
}

// rest are the fields that nothing has taken.
func (t *taking) rest() map[string]json.RawMessage {
	left := map[string]json.RawMessage{}
	for _, f := range t.record.Fields {
		if !t.taken[f.Name] && f.Value != nil {
			left[f.Name] = f.Value
		}
	}
	return left
}

func sessionOf(id string) *ocsfSession {
	if id == "" {
		return nil
	}
	return &ocsfSession{id}
}

func named(name, kind, uid string) *ocsfNamed {
	if name == "" && uid == "" {
		return nil
	}
	return &ocsfNamed{name, kind, uid}
}

// endpointOf is where a request came from: an address, or a network of them.
func endpointOf(source string) *ocsfEndpoint {
	if source == "" {
		return nil
	}
	if _, err := netip.ParseAddr(source); err == nil {
		return &ocsfEndpoint{IP: source}
	}
	return &ocsfEndpoint{Name: source}
}
