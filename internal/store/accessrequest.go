package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

type accessRequestRow struct {
	OrgID      tenants.ID   `gorm:"primaryKey"`
	Person     tenants.GUID `gorm:"primaryKey"`
	ID         tenants.GUID
	Name       string
	Username   string
	Guest      bool
	Reason     string
	MadeAt     time.Time
	ExpiresAt  time.Time
	State      tenants.AccessRequestState
	Answer     string
	AnswerBy   *tenants.GUID
	AnswerName string
	AnswerAt   *time.Time
}

func (accessRequestRow) TableName() string { return "access_requests" }

func (r accessRequestRow) request() tenants.AccessRequest {
	return tenants.AccessRequest{
		ID: r.ID, Person: tenants.Person{OID: r.Person, Name: r.Name}, Username: r.Username, Guest: r.Guest, Reason: r.Reason,
		MadeAt: r.MadeAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), State: r.State,
		Answer: r.Answer, AnswerBy: tenants.Person{OID: idOrZero(r.AnswerBy), Name: r.AnswerName}, AnswerAt: orZero(r.AnswerAt),
	}
}

func (r accessRequestRow) item() (item, error) {
	shown := map[string]any{"person": r.Person, "name": r.Name, "reason": r.Reason, "state": r.State, "until": r.ExpiresAt.UTC()}
	if r.Answer != "" {
		shown["answer"] = r.Answer
	}
	return newItem("access request "+r.ID.String(), shown, nil)
}

// errNoAccessRequest is the answer where there is none, or where it is answered.
var errNoAccessRequest = fault.New(fault.NotFound, "there is no such request, or it does not wait any more; list the requests that do")

// AskAccess notes somebody's wish. Where they have one that waits, or have asked a
// moment ago, or too many wait already, the fault is Conflict or Limited.
func (db *DB) AskAccess(ctx context.Context, by authz.Caller, r tenants.AccessRequest) error {
	return db.write(ctx, by, change{what: "access requested", decides: decidesNothing, keeps: keepsNothing}, func(tx *gorm.DB) (difference, error) {
		now := *instant(db.now())
		if err := mayAsk(tx, r.Person.OID, now); err != nil {
			return difference{}, err
		}
		if err := tx.Exec("DELETE FROM access_requests WHERE person = ? OR expires_at < ?", r.Person.OID, now.Add(-tenants.AccessRequestLife)).Error; err != nil {
			return difference{}, err
		}
		row := accessRequestRow{
			OrgID: by.Org(), Person: r.Person.OID, ID: r.ID, Name: r.Person.Name, Username: r.Username, Guest: r.Guest, Reason: r.Reason,
			MadeAt: now, ExpiresAt: now.Add(tenants.AccessRequestLife), State: tenants.AccessAsked,
		}
		shown, err := row.item()
		if err != nil {
			return difference{}, err
		}
		return difference{added: []item{shown}}, tx.Create(&row).Error
	})
}

func mayAsk(tx *gorm.DB, person tenants.GUID, now time.Time) error {
	var rows []accessRequestRow
	if err := tx.Where("person = ?", person).Limit(1).Find(&rows).Error; err != nil {
		return err
	}
	if len(rows) == 1 {
		switch r := rows[0].request(); {
		case r.Waits(now):
			return fault.New(fault.Conflict, "you have asked already, and nobody has answered yet; withdraw that request to make another")
		case now.Sub(r.MadeAt) < tenants.AccessRequestPause:
			return fault.New(fault.Limited, "you asked a few minutes ago; wait ten minutes between requests")
		}
	}
	var many int64
	err := tx.Model(&accessRequestRow{}).Where("state = ? AND expires_at > ?", tenants.AccessAsked, now).Count(&many).Error
	if err == nil && many >= tenants.AccessRequestsWait {
		err = fault.New(fault.Limited, "too many people wait for an answer; ask an admin yourself")
	}
	return err
}

// AccessRequests returns those that wait for an answer, the longest first.
func (db *DB) AccessRequests(ctx context.Context, org tenants.ID) ([]tenants.AccessRequest, error) {
	var rows []accessRequestRow
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		return tx.Where("state = ? AND expires_at > ?", tenants.AccessAsked, *instant(db.now())).Order("made_at, person").Limit(tenants.AccessRequestsWait).Find(&rows).Error
	})
	list := make([]tenants.AccessRequest, len(rows))
	for i, r := range rows {
		list[i] = r.request()
	}
	return list, err
}

