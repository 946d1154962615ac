package admin

import (
	"gatehouse/internal/console"
	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
)

// PersonForTest is who an ID token describes, on the platform of that tenant.
func PersonForTest(platform tenants.TID, who entra.Person) console.Person {
	return signIn{SignInParts{Platform: platform}}.person(who, entra.RefreshToken{})
}
