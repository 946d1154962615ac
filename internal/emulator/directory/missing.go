package directory

import (
	"errors"
	"fmt"
)

// ErrMissing marks the error of a command that names what is not there.
var ErrMissing = errors.New("not found")

// Missing is the complaint about a value of a field that names nothing: which
// field, what it says, and the remedy.
func Missing(field, value, remedy string) error {
	return fmt.Errorf("%s %q: %w: %s", field, clip(value), ErrMissing, remedy)
}

// clip bounds what is said back.
func clip(s string) string { return s[:min(len(s), 256)] }

// Tenant is Find for commands: a name that no tenant has is an error.
func (w *World) Tenant(name string) (*Tenant, error) {
	t, ok := w.Find(name)
	if !ok {
		return nil, Missing("tid", name, "give the id or a domain of a seeded tenant")
	}
	return t, nil
}
