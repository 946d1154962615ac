package tenants

import (
	"time"

	"gatehouse/internal/fault"
)

// NoticeKind says what has happened.
type NoticeKind string

// The kinds.
const (
	OwnershipRecovered NoticeKind = "ownership_recovered" // a Global Administrator has made themselves an owner
	AdminJoined        NoticeKind = "admin_joined"        // an administrator of the directory has made themselves an admin
	SupportRequested   NoticeKind = "support_requested"   // an operator of the platform asks to look inside
	BodiesOpened       NoticeKind = "bodies_opened"       // somebody was granted the permission to read recorded bodies
)

// Notice is what an organization's owners and admins are told until one of them
// dismisses it.
type Notice struct {
	ID     GUID
	Kind   NoticeKind
	At     time.Time
	ByTID  TID // of whoever did it
	By     Person
	Reason string // given by them; empty without
}

// Dismissible refuses whoever did what the notice tells of: it is for the others.
func (n Notice) Dismissible(tid TID, oid GUID) error {
	if n.ByTID == tid && n.By.OID == oid {
		return fault.New(fault.Forbidden, "this notice tells the others what you did; another owner or admin dismisses it")
	}
	return nil
}
