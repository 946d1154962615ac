package access

import (
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// Configuration is everything an organization decides about who may do what.
type Configuration struct {
	Clients []tenants.Client
	Rules   authz.Rules // Scope is the connection's and is not stored again
	Tools   []tools.Selection
}
