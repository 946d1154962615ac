package membership

import (
	"slices"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// weigher holds a token that speaks of all groups against what Graph said.
type weigher struct {
	q      Question
	listed map[tenants.GUID]bool
	now    time.Time
}

// doubt says whether the token and Graph contradict each other.
type doubt uint8

const (
	agreed doubt = iota
	disputed
)

// weigh returns the token's answers, corrected by the record. A removal that
// Graph reported wins over every token, older or newer, until Graph itself says
// member again: a token cannot be trusted to have been issued after the removal
// had reached all of Entra. Of an addition the newer word wins; where that is a
// record beyond the hard limit, the answer is unknown.
func (w weigher) weigh(record Record) (authz.Membership, doubt) {
	m, verdict := w.q.none(), agreed
	newer := record.AskedAt.After(w.q.Identity.IssuedAt)
	tooOld := record.age(w.now) > w.q.Organization.Membership.Hard
	for _, g := range w.q.Mapped {
		graph := record.Answers[g]
		switch {
		case w.listed[g] && (graph == authz.NotMember || graph == authz.Unknown && slices.Contains(record.Removed, g)):
			m.Groups[g], verdict = authz.NotMember, disputed
		case w.listed[g]:
			m.Groups[g] = authz.Member
		case graph == authz.Member && newer && tooOld:
			m.Groups[g], verdict = authz.Unknown, disputed
		case graph == authz.Member && newer:
			m.Groups[g], verdict = authz.Member, disputed
		}
	}
	if verdict == disputed || newer && !tooOld && record.covers(w.q.Mapped) {
		m.Source, m.At = authz.SourceGraph, record.AskedAt
	}
	return m, verdict
}
