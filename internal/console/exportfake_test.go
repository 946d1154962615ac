package console_test

import (
	"context"
	"time"

	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// exportJobs keeps exports in memory.
type exportJobs struct {
	jobs map[tenants.ID][]tenants.ExportJob
}

func newExportJobs() *exportJobs {
	return &exportJobs{map[tenants.ID][]tenants.ExportJob{}}
}

// Begin implements console.ExportJobs.
func (e *exportJobs) Begin(_ context.Context, by authz.Caller, id tenants.GUID, w search.Wanted, sink string) (tenants.ExportJob, error) {
	if sink == "elsewhere" {
		return tenants.ExportJob{}, fault.New(fault.Invalid, "sink: there is none")
	}
	n := len(e.jobs[by.Org()])
	j := tenants.ExportJob{ID: id, State: tenants.ExportRunning, SinkName: sink, Format: string(w.Format), From: 2, To: 10, Next: 4, Bytes: 100, AskedAt: start.Add(time.Duration(n) * time.Minute)}
	e.jobs[by.Org()] = append(e.jobs[by.Org()], j)
	return j, nil
}

// List implements console.ExportJobs.
func (e *exportJobs) List(_ context.Context, org tenants.ID) ([]tenants.ExportJob, error) {
	return e.jobs[org], nil
}

// Get implements console.ExportJobs.
func (e *exportJobs) Get(_ context.Context, org tenants.ID, id tenants.GUID) (tenants.ExportJob, error) {
	for _, j := range e.jobs[org] {
		if j.ID == id {
			return j, nil
		}
	}
	if id.String() == org.String() { // each has one of its own
		return tenants.ExportJob{ID: id, State: tenants.ExportRunning, SinkName: "archive", Format: "csv", To: 1, AskedAt: start}, nil
	}
	return tenants.ExportJob{}, fault.New(fault.NotFound, "there is no such export")
}

// Cancel implements console.ExportJobs.
func (e *exportJobs) Cancel(ctx context.Context, by authz.Caller, id tenants.GUID) (tenants.ExportJob, error) {
	j, err := e.Get(ctx, by.Org(), id)
	if err == nil && j.State == tenants.ExportDone {
		err = fault.New(fault.Conflict, "the export has ended")
	}
	j.State = tenants.ExportCancelling
	return j, err
}