// AccessRequestOf returns the last request of somebody; without any the fault is
// NotFound.
func (db *DB) AccessRequestOf(ctx context.Context, org tenants.ID, person tenants.GUID) (tenants.AccessRequest, error) {
	var rows []accessRequestRow
	err := db.in(ctx, org, func(tx *gorm.DB) error { return tx.Where("person = ?", person).Limit(1).Find(&rows).Error })
	if err != nil || len(rows) == 0 {
		return tenants.AccessRequest{}, orMissing(err)
	}
	return rows[0].request(), nil
}

func orMissing(err error) error {
	if err == nil {
		return errNoAccessRequest
	}
	return err
}

// errWaitsNoMore is the answer to who comes second.
var errWaitsNoMore = fault.New(fault.Conflict, "the request does not wait any more: it was answered or withdrawn, or has expired; list the requests that do")

// AnswerAccess ends a request that waits: an admin has approved or dismissed it, or
// the person themselves has withdrawn it. Who answers another's is recorded with whose
// it was. An answer to one that waits no more is Conflict; what is no request, or not
// one's own to withdraw, is NotFound.
func (db *DB) AnswerAccess(ctx context.Context, by authz.Caller, id tenants.GUID, state tenants.AccessRequestState, said string) error {
	what := change{what: "access request " + string(state), decides: decidesNothing, keeps: keepsNothing}
	return db.write(ctx, by, what, func(tx *gorm.DB) (difference, error) {
		now := *instant(db.now())
		row, err := waiting(tx, id, now)
		withdrawn := state == tenants.AccessWithdrawn
		if withdrawn && (fault.KindOf(err) == fault.Conflict || err == nil && row.Person != by.Identity().OID) {
			err = errNoAccessRequest
		}
		if err != nil {
			return difference{}, err
		}
		return row.answer(tx, by, accessAnswer{state, said, now})
	})
}

// ApproveAccess approves a request that waits, and has give change what the person may
// use. Both happen or neither, at once, in one record: of two who answer, one is
// Conflict and gives nothing. What is no request is NotFound.
func (db *DB) ApproveAccess(ctx context.Context, by authz.Caller, id tenants.GUID, said string, give func(*access.Configuration, tenants.AccessRequest) error) error {
	what := change{what: "access request " + string(tenants.AccessApproved)}
	return db.write(ctx, by, what, func(tx *gorm.DB) (difference, error) {
		now := *instant(db.now())
		row, err := waiting(tx, id, now)
		if err != nil {
			return difference{}, err
		}
		c, err := readAccess(tx)
		if err != nil {
			return difference{}, err
		}
		e, err := beginAccess(by.Org(), c)
		if err != nil {
			return difference{}, err
		}
		if err := give(&c, row.request()); err != nil {
			return difference{}, err
		}
		d, err := e.write(tx, &c)
		if err != nil {
			return difference{}, err
		}
		answered, err := row.answer(tx, by, accessAnswer{tenants.AccessApproved, said, now})
		d.changed, d.was, d.about = append(d.changed, answered.changed...), append(d.was, answered.was...), answered.about
		return d, err
	})
}

// waiting finds a request that waits. The row of the organization is locked, so that
// nobody else answers it meanwhile.
func waiting(tx *gorm.DB, id tenants.GUID, now time.Time) (accessRequestRow, error) {
	var rows []accessRequestRow
	if err := tx.Where("id = ?", id).Limit(1).Find(&rows).Error; err != nil || len(rows) == 0 {
		return accessRequestRow{}, orMissing(err)
	}
	if !rows[0].request().Waits(now) {
		return accessRequestRow{}, errWaitsNoMore
	}
	return rows[0], nil
}

// accessAnswer is what somebody says to a request.
type accessAnswer struct {
	state tenants.AccessRequestState
	said  string
	at    time.Time
}

func (r accessRequestRow) answer(tx *gorm.DB, by authz.Caller, a accessAnswer) (difference, error) {
	was, err := r.item()
	if err != nil {
		return difference{}, err
	}
	who := by.Identity()
	r.State, r.Answer, r.AnswerBy, r.AnswerName, r.AnswerAt = a.state, a.said, &who.OID, who.Name, &a.at
	is, err := r.item()
	if err != nil {
		return difference{}, err
	}
	return difference{changed: []item{is}, was: []item{was}, about: audit.Subject{OID: r.Person, Name: r.Name}}, tx.Save(&r).Error
}

// forgetWishes removes what somebody has asked for, and who they were from what they have
// answered.
func forgetWishes(tx *gorm.DB, person tenants.GUID) error {
	if err := tx.Exec("DELETE FROM access_requests WHERE person = ?", person).Error; err != nil {
		return err
	}
	return tx.Exec("UPDATE access_requests SET answer_by = NULL, answer_name = '' WHERE answer_by = ?", person).Error
}
