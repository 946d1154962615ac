package evidence

import (
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/tenants"
)

// Manifest is what whoever made a file signs about it.
type Manifest struct {
	Origin    string
	Org       tenants.ID
	From, To  int64
	Scope     string // disclosure and filter, as in the header
	Matched   int64
	Undecided int64
	Size      int64     // of the log
	Sealed    time.Time // of its checkpoint: up to when the log was sealed
	Produced  time.Time
	Producer  string
	Digest    proof.Hash // SHA-256 of everything before the line of the manifest
}

// text returns what is signed.
func (m *Manifest) text() string {
	dst := append([]byte(Format+"\n"), `{"digest":`...)
	dst = appendBytes(dst, m.Digest[:])
	dst = append(append(append(dst, ','), m.Scope...), `,"from":`...)
	dst = strconv.AppendInt(dst, m.From, 10)
	dst = strconv.AppendInt(append(dst, `,"matched":`...), m.Matched, 10)
	dst = appendText(append(dst, `,"org":`...), m.Org.String())
	dst = appendText(append(dst, `,"origin":`...), m.Origin)
	dst = appendText(append(dst, `,"produced":`...), instant(m.Produced))
	dst = appendText(append(dst, `,"producer":`...), m.Producer)
	dst = appendText(append(dst, `,"sealed":`...), moment(m.Sealed))
	dst = strconv.AppendInt(append(dst, `,"size":`...), m.Size, 10)
	dst = strconv.AppendInt(append(dst, `,"to":`...), m.To, 10)
	dst = strconv.AppendInt(append(dst, `,"undecided":`...), m.Undecided, 10)
	return string(append(dst, "}\n"...))
}

// moment writes a time of a checkpoint.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// manifestOf says what a file must say of itself.
func manifestOf(h *Header, c proof.Checkpoint, t Tally) Manifest {
	return Manifest{
		Origin: h.Origin, Org: h.Org, From: h.From, To: h.To, Scope: string(h.appendScope(nil)), Matched: t.Matched, Undecided: t.Undecided,
		Size: c.Size, Sealed: c.At, Produced: h.Produced,
	}
}

// producerIn returns the one thing that only the manifest tells.
func producerIn(text string) (string, bool) {
	_, rest, found := strings.Cut(text, `,"producer":`)
	c := cursor{rest: []byte(rest)}
	producer := c.text()
	return producer, found && !c.bad && len(producer) <= maxText
}
