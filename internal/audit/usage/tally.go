package usage

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"gatehouse/internal/audit"
)

// Hour is what was called in an hour under one name. Nameless is what no tool stands
// for: other requests that were refused, and calls of what does not exist, or not for
// whoever called it. Their names are the caller's invention.
type Hour struct {
	At       time.Time // when it began
	Tool     string
	Calls    int64 // that were not refused
	Failures int64 // of those: what did not end well
	Refusals int64
	Took     Histogram // of calls that ran
}

// Person is in which hours of a day somebody made calls: bit n is hour n, by UTC.
type Person struct {
	Day    time.Time
	Number int32 // in the log
	Hours  int32
}

// Client is the same of an AI client, by its id.
type Client struct {
	Day   time.Time
	ID    string
	Hours int32
}

// Counts is what a batch of records comes to, each thing once and in order.
type Counts struct {
	Hours   []Hour
	People  []Person
	Clients []Client
}

// Tally adds records up. The zero Tally has none.
type Tally struct {
	hours   map[hourOf]*Hour
	people  map[personOf]*Person
	clients map[clientOf]*Client
}

type hourOf struct {
	hour int64
	tool string
}

type personOf struct {
	day    int64
	number int32
}

type clientOf struct {
	day int64
	id  string
}

// said is what counts of a record, as its canonical form has it.
type said struct {
	outcome, reason, tool, client []byte
	micros                        int64
	intent, ran, person           bool
}

// Add counts a record of a kind, made at an instant, by somebody with that number in the
// log; 0: nobody has one. Of its fields it needs those that are nobody's. What is not
// about use is not counted.
func (t *Tally) Add(kind audit.Kind, at time.Time, fields []audit.Field, number int32) {
	switch kind { //nolint:exhaustive // nothing else counts
	case audit.ToolCall, audit.ResourceRead, audit.PromptGet, audit.RefusedRequest:
	default:
		return
	}
	s := read(fields)
	refused := string(s.outcome) == `"refused"`
	switch {
	case s.intent || len(s.outcome) == 0:
	case kind == audit.ToolCall:
		t.call(at, &s, refused)
		t.active(at, &s, number)
	case refused:
		t.hour(at, nil).Refusals++
	}
}

func read(fields []audit.Field) (s said) {
	for _, f := range fields {
		switch f.Name {
		case "actor_delegated":
			s.person = string(f.Value) == "true"
		case "client":
			s.client = name(f.Value)
		case "duration_us":
			s.micros = number(f.Value)
		case "effect":
			s.ran = true
		case "outcome":
			s.outcome = f.Value
		case "phase":
			s.intent = string(f.Value) == `"intent"`
		case "reason":
			s.reason = f.Value
		case "tool":
			s.tool = name(f.Value)
		}
	}
	return s
}

func (t *Tally) call(at time.Time, s *said, refused bool) {
	if !s.ran && !afterAdmission(s.reason) {
		s.tool = nil
	}
	h := t.hour(at, s.tool)
	if refused {
		h.Refusals++
		return
	}
	if h.Calls++; string(s.outcome) != `"ok"` {
		h.Failures++
	}
	if s.ran {
		h.Took.add(s.micros)
	}
}

// afterAdmission reports a reason that nobody is given of a tool that there is not, or
// not for them. Of what runs the record says the effect, too.
func afterAdmission(reason []byte) bool {
	switch string(reason) {
	case `"condition"`, `"insufficient_claims"`, `"insufficient_scope"`, `"invalid_arguments"`, `"limited"`:
		return true
	}
	return false
}

const (
	hourSeconds = 3600
	daySeconds  = 24 * hourSeconds
)

func (t *Tally) hour(at time.Time, tool []byte) *Hour {
	hour := at.Unix() / hourSeconds
	if h := t.hours[hourOf{hour, string(tool)}]; h != nil {
		return h
	}
	if t.hours == nil {
		t.hours = map[hourOf]*Hour{}
	}
	h := &Hour{At: time.Unix(hour*hourSeconds, 0).UTC(), Tool: string(tool)}
	t.hours[hourOf{hour, h.Tool}] = h
	return h
}

func (t *Tally) active(at time.Time, s *said, number int32) {
	day, bit := at.Unix()/daySeconds, int32(1)<<(at.Unix()%daySeconds/hourSeconds)
	if number > 0 && s.person {
		p := t.people[personOf{day, number}]
		if p == nil {
			if t.people == nil {
				t.people = map[personOf]*Person{}
			}
			p = &Person{Day: time.Unix(day*daySeconds, 0).UTC(), Number: number}
			t.people[personOf{day, number}] = p
		}
		p.Hours |= bit
	}
	if len(s.client) == 0 {
		return
	}
	c := t.clients[clientOf{day, string(s.client)}]
	if c == nil {
		if t.clients == nil {
			t.clients = map[clientOf]*Client{}
		}
		c = &Client{Day: time.Unix(day*daySeconds, 0).UTC(), ID: string(s.client)}
		t.clients[clientOf{day, c.ID}] = c
	}
	c.Hours |= bit
}

// Counts returns what was added up.
func (t *Tally) Counts() (c Counts) {
	for _, h := range t.hours {
		c.Hours = append(c.Hours, *h)
	}
	for _, p := range t.people {
		c.People = append(c.People, *p)
	}
	for _, a := range t.clients {
		c.Clients = append(c.Clients, *a)
	}
	slices.SortFunc(c.Hours, func(a, b Hour) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Tool, b.Tool)) })
	slices.SortFunc(c.People, func(a, b Person) int { return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.Number, b.Number)) })
	slices.SortFunc(c.Clients, func(a, b Client) int { return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.ID, b.ID)) })
	return c
}

// name returns the text of a JSON string, or nothing where that needs escapes: names
// that tools and clients have do not.
func name(value []byte) []byte {
	if len(value) < 2 || value[0] != '"' || bytes.IndexByte(value, '\\') >= 0 {
		return nil
	}
	return value[1 : len(value)-1]
}

func number(value []byte) (n int64) {
	for _, c := range value {
		if c < '0' || c > '9' {
			return 0
		}
		n = 10*n + int64(c-'0')
	}
	return n
}
