package msgraph

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/seed"
)

// outlookID is the opaque and stable id of something in a mailbox.
func outlookID(v *visit, owner *directory.Person, kind string, n int) string {
	return "AAMkA" + base64.RawURLEncoding.EncodeToString([]byte(outlookGUID(v, owner, kind, n))) + "="
}

func outlookGUID(v *visit, owner *directory.Person, kind string, n int) string {
	return seed.Derived(v.tenant.ID, owner.ID, kind, strconv.Itoa(n))
}

// found looks an item up by id. What cannot be an id is another error than an
// id nothing has.
func found(all []item, id string) (item, *problem) {
	for _, i := range all {
		if i.id == id {
			return i, nil
		}
	}
	inner, isOutlook := strings.CutPrefix(id, "AAMkA")
	inner, padded := strings.CutSuffix(inner, "=")
	if raw, err := base64.RawURLEncoding.DecodeString(inner); !isOutlook || !padded || err != nil || len(raw) == 0 {
		return item{}, &problem{http.StatusBadRequest, "ErrorInvalidIdMalformed", "Id is malformed."}
	}
	return item{}, &problem{http.StatusNotFound, "ErrorItemNotFound", "The specified object was not found in the store., The process failed to get the correct properties."}
}

// changed is the change key of a version, and the etag made of it.
func changed(id string, at time.Time) (key, etag string) {
	key = base64.StdEncoding.EncodeToString([]byte(seed.Derived(id, at.UTC().String())[:20]))
	return key, `W/"` + key + `"`
}

// address is an emailAddress in a recipient.
func address(name, mail string) map[string]any {
	return map[string]any{"emailAddress": map[string]any{"name": name, "address": mail}}
}

// addressOf is a person as a recipient; without a mail address Outlook shows the
// principal name.
func addressOf(v *visit, p *directory.Person) map[string]any {
	mail := p.Mail
	if mail == "" {
		mail = v.tenant.PrincipalName(p)
	}
	return address(p.Name, mail)
}

func within(owner *directory.Person, collection string) string {
	return "users('" + owner.ID + "')/" + collection
}
