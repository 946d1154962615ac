package upstream

import (
	"errors"
	"fmt"

	"gatehouse/internal/fault"
	"gatehouse/internal/wire"
)

// declined is an error that a server answers one of our own requests with.
type declined struct {
	method string
	own    *wire.Error
}

func (d *declined) Error() string { return d.method + ": " + d.own.Error() }
func (d *declined) Unwrap() error { return d.own }

// asked says of an error of the server's own which method it is the answer to.
func asked(method string, err error) error {
	if own, ok := errors.AsType[*wire.Error](err); ok {
		return &declined{method, own}
	}
	return err
}

// declined makes a fault of an error of the server's own that no client gets. It
// tells the code and not the text: some repeat what they were sent, credentials
// included.
func (s *Server) declined(err error) error {
	d, ok := errors.AsType[*declined](err)
	if !ok {
		return err
	}
	return s.fail(fault.Upstream, fmt.Sprintf("answered %s with the error %d; its own log says why", d.method, d.own.Code), nil)
}
