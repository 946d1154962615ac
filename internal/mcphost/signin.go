package mcphost

import (
	"errors"
	"net/http"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// signInKey is the key of our own question, that a person sign in at a source.
const signInKey = "gatehouse_sign_in"

// askingToSignIn has a client send its person to where they sign in at a source: in
// the modern era with a question, after which it repeats the request, in the others
// with the error that says what to do first (2025-11-25, "URL Mode Elicitation
// Required"). One that cannot gets the fault, which says the same in words.
func (c *conversation) askingToSignIn(result tools.Result, err error) (tools.Result, error) {
	missing, ok := errors.AsType[*tools.SignInError](err)
	if !ok {
		return result, err
	}
	if c.call.Client.Capabilities.Can&tools.CanElicitURL == 0 || c.req.era == wire.Modern && !retriable(c.target.Method) {
		return tools.Result{}, fault.Wrap(fault.Unauthenticated, missing.Told(), missing)
	}
	params := append(wire.AppendString([]byte(`{"mode":"url","message":`), missing.Message()), `,"url":`...)
	params = wire.AppendString(params, missing.URL())
	if c.req.era == wire.Legacy {
		data := append(wire.AppendString(append([]byte(`{"elicitations":[`), append(params, `,"elicitationId":`...)...), tenants.NewGUID().String()), `}]}`...)
		return tools.Result{}, errors.Join(missing, &wire.Error{Code: wire.CodeURLElicitation, Message: missing.Message(), Data: data, Status: http.StatusOK})
	}
	requests := append(wire.AppendString([]byte{'{'}, signInKey), `:{"method":"elicitation/create","params":`...)
	requests = append(append(requests, params...), "}}}"...)
	return tools.Result{Type: typeInput, Asked: &tools.Asked{Requests: requests, State: signInState + c.state, Ours: true}}, nil
}

// errNotSignedIn is the answer to whose client says that they do not want to.
var errNotSignedIn = fault.New(fault.Forbidden, "you did not go to sign in at the source, so it was not asked; repeat the call to be asked again")

// signedIn takes what a client answers to our own question out of the request, which
// goes on as it was before it: whether somebody has signed in shows then.
func (c *conversation) signedIn() error {
	members := membersOf(wire.Value(membersOf(c.call.Responses), signInKey))
	action, _ := wire.Text(wire.Value(members, "action"))
	if action == "decline" || action == "cancel" {
		return errNotSignedIn
	}
	c.call.State, c.call.Responses = c.call.State[len(signInState):], nil
	return nil
}
