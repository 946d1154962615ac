package authz

import (
	"time"

	"gatehouse/internal/tenants"
)

// Answer is what is known about one membership.
type Answer uint8

// The answers. The zero value is Unknown: what nobody has answered is not "no".
const (
	Unknown Answer = iota
	NotMember
	Member
)

var answerNames = [...]string{"unknown", "not_member", "member"}

// MarshalText implements encoding.TextMarshaler, for explanations.
func (a Answer) MarshalText() ([]byte, error) { return []byte(answerNames[a]), nil }

// Source says where a membership answer comes from.
type Source string

// The sources, as they stand in audit records.
const (
	SourceNone  Source = "none"  // nothing was asked: no group decides anything here
	SourceToken Source = "token" // the token's groups claim
	SourceGraph Source = "graph" // Microsoft Graph, on behalf of the person
)

// Membership is what is known of one identity's groups: for each group that an
// organization's assignments mention, an Answer, with its source and time.
type Membership struct {
	Groups map[tenants.GUID]Answer
	Source Source
	At     time.Time
}

// Of returns what is known of one group.
func (m Membership) Of(group tenants.GUID) Answer { return m.Groups[group] }

// Known reports whether every one of the groups is answered.
func (m Membership) Known(groups []tenants.GUID) bool {
	for _, g := range groups {
		if m.Groups[g] == Unknown {
			return false
		}
	}
	return true
}
