package mcphost

import (
	"context"
	"errors"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
)

// errReplicaEnds is why a conversation ends that waits for a person when its
// replica stops. Words for whoever hears of it are replicaEnded's.
var errReplicaEnds = fault.New(fault.Unavailable, "the server restarts; make the request again").RetryAfter(time.Second)

// replicaEnded says of a conversation that ended with err because its replica
// stops what is to be done: again, unless its server may have done it.
func (c *conversation) replicaEnded(ctx context.Context, err error) error {
	switch {
	case err == nil || !errors.Is(context.Cause(ctx), errReplicaEnds):
		return err
	case errors.Is(err, tools.ErrUnsettled):
		return c.unsettled("the server restarts", err)
	}
	return errReplicaEnds
}

// cutShort says of a request that its server has, and whose end nobody knows, what
// is to be done: again if it changes nothing, or look. Faults that tell something
// else stay as they are.
func (c *conversation) cutShort(err error) error {
	if !c.alters() {
		return err
	}
	switch fault.KindOf(err) {
	case fault.Unavailable, fault.Upstream, fault.NotFound:
		return c.unsettled(fault.Public(err), err)
	case fault.Internal, fault.Invalid, fault.Unauthenticated, fault.Forbidden, fault.Conflict, fault.Limited:
	}
	return err
}

// alters reports whether the request is not to be repeated unseen.
func (c *conversation) alters() bool { return alters(c.call.Effect) }

// alters reports whether what runs with an effect is not to be repeated unseen.
func alters(effect tools.Effect) bool { return effect != "" && effect != tools.Read }

// unsettled is the fault of a request that may have been done. What has happened
// keeps its first clause: the rest is a remedy for something else.
func (c *conversation) unsettled(what string, cause error) error {
	what, _, _ = strings.Cut(what, ";")
	return fault.Wrap(fault.Upstream, what+"; whether source "+c.source.Name+" has done what it was asked is unknown: look before you repeat the call", errors.Join(tools.ErrUnsettled, cause))
}
