package connections

import (
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// EntraLabel is what Entra's refresh token of a connection is encrypted for.
func EntraLabel(connection tenants.GUID) secrets.Label {
	return secrets.Label{Kind: "refresh token of Entra", ID: connection.String()}
}
