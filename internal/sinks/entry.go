package sinks

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"time"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/tenants"
)

// Entry is a record as it is brought: its place in the log, and those of its fields
// that can be read. What was erased is not there.
type Entry struct {
	Seq    int64
	Leaf   proof.Hash
	Fields []Member // ascending by name
	Event  []byte   // the record as an event of OCSF, for sinks that want it so: one object of JSON; nil: they do not
}

// Unreadable is what is brought in place of a record that nobody can read any more: the
// row is not as it was stored. When it was made is what the row says.
func Unreadable(seq int64, leaf proof.Hash, at time.Time) Entry {
	return Entry{Seq: seq, Leaf: leaf, Fields: []Member{
		{"at", []byte(at.UTC().Format(`"2006-01-02T15:04:05.000000Z"`))},
		{"trouble", []byte(`"unreadable"`)},
	}}
}

// Member is a field of a record, its value in JSON.
type Member struct {
	Name  string
	Value []byte
}

// Anchor is a checkpoint that is brought.
type Anchor struct {
	Origin string
	Size   int64
	At     time.Time
	Note   []byte // as it is signed

	Platform     []byte // the newest checkpoint of the platform's own log, as it is signed; nil: there is none
	PlatformSize int64
}

// Batch is what is brought at a time, never empty.
type Batch struct {
	Origin  string
	Entries []Entry // consecutive
}

// From is the number of the first record.
func (b Batch) From() int64 { return b.Entries[0].Seq }

// To is the number after that of the last record.
func (b Batch) To() int64 { return b.Entries[len(b.Entries)-1].Seq + 1 }

// For is whose log it is that is brought, and with what.
type For struct {
	Organization tenants.Organization
	Sink         tenants.Sink
	Secret       string // what is kept encrypted, or what signs; empty: nothing
	Now          time.Time
}

// The members that every record gets beside its own: whose log it is in, at which
// place, and the leaf that the tree has there, by which it can be proved.
const (
	memberOrigin = "log_origin"
	memberSeq    = "log_seq"
	memberLeaf   = "log_leaf"
)

// text returns the value of a field that is text; empty where there is none.
func (e Entry) text(name string) string {
	for _, f := range e.Fields {
		if f.Name == name {
			var s string
			if json.Unmarshal(f.Value, &s) == nil {
				return s
			}
		}
	}
	return ""
}

// at is when the record was made.
func (e Entry) at() time.Time {
	at, err := time.Parse(time.RFC3339Nano, e.text("at"))
	if err != nil {
		return time.Unix(0, 0).UTC()
	}
	return at.UTC()
}

// appendJSON appends the entry as one object on one line. More members come first.
func (e Entry) appendJSON(dst []byte, origin string, more ...Member) []byte {
	dst = append(dst, '{')
	for _, m := range more {
		dst = appendMember(dst, m)
	}
	if e.Event != nil {
		return append(dst, e.Event[1:]...)
	}
	for _, f := range e.Fields {
		dst = appendMember(dst, f)
	}
	dst = append(append(dst, `"`+memberLeaf+`":"`...), base64.StdEncoding.EncodeToString(e.Leaf[:])...)
	dst = append(append(dst, `","`+memberOrigin+`":`...), quoted(origin)...)
	return append(strconv.AppendInt(append(dst, `,"`+memberSeq+`":`...), e.Seq, 10), '}')
}

func appendMember(dst []byte, m Member) []byte {
	dst = append(append(dst, quoted(m.Name)...), ':')
	return append(append(dst, m.Value...), ',')
}

// JSON returns the entry as one object on one line: the fields of the record, and
// where it stands in the log.
func (e Entry) JSON(origin string) []byte { return e.appendJSON(nil, origin) }

// size is about what the entry takes.
func (e Entry) size() int {
	n := 200
	for _, f := range e.Fields {
		n += len(f.Name) + len(f.Value) + 4
	}
	return n
}

// KindCheckpoint is the kind of what is brought among records to sinks that know
// nothing else.
const KindCheckpoint = "checkpoint"

// entry is a checkpoint among records.
func (a Anchor) entry() []Member {
	all := []Member{
		{"at", quoted(a.At.UTC().Format(anchorTime))},
		{"checkpoint", quoted(string(a.Note))},
		{"kind", quoted(KindCheckpoint)},
		{memberOrigin, quoted(a.Origin)},
		{"log_size", strconv.AppendInt(nil, a.Size, 10)},
	}
	if a.Platform != nil {
		all = append(all, Member{"platform_checkpoint", quoted(string(a.Platform))})
	}
	return all
}

const anchorTime = "2006-01-02T15:04:05.000000Z"

// object writes members as one object on one line.
func object(members []Member) []byte {
	out := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, quoted(m.Name)...), ':'), m.Value...)
	}
	return append(out, '}')
}

// quoted is a text in JSON, with nothing escaped that JSON does not want escaped.
func quoted(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string cannot fail
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
