package connections

import (
	"crypto/sha256"
	"encoding/binary"
	"net/url"
	"slices"
	"strconv"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// MaxID is how long a client's id may be, in bytes: organizations list it.
const MaxID = MaxSoftware

// CheckDocumentURL says what is wrong with a client id that is the URL of the
// client's metadata document (draft "OAuth Client ID Metadata Document", client
// identifier): https with a path, without fragment, user and dot segments. Ids are
// compared byte by byte, so the host is written as browsers write it. Of other ports
// than that of https anybody could learn through us what answers there: only those of
// this machine may be named, which is asked in development only.
func CheckDocumentURL(id string) error {
	if why := documentObjection(id); why != "" {
		return fault.Newf(fault.Invalid, "client_id %.120q %s", id, why)
	}
	return nil
}

func documentObjection(id string) string {
	if len(id) > MaxID {
		return "is longer than " + strconv.Itoa(MaxID) + " bytes"
	}
	u, why := parse(id)
	switch {
	case why != "":
		return why
	case u.Scheme != "https":
		return "is no https URL"
	case u.Path == "":
		return "has no path; use the URL of the client's metadata document"
	}
	if why := hostObjection(u.Host); why != "" {
		return why
	}
	switch {
	case tenants.CheckOrigin(hostEntry(u)) != nil:
		return "names the port of https, which is left out"
	case u.Port() != "" && !isMachine(u.Hostname()):
		return "names a port; publish the document at the port of https"
	}
	return ""
}

// HostEntry is what lists all documents of the host that a document is on: an
// organization's client with this id. The URL is one that CheckDocumentURL lets
// pass.
func HostEntry(id string) string {
	u, err := url.Parse(id)
	if err != nil {
		return ""
	}
	return hostEntry(u)
}

func hostEntry(u *url.URL) string { return "https://" + u.Host }

// Digest is of what a person agrees to when they agree to a client: its name, where
// answers go, in any order, and the keys that it proves itself with.
func Digest(name string, redirects []string, keys []byte) [32]byte {
	parts := append([]string{name, string(keys)}, slices.Sorted(slices.Values(redirects))...)
	var all []byte
	for _, part := range parts {
		all = binary.BigEndian.AppendUint32(all, uint32(len(part))) //nolint:gosec // documents and registrations are far smaller
		all = append(all, part...)
	}
	return sha256.Sum256(all)
}
