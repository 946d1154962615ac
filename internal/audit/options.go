package audit

import (
	"errors"
	"time"

	"gatehouse/internal/fault"
)

// Options bounds a Log. Every field is required.
type Options struct {
	QueueRows         int           // records reserved by open entries and queued, together
	QueueBytes        int           // the same in bytes, by an upper bound of each record
	OrganizationShare float64       // of rows and bytes that one organization may hold, above 0 and at most 1
	MaxBatchRows      int           // of one Append
	MaxBatchBytes     int           // of one Append; a single row may be longer
	AppendTimeout     time.Duration // of one Append
	WaitTimeout       time.Duration // for one record to become durable
	ProbeInterval     time.Duration // between attempts to reach a store that fails
	Observe           func(Observation)
}

// Defaults returns options for one replica of the api process.
func Defaults(observe func(Observation)) Options {
	return Options{
		QueueRows:         16_384,
		QueueBytes:        128 << 20,
		OrganizationShare: 0.25,
		MaxBatchRows:      512,
		MaxBatchBytes:     4 << 20,
		AppendTimeout:     3 * time.Second,
		WaitTimeout:       5 * time.Second,
		ProbeInterval:     200 * time.Millisecond,
		Observe:           observe,
	}
}

// validate returns every complaint at once.
func (o *Options) validate() error {
	var errs []error
	complain := func(bad bool, what string) {
		if bad {
			errs = append(errs, fault.New(fault.Invalid, "audit options: "+what))
		}
	}
	complain(o.QueueRows < 1, "QueueRows must be at least 1")
	complain(!(o.OrganizationShare > 0 && o.OrganizationShare <= 1), "OrganizationShare must be above 0 and at most 1")
	complain(o.shareOf(o.QueueBytes) < MaxPayload, "QueueBytes times OrganizationShare must hold one record of 96 KiB")
	complain(o.MaxBatchRows < 1, "MaxBatchRows must be at least 1")
	complain(o.MaxBatchBytes < 1, "MaxBatchBytes must be at least 1")
	complain(o.AppendTimeout <= 0, "AppendTimeout must be positive")
	complain(o.WaitTimeout <= 0, "WaitTimeout must be positive")
	complain(o.ProbeInterval <= 0, "ProbeInterval must be positive")
	complain(o.Observe == nil, "Observe is missing")
	return errors.Join(errs...)
}

// shareOf returns one organization's part of a bound, at least 1.
func (o *Options) shareOf(bound int) int { return max(1, int(float64(bound)*o.OrganizationShare)) }
