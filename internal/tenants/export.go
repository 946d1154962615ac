package tenants

import "time"

// ExportJob is an export of an organization's log that is brought to one of its sinks,
// as it is shown.
type ExportJob struct {
	ID       GUID
	State    ExportState
	Sink     GUID
	SinkName string // as it was when the export was asked for
	Format   string
	From, To int64 // of the records From..To-1
	AskedAt  time.Time

	Next    int64  // the first record that was not looked at
	Records int64  // that are in the content so far
	Bytes   int64  // that have arrived
	Object  string // its name, below the URL of the sink
	SHA256  []byte // of the object; nil until it is there

	Failures     int       // in a row
	FailingSince time.Time // zero: nothing fails
	Trouble      string    // what failed last
	TriedAt      time.Time
	NextAt       time.Time // when it is gone on with; zero: it has ended
	EndedAt      time.Time
}

// ExportState is where an export is.
type ExportState string

// The states.
const (
	ExportRunning    ExportState = "running"
	ExportCancelling ExportState = "cancelling" // what has arrived is being removed, where that can be
	ExportDone       ExportState = "done"       // the object is there
	ExportFailed     ExportState = "failed"     // it was given up
	ExportCancelled  ExportState = "cancelled"
)

// ExportStates returns all states.
func ExportStates() []ExportState {
	return []ExportState{ExportRunning, ExportCancelling, ExportDone, ExportFailed, ExportCancelled}
}

// The bounds of exports to sinks.
const (
	MostExports = 5                   // of an organization, under way at a time
	ExportsKept = 90 * 24 * time.Hour // for how long one that has ended is shown
)
