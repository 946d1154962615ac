package sinks

import "gatehouse/internal/fault"

// Refusal is a failure about what was brought.
func Refusal(public string) error { return refused(fault.New(fault.Upstream, public)) }
