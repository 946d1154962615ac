package app

import (
	"context"

	"gatehouse/internal/console"
)

// delegation asks Microsoft Graph for tokens as somebody who has signed in to the
// console. Where consent to a scope is missing the fault is Forbidden and says
// how to give it.
type delegation interface {
	graphToken(ctx context.Context, p console.Person, scopes ...string) (string, error)
}
