package watch

import (
	"time"

	"gatehouse/internal/notify"
	"gatehouse/internal/tenants"
)

// Cause is why there is an alert.
type Cause struct {
	Kind    Kind
	Subject string // what of the organization it is about; empty: the organization
	Stage   int    // how near it has come, for a kind that comes nearer; else 0
	Facts   Facts
}

// Facts is what the words of an alert are made of, by names of this package.
type Facts map[string]string

// Alert is something that was noticed. It is open until its cause is gone.
type Alert struct {
	ID tenants.GUID
	Cause
	OpenedAt   time.Time
	ResolvedAt time.Time // zero: it is open
	GoneAt     time.Time // since when the cause is gone that may come back; zero: it is there
	Told       Told
	ToldStage  int
	ToldAt     time.Time
}

// Open reports whether the alert is not over.
func (a Alert) Open() bool { return a.ResolvedAt.IsZero() }

// Told is what contacts were told last about an alert.
type Told string

// What contacts may have been told.
const (
	ToldNothing  Told = ""
	ToldRaised   Told = "raised"
	ToldResolved Told = "resolved"
)

// Delivery is a message to one contact, and what has become of it.
type Delivery struct {
	ID       tenants.GUID
	Contact  tenants.GUID
	Name     string // of the contact when it was made
	Kind     notify.Kind
	Cause    string         // what the contact may be told once
	Alerts   []tenants.GUID // that it is about
	Message  []byte         // JSON of a notify.Message
	MadeAt   time.Time
	DueAt    time.Time // zero: it is done
	Attempts int
	DoneAt   time.Time
	Outcome  Outcome
	Trouble  string // of the last attempt
}

// Outcome is what has become of a delivery. The set is closed.
type Outcome string

// The outcomes.
const (
	Waiting Outcome = ""
	Sent    Outcome = "sent"    // the mail server or the webhook has taken it
	Refused Outcome = "refused" // it never will
	GaveUp  Outcome = "gave_up" // it has been tried for three days
	Dropped Outcome = "dropped" // the contact is gone
)

// Noticed is one alert with what contacts were told of it.
type Noticed struct {
	Alert
	Deliveries []Delivery // without their messages; the last made first
}
