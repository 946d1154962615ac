package store

import (
	"context"
	"time"

	"gorm.io/gorm"

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

// AnswerAccess ends a request that waits: an admin has approved or dismissed it, or
// the person themselves has withdrawn it. Who answers another's is recorded with whose
// it was.
func (db *DB) AnswerAccess(ctx context.Context, by authz.Caller, id tenants.GUID, state tenants.AccessRequestState, said string) error {
	what := change{what: "access request " + string(state), decides: decidesNothing, keeps: keepsNothing}
	return db.write(ctx, by, what, func(tx *gorm.DB) (difference, error) {
		now, who := *instant(db.now()), by.Identity()
		var rows []accessRequestRow
		if err := tx.Where("id = ? AND state = ? AND expires_at > ?", id, tenants.AccessAsked, now).Limit(1).Find(&rows).Error; err != nil {
			return difference{}, err
		}
		if len(rows) == 0 || state == tenants.AccessWithdrawn && rows[0].Person != who.OID {
			return difference{}, errNoAccessRequest
		}
		row := rows[0]
		was, err := row.item()
		if err != nil {
			return difference{}, err
		}
		row.State, row.Answer, row.AnswerBy, row.AnswerName, row.AnswerAt = state, said, &who.OID, who.Name, &now
		is, err := row.item()
		if err != nil {
			return difference{}, err
		}
		d := difference{changed: []item{is}, was: []item{was}, about: audit.Subject{OID: row.Person, Name: row.Name}}
		return d, tx.Save(&row).Error
	})
}

// forgetWishes removes what somebody has asked for, and who they were from what they have
// answered.
func forgetWishes(tx *gorm.DB, person tenants.GUID) error {
	if err := tx.Exec("DELETE FROM access_requests WHERE person = ?", person).Error; err != nil {
		return err
	}
	return tx.Exec("UPDATE access_requests SET answer_by = NULL, answer_name = '' WHERE answer_by = ?", person).Error
}
