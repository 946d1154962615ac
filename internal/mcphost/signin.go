package mcphost

import (
	"errors"

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
	if c.req.era == wire.Legacy {
		return tools.Result{}, errors.Join(missing, visitFirst(missing.Message(), missing.URL(), tenants.NewGUID()))
	}
	return tools.Result{Type: typeInput, Asked: &tools.Asked{Requests: visitRequest(signInKey, missing.Message(), missing.URL()), State: signInState + c.state, Ours: true}}, nil
}

// errNotSignedIn is the answer to whose client says that they do not want to.
var errNotSignedIn = fault.New(fault.Forbidden, "you did not go to sign in at the source, so it was not asked; repeat the call to be asked again")

// signedIn takes what a client answers to a question of ours out of the request, which
// goes on as it was before it: whether somebody has signed in shows then.
func (c *conversation) signedIn() error {
	switch c.call.State[:1] {
	case signInState:
		if declined(c.call.Responses, signInKey) {
			return errNotSignedIn
		}
	case stepUpState:
		if declined(c.call.Responses, stepUpKey) {
			return errNotProven
		}
	default:
		return nil
	}
	c.call.State, c.call.Responses = c.call.State[1:], nil
	return nil
}
