package entra

import (
	"errors"
	"strings"
	"unicode/utf8"

	"gatehouse/internal/tenants"
)

// claims is a token's payload: every claim that decides anything or is recorded,
// decoded once.
type claims struct {
	iss, aud, ver, sub, idtyp, idp string
	azp, appid, azpacr, appidacr   string
	uti, sid, parent, nonce        string
	name, preferred, unique, upn   string
	scp, actor, subject            string
	exp, nbf, iat, authTime        int64
	tid                            tenants.TID
	oid                            tenants.GUID
	roles, acrs                    []string
	groups, wids                   []tenants.GUID
	acct                           account
	has                            claimSet
	cp1                            bool
}

// account is the optional claim "acct".
type account uint8

const (
	accountUnsaid account = iota
	accountMember
	accountGuest
)

// claimSet marks claims whose presence matters, whatever their value.
type claimSet uint16

const (
	hasScope claimSet = 1 << iota
	hasGroups
	hasNamedGroups // groups that are not object ids
	hasOverage
	hasCnf
	hasExp
	hasNbf
	hasIat
	hasWIDs
	hasAuthTime
)

func (c *claims) says(s claimSet) bool { return c.has&s == s }

var (
	errVariant = errors.New("has a member whose name differs from a known one by case only")
	errControl = errors.New("has control characters in an identifier")
	errGUID    = errors.New("has an id that is not a GUID")
)

// decodeClaims decodes a payload. A claim it knows must have the type Entra
// gives it; others are read over.
func decodeClaims(text string) (c claims, err error) {
	err = read(text, func(s *scanner, name string) error {
		if to := c.text(name); to != nil {
			return s.id(to)
		}
		known, err := c.other(s, name)
		if known || err != nil {
			return err
		}
		if isVariant(name, claimNames) {
			return errVariant
		}
		return s.skip(1)
	})
	return c, err
}

// text returns where a claim that is an identifier goes.
func (c *claims) text(name string) *string {
	switch name {
	case "iss":
		return &c.iss
	case "aud":
		return &c.aud
	case "ver":
		return &c.ver
	case "sub":
		return &c.sub
	case "idtyp":
		return &c.idtyp
	case "idp":
		return &c.idp
	case "azp":
		return &c.azp
	case "appid":
		return &c.appid
	case "azpacr":
		return &c.azpacr
	case "appidacr":
		return &c.appidacr
	case "uti":
		return &c.uti
	case "sid":
		return &c.sid
	case "nonce":
		return &c.nonce
	case "xms_par_app_azp":
		return &c.parent
	case "xms_act_fct":
		return &c.actor
	case "xms_sub_fct":
		return &c.subject
	default:
		return nil
	}
}

// other decodes the claims that are no plain identifiers.
func (c *claims) other(s *scanner, name string) (known bool, err error) {
	switch name {
	case "tid":
		err = s.guid(&c.tid.GUID)
	case "oid":
		err = s.guid(&c.oid)
	case "scp":
		c.has |= hasScope
		err = s.id(&c.scp)
	case "exp":
		c.has |= hasExp
		c.exp, err = s.seconds()
	case "nbf":
		c.has |= hasNbf
		c.nbf, err = s.seconds()
	case "iat":
		c.has |= hasIat
		c.iat, err = s.seconds()
	case "auth_time":
		c.has |= hasAuthTime
		c.authTime, err = s.seconds()
	case "name":
		c.name, err = s.str()
	case "preferred_username":
		c.preferred, err = s.str()
	case "unique_name":
		c.unique, err = s.str()
	case "upn":
		c.upn, err = s.str()
	case "cnf":
		c.has |= hasCnf
		err = s.skip(1)
	default:
		return c.many(s, name)
	}
	return true, err
}

// many decodes the claims that hold several things, or stand for them.
func (c *claims) many(s *scanner, name string) (known bool, err error) {
	switch name {
	case "roles":
		err = s.array(func() error { return s.appendID(&c.roles) })
	case "acrs": // Microsoft, "Developer guide to Conditional Access authentication context"
		err = s.array(func() error { return s.appendID(&c.acrs) })
	case "wids":
		c.has |= hasWIDs
		err = s.array(func() error { return s.appendGUID(&c.wids) })
	case "groups":
		c.has |= hasGroups
		err = s.array(func() error { return c.group(s) })
	case "hasgroups":
		var yes bool
		if yes, err = s.boolean(); yes {
			c.has |= hasOverage
		}
	case "_claim_names":
		err = s.object(func(s *scanner, name string) error {
			if name == "groups" {
				c.has |= hasOverage
			}
			return s.skip(2)
		})
	case "_claim_sources": // nothing in it is ever followed
		err = s.skip(1)
	case "acct":
		c.acct, err = s.account()
	case "xms_cc":
		err = s.array(func() error { return c.capability(s) })
	default:
		return false, nil
	}
	return true, err
}

// group reads one element of "groups". Organizations can have Entra emit names
// there instead of ids; a name is not evidence of anything.
func (c *claims) group(s *scanner) error {
	text, err := s.str()
	if err != nil {
		return err
	}
	g, err := tenants.ParseGUID(text)
	if err != nil {
		c.has |= hasNamedGroups
		return nil //nolint:nilerr // a name is no error, it is an answer
	}
	if c.groups == nil {
		c.groups = make([]tenants.GUID, 0, 2+strings.Count(s.rest(), `",`))
	}
	c.groups = append(c.groups, g)
	return nil
}

// rest is what remains of the array being read, for an estimate of its length.
func (s *scanner) rest() string {
	text, _, _ := strings.Cut(s.text[s.at:], "]")
	return text
}

func (c *claims) capability(s *scanner) error {
	text, err := s.str()
	c.cp1 = c.cp1 || strings.EqualFold(text, "cp1")
	return err
}

var claimNames = []string{
	"iss", "aud", "ver", "sub", "idtyp", "idp", "azp", "appid", "azpacr", "appidacr", "uti", "sid", "nonce", "auth_time", "acrs",
	"xms_par_app_azp", "xms_act_fct", "xms_sub_fct", "tid", "oid", "scp", "exp", "nbf", "iat", "name",
	"preferred_username", "unique_name", "upn", "cnf", "roles", "wids", "groups", "hasgroups", "_claim_names",
	"_claim_sources", "acct", "xms_cc",
}

// isVariant reports whether a name is one of the known ones to a reader that
// ignores case. A name in plain lower case is not: it would be equal.
func isVariant(name string, known []string) bool {
	plain := true
	for i := range len(name) {
		if c := name[i]; c >= utf8.RuneSelf || c >= 'A' && c <= 'Z' {
			plain = false
			break
		}
	}
	if plain {
		return false
	}
	for _, k := range known {
		if strings.EqualFold(name, k) {
			return true
		}
	}
	return false
}
