package entra

import (
	"errors"
	"time"
)

// Heard is one answer of Entra's token endpoint to an exchange, or its silence.
type Heard struct {
	Refusal     *TokenError // nil: it gave a token
	Correlation string      // what finds the request in Entra's sign-in log
	Trace       string      // what Microsoft finds it by; empty: nothing was answered
	Took        time.Duration
}

// heardOf describes what has come of a request; ok is false where that is nothing of
// Entra's.
func heardOf(got granted, err error, took time.Duration) (h Heard, ok bool) {
	h = Heard{Correlation: got.correlation, Trace: got.trace, Took: took}
	if err == nil {
		return h, true
	}
	if h.Refusal, ok = errors.AsType[*TokenError](err); !ok {
		return h, false
	}
	if h.Refusal.TraceID != "" {
		h.Trace = h.Refusal.TraceID
	}
	if h.Refusal.CorrelationID != "" {
		h.Correlation = h.Refusal.CorrelationID
	}
	return h, true
}
