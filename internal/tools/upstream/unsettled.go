package upstream

import (
	"errors"
	"strings"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
)

// errDown is in the chain of the fault about a server that says it does nothing
// at present.
var errDown = errors.New("the server answered with 503 Service Unavailable")

// mayHaveRun reports whether a server may have done what it was asked although
// the request ended like this: it has neither answered nor turned it away.
func mayHaveRun(err error) bool {
	_, refused := errors.AsType[*refusal](err)
	_, apart := errors.AsType[*distance](err)
	switch {
	case refused, answered(err), errors.Is(err, errCredential), errors.Is(err, errBusy), errors.Is(err, errDown):
		return false
	case apart:
		return egress.TroubleOf(err) == egress.Broken
	}
	return true
}

// unsettled makes of a call that changes something, and whose end nobody knows,
// a fault that does not ask for another one.
func (x *exchange) unsettled(err error) error {
	if err == nil || !x.open || x.call.Effect == "" || x.call.Effect == tools.Read || fault.KindOf(err) == fault.Internal {
		return err
	}
	what, _, _ := strings.Cut(fault.Public(err), ";")
	return fault.Wrap(fault.Upstream, what+"; whether it has done what it was asked is unknown: look before you repeat the call", &unsettled{err})
}

// unsettled carries the reason below tools.ErrUnsettled.
type unsettled struct{ why error }

func (u *unsettled) Error() string   { return u.why.Error() }
func (u *unsettled) Unwrap() []error { return []error{tools.ErrUnsettled, u.why} }
