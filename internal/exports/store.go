package exports

import (
	"context"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/sinks"
	"gatehouse/internal/tenants"
)

// Task is an export that is this process's for a while.
type Task struct {
	Job      tenants.ExportJob
	Receiver string // where its sink led when it was asked for
	Decision []byte // encrypted
	Progress []byte // encrypted; nil: nothing is made yet
	Parts    int    // that have arrived
	Complete bool   // all of them
	Upload   string // what the store calls the upload; empty: none was begun, or it has no name

	Sink sinks.Task // what is known of where it goes; without an id: it is gone
}

// Due is an export whose turn has come.
type Due struct {
	Org tenants.ID
	ID  tenants.GUID
}

// Turn is what has become of an export while it was somebody's.
type Turn struct {
	Task  Task
	Part  string      // what the store calls part Task.Parts, which is new; empty: none is
	Anew  bool        // what had arrived is worth nothing
	Event audit.Event // to be recorded; without a kind: nothing is
}

// Store keeps exports. What does not exist is NotFound.
type Store interface {
	// DueExports returns exports whose time has come, one of each organization, the
	// longest due first.
	DueExports(ctx context.Context, now time.Time, most int) ([]Due, error)
	// TakeExport makes an export that is due at now due again at until, for whoever has
	// taken it. One that is not due is NotFound: somebody else has it.
	TakeExport(ctx context.Context, by authz.Caller, id tenants.GUID, now, until time.Time) (Task, error)
	// PutExport keeps what has become of an export that was taken until an instant, in
	// one transaction. It is NotFound if it is not so taken any more.
	PutExport(ctx context.Context, by authz.Caller, taken time.Time, t Turn) error
	// ExportParts returns what the store calls the parts that have arrived, in order.
	ExportParts(ctx context.Context, org tenants.ID, id tenants.GUID) ([]string, error)

	// AddExport keeps a new export, and records it in the same transaction. One more than
	// there may be is Limited.
	AddExport(ctx context.Context, by authz.Caller, n New) error
	// Exports returns an organization's, the last asked for first.
	Exports(ctx context.Context, org tenants.ID) ([]tenants.ExportJob, error)
	Export(ctx context.Context, org tenants.ID, id tenants.GUID) (tenants.ExportJob, error)
	// AddExportSchedule keeps a new schedule and records it. A name that is taken, and one
	// more than there may be, are Conflict.
	AddExportSchedule(ctx context.Context, by authz.Caller, s tenants.ExportSchedule) error
	// ExportSchedules returns an organization's, by name.
	ExportSchedules(ctx context.Context, org tenants.ID) ([]tenants.ExportSchedule, error)
	// RemoveExportSchedule forgets one, and records that.
	RemoveExportSchedule(ctx context.Context, by authz.Caller, name string) error
	// DueExportSchedules returns schedules whose time has come, one of each organization,
	// the longest due first.
	DueExportSchedules(ctx context.Context, now time.Time, most int) ([]Due, error)
	ExportSchedule(ctx context.Context, org tenants.ID, id tenants.GUID) (Planned, error)
	// Settled reports whether an instant has passed by the database's clock, and nothing
	// that was made before it waits to be sealed.
	Settled(ctx context.Context, org tenants.ID, at time.Time) (bool, error)
	// AddPlannedExport is AddExport, and moves a schedule on, of which the next period
	// began at an instant, in the same transaction. It is NotFound if that is not so any
	// more: somebody else has asked for the export.
	AddPlannedExport(ctx context.Context, by authz.Caller, period time.Time, s tenants.ExportSchedule, n New) error
	// PutExportSchedule keeps what has become of a schedule, likewise, and records an
	// event that has a kind.
	PutExportSchedule(ctx context.Context, by authz.Caller, period time.Time, s tenants.ExportSchedule, e audit.Event) error
	// CancelExport has an export end without an object, and records that. One that has
	// ended, or of which all parts have arrived, is Conflict.
	CancelExport(ctx context.Context, by authz.Caller, id tenants.GUID, now time.Time) (tenants.ExportJob, error)
}

// New is an export that begins.
type New struct {
	Job      tenants.ExportJob
	Receiver string // where its sink leads (tenants.Sink.Receiver): it is brought nowhere else
	Decision []byte // encrypted
	Event    audit.Event
}
