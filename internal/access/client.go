package access

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// CanonicalClientID returns a client id as tokens spell it: a GUID in lower case.
func CanonicalClientID(id string) string { return canonicalID(id) }

// PutClient lists a client, or gives a listed one another name and ceiling; nil
// is no ceiling. Its id is stored in canonical form. A broken rule is Invalid.
func (c *Configuration) PutClient(client tenants.Client, ceiling *authz.Ceiling) error {
	client.ID = canonicalID(client.ID)
	var found complaints
	found.client("", client)
	if ceiling != nil {
		found.patterns("maximumPermissions", ceiling.Patterns)
	}
	at := c.clientAt(client.ID)
	if at < 0 && len(c.Clients) >= MaxClients {
		found.add("", fmt.Sprintf("there are %d clients already, which is the most; remove one first", MaxClients))
	}
	if err := Refuse(found); err != nil {
		return err
	}
	if at < 0 {
		c.Clients = with(c.Clients, client)
	} else {
		c.Clients = replaced(c.Clients, at, client)
	}
	c.Rules.ClientCeilings = ceilings(c.Rules.ClientCeilings)
	delete(c.Rules.ClientCeilings, client.ID)
	if ceiling != nil {
		c.Rules.ClientCeilings[client.ID] = authz.Ceiling{Patterns: slices.Clone(ceiling.Patterns)}
	}
	return nil
}

// RemoveClient removes a client and its ceiling, and what goes with it if an admin
// has registered it. An id that is not listed is NotFound.
func (c *Configuration) RemoveClient(id string) error {
	id = canonicalID(id)
	if c.clientAt(id) < 0 {
		return fault.Newf(fault.NotFound, "client %.120q is not listed; list the clients for the ids there are", id)
	}
	c.Clients = without(c.Clients, func(other tenants.Client) bool { return other.ID == id })
	c.Preregistered = without(c.Preregistered, func(e connections.Preregistration) bool { return e.ID == id })
	c.Rules.ClientCeilings = ceilings(c.Rules.ClientCeilings)
	delete(c.Rules.ClientCeilings, id)
	return nil
}

func (c *Configuration) clientAt(id string) int {
	return slices.IndexFunc(c.Clients, func(other tenants.Client) bool { return other.ID == id })
}

func (c *complaints) client(at Place, client tenants.Client) {
	c.check(at.Field("id"), CheckClientID(client.ID))
	c.check(at.Field("name"), CheckName(client.Name))
}

// CheckClientID says what is wrong with a client id. It is the GUID of an app
// registration; the https URL of a client's metadata document (draft "OAuth Client
// ID Metadata Document" §3: with a path, without fragment and user); that of a host,
// without a path, for all documents of the host; the software of clients that
// registered themselves, as a request for approval has it; or the id of a client
// that an admin has registered.
func CheckClientID(id string) error {
	if g, err := tenants.ParseGUID(id); err == nil && !g.IsZero() {
		return nil
	}
	if len(id) <= MaxClientID && (isDocument(id) || isHost(id) || isSoftware(id) || connections.IsPreregisteredID(id)) {
		return nil
	}
	return fault.Newf(fault.Invalid, "%.120q is no client id; use the application (client) id, the https URL of the client's metadata document, "+
		"https://host for all documents of a host, the software that a request for approval names, or the id of a client registered here", id)
}

func isDocument(id string) bool {
	u, err := url.Parse(id)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.Path != "" && u.User == nil && !strings.Contains(id, "#")
}

func isHost(id string) bool {
	return strings.HasPrefix(id, "https://") && tenants.CheckOrigin(id) == nil
}
