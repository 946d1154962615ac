package watch

import (
	"time"

	"gatehouse/internal/notify"
)

// Kind is a sort of cause. The set is closed.
type Kind string

// The kinds. What each is, is in the table below; nothing else enumerates them.
const (
	CredentialExpiring Kind = "credential_expiring" //nolint:gosec // the name of a kind
	ConsentWithdrawn   Kind = "consent_withdrawn"
	FederationBroken   Kind = "federation_broken"
	AppRefused         Kind = "app_refused"
	MembershipDelayed  Kind = "membership_delayed"
	SourceFailing      Kind = "source_failing"
	DefinitionsPending Kind = "definitions_pending"
	SinkFailing        Kind = "sink_failing"
	LogWeakened        Kind = "log_weakened" // Weakening
	BodiesReadable     Kind = "bodies_readable"
)

// kinds says of each kind how long its cause must be gone for the alert to be over,
// because it may come and go, how bad it is, and what people read.
var kinds = map[Kind]struct {
	quiet    time.Duration
	severity func(Cause) notify.Severity
	words    func(Cause, setting) words
}{
	CredentialExpiring: {severity: expirySeverity, words: expiryWords},
	ConsentWithdrawn:   {severity: always(notify.Critical), words: consentWords},
	FederationBroken:   {severity: always(notify.Critical), words: federationWords},
	AppRefused:         {severity: always(notify.Critical), words: refusedWords},
	MembershipDelayed:  {quiet: flapping, severity: always(notify.Warning), words: delayedWords},
	SourceFailing:      {quiet: flapping, severity: always(notify.Warning), words: sourceWords},
	DefinitionsPending: {severity: always(notify.Info), words: pendingWords},
	SinkFailing:        {severity: always(notify.Warning), words: sinkWords},
	LogWeakened:        {severity: always(notify.Critical), words: weakenedWords},
	ExportFailing:      {severity: always(notify.Warning), words: exportWords},
	BodiesReadable:     {severity: always(notify.Warning), words: bodiesWords},
}

// Kinds returns all there are, in no order.
func Kinds() []Kind {
	all := make([]Kind, 0, len(kinds))
	for k := range kinds {
		all = append(all, k)
	}
	return all
}

func always(s notify.Severity) func(Cause) notify.Severity {
	return func(Cause) notify.Severity { return s }
}

// flapping is within what a cause that comes and goes is told once.
const flapping = time.Hour
