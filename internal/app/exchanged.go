package app

import (
	"slices"
	"strings"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
)

// tells has the organization's log hold what Entra says to an exchange. The record is
// on its way before anybody has the token; what is done with it is recorded behind it,
// so that a record of that is never durable without this one. What is asked behind
// answers is told too.
func (a *asking) tells(x entra.Exchange) func(entra.Heard) error {
	if a.record == nil {
		return nil
	}
	return func(h entra.Heard) error {
		event := audit.Event{
			Kind: audit.TokenExchange, Target: strings.Join(slices.Sorted(slices.Values(x.Scopes)), " "), Detail: basisOf(x), Outcome: audit.OK,
			Entra: audit.Entra{Correlation: h.Correlation, Trace: h.Trace}, DurationMicros: max(0, h.Took.Microseconds()),
		}
		if h.Refusal != nil {
			event.Outcome, event.Reason, event.Entra.Code = audit.Refused, string(h.Refusal.Class), int64(h.Refusal.Code)
			if h.Refusal.Status == 0 || h.Refusal.Class == entra.Transient {
				event.Outcome = audit.Failed
			}
		}
		_, err := a.record(authz.Actor(x.Identity), event)
		return err
	}
}

// basisOf says what a token is asked for with.
func basisOf(x entra.Exchange) string {
	if x.Kept != nil {
		return "refresh_token"
	}
	return "on_behalf_of"
}
