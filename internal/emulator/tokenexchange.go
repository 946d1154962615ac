package emulator

import (
	"encoding/base64"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/seed"

	"github.com/google/uuid"
)

// Tokens for the token exchange stand for an app at the token endpoint. Its ids
// are the same in every tenant of the public cloud.
const (
	exchangeID  = "fb60f99c-7a34-4190-8149-302f77469936"
	exchangeURI = "api://AzureADTokenExchange"
)

// exchangeApp is the token exchange as the resource of a token. It has no
// service principal people see, so it is not in the directory.
func exchangeApp(tid string) *directory.App {
	return directory.NewApp(tid, seed.App{
		ID: exchangeID, Name: "AAD Token Exchange", FirstParty: true, RequestedTokenVersion: 2, IdentifierURIs: []string{exchangeURI},
	})
}

// exchangeSubject is the "sub" of an exchange token that an app gets for a path
// of its own (fmi_path): "/eid1/c/pub/t/{tenant}/a/{app}/{path}", both ids as
// base64url of the GUID's bytes in Windows order. The form is that of subjects
// seen in tokens and in federated credentials; Microsoft does not document it.
func exchangeSubject(tid, app, path string) string {
	return "/eid1/c/pub/t/" + encodedGUID(tid) + "/a/" + encodedGUID(app) + "/" + path
}

func encodedGUID(id string) string {
	g, err := uuid.Parse(id)
	if err != nil {
		return ""
	}
	g[0], g[1], g[2], g[3] = g[3], g[2], g[1], g[0]
	g[4], g[5], g[6], g[7] = g[5], g[4], g[7], g[6]
	return base64.RawURLEncoding.EncodeToString(g[:])
}
