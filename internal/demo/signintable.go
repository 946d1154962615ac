package demo

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"strconv"
	"time"

	"gatehouse/internal/tenants"
)

// signIn is one row of Entra's log of sign-ins.
type signIn struct {
	at          time.Time
	id          tenants.GUID // of the request
	uid         string       // of the token, where it does not follow from the request
	correlation tenants.GUID
	who         Person
	client      string
	app         tenants.GUID // the token's
	code        int          // of an error; 0: none
}

// uti is the claim of the token that came of it: the sixteen bytes of the request's id
// as .NET has them.
func (s signIn) uti() string {
	b := s.id.Bytes()
	b[0], b[1], b[2], b[3] = b[3], b[2], b[1], b[0]
	b[4], b[5] = b[5], b[4]
	b[6], b[7] = b[7], b[6]
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// signInColumns are those of the admin center's download that matter.
var signInColumns = []string{
	"Date (UTC)", "Request ID", "Correlation ID", "User ID", "Username", "Application ID", "Application", "Resource ID", "Sign-in error code", "Status", "Unique token identifier",
}

// signInTable is an export of sign-ins as the Entra admin center gives it.
func signInTable(all []signIn) ([]byte, error) {
	names := map[string]string{VisualStudioCode: "Visual Studio Code", AzureCLI: "Azure CLI"}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	lines := [][]string{signInColumns}
	for _, s := range all {
		status := "Success"
		if s.code != 0 {
			status = "Failure"
		}
		lines = append(lines, []string{
			s.at.UTC().Format(time.RFC3339), s.id.String(), s.correlation.String(), s.who.OID.String(), s.who.Username, s.client, cmp.Or(names[s.client], "Gatehouse"),
			s.app.String(), strconv.Itoa(s.code), status, cmp.Or(s.uid, s.uti()),
		})
	}
	if err := w.WriteAll(lines); err != nil {
		return nil, fmt.Errorf("write sign-ins: %w", err)
	}
	return b.Bytes(), nil
}
