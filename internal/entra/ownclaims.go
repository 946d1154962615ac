package entra

import (
	"strings"

	"gatehouse/internal/tenants"
)

// ownClaims is the payload of a token of ours (RFC 9068), every claim that decides
// anything or is recorded, decoded once.
type ownClaims struct {
	iss, aud, sub, client, software, scope, jti, name string

	exp, nbf, iat   int64
	tid             tenants.TID
	oid, connection tenants.GUID
	agent           tenants.GUID // who acts for itself, in place of oid, connection and acct
	acrs            []string
	acct            account
	has             claimSet
}

func (c *ownClaims) says(s claimSet) bool { return c.has&s == s }

// scopes returns the short names of what was granted, as a list of its own.
func (c *ownClaims) scopes() []string { return strings.Fields(strings.Clone(c.scope)) }

// decodeOwn decodes a payload as strictly as decodeClaims.
func decodeOwn(text string) (c ownClaims, err error) {
	err = read(text, func(s *scanner, name string) error {
		if to := c.text(name); to != nil {
			return s.id(to)
		}
		known, err := c.other(s, name)
		if known || err != nil {
			return err
		}
		if isVariant(name, ownNames) {
			return errVariant
		}
		return s.skip(1)
	})
	return c, err
}

// text returns where a claim that is an identifier goes.
func (c *ownClaims) text(name string) *string {
	switch name {
	case "iss":
		return &c.iss
	case "aud":
		return &c.aud
	case "sub":
		return &c.sub
	case "client_id":
		return &c.client
	case "software":
		return &c.software
	case "scope":
		return &c.scope
	case "jti":
		return &c.jti
	default:
		return nil
	}
}

// other decodes the claims that are no plain identifiers.
func (c *ownClaims) other(s *scanner, name string) (known bool, err error) {
	switch name {
	case "tid":
		err = s.guid(&c.tid.GUID)
	case "oid":
		err = s.guid(&c.oid)
	case "connection":
		err = s.guid(&c.connection)
	case "agent":
		err = s.guid(&c.agent)
	case "exp":
		c.has |= hasExp
		c.exp, err = s.seconds()
	case "nbf":
		c.nbf, err = s.seconds()
	case "iat":
		c.has |= hasIat
		c.iat, err = s.seconds()
	case "name":
		c.name, err = s.str()
	case "acct":
		c.acct, err = s.account()
	case "acrs":
		err = s.array(func() error { return s.appendID(&c.acrs) })
	case "cnf":
		c.has |= hasCnf
		err = s.skip(1)
	default:
		return false, nil
	}
	return true, err
}

var ownNames = []string{
	"iss", "aud", "sub", "client_id", "software", "scope", "jti", "tid", "oid", "connection", "agent", "exp", "nbf", "iat", "name", "acct", "acrs", "cnf",
}
