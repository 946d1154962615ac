package emulator

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// issue is everything an access or ID token is made from.
type issue struct {
	tenant        *tenant
	client        *app
	ask           *ask
	scopes        []string // agreed, short names
	who           *person  // nil: the app itself
	authenticated bool     // the client proved itself
	session       string
	since         time.Time // of the sign-in
	capable       bool      // the client handles claims challenges
	now           time.Time
}

// session is sealed into "aio", which is opaque to everybody else: it ties a
// token to the person's session number, so that a revocation reaches it.
type session struct {
	User       string
	Generation uint64
}

// accessToken makes a token for the resource asked for, in the version that
// resource wants.
func (e *Emulator) accessToken(i issue) (string, time.Duration, error) {
	resource := i.ask.resource
	life := i.life()
	claims, err := e.common(i, life)
	if err != nil {
		return "", 0, err
	}
	if resource.RequestedTokenVersion == 2 {
		e.version2(claims, i)
	} else {
		e.version1(claims, i)
	}
	if i.who == nil {
		i.appClaims(claims)
	} else {
		e.personClaims(claims, i, resource)
		claims["sub"] = pairwise(i.tenant.id, i.who.ID, resource.ID)
		claims["scp"] = strings.Join(i.permissions(), " ")
	}
	e.optional(claims, i, resource.OptionalClaims.AccessToken)
	key, err := e.keys.current()
	if err != nil {
		return "", 0, err
	}
	token, err := i.signed(key, claims)
	return token, life, err
}

// signed makes the token in the form its resource reads.
func (i issue) signed(key *signingKey, claims map[string]any) (string, error) {
	switch {
	case i.ask.resource.ID == MicrosoftGraph:
		if i.who != nil {
			claims["xms_st"] = map[string]any{"sub": pairwise(i.tenant.id, i.who.ID, i.client.ID)}
		}
		return key.signGraph(claims)
	case i.ask.resource.RequestedTokenVersion == 2:
		return key.sign(nil, claims)
	default:
		return key.sign(map[string]any{"x5t": key.kid}, claims)
	}
}

// common are the claims every token has.
func (e *Emulator) common(i issue, life time.Duration) (map[string]any, error) {
	var of session
	if i.who != nil {
		of = session{i.who.ID, i.who.session}
	}
	aio, err := e.sealer.seal(sealedSession, of)
	if err != nil {
		return nil, err
	}
	issued := i.now.Unix()
	return map[string]any{
		"tid": i.tenant.id, "iat": issued, "nbf": issued, "exp": issued + int64(life.Seconds()),
		"aio": aio, "rh": "1." + random(30) + ".", "uti": random(16), "xms_ftd": random(32),
	}, nil
}

func (e *Emulator) version2(claims map[string]any, i issue) {
	claims["ver"] = "2.0"
	claims["iss"] = e.issuer(i.tenant.id)
	claims["aud"] = i.ask.resource.ID
	claims["azp"] = i.client.ID
	claims["azpacr"] = i.proof()
	if i.who != nil {
		claims["preferred_username"] = i.who.Username
		claims["name"] = i.who.Name
	}
}

func (e *Emulator) version1(claims map[string]any, i issue) {
	claims["ver"] = "1.0"
	claims["iss"] = e.issuerV1(i.tenant.id)
	claims["aud"] = i.audience()
	claims["appid"] = i.client.ID
	claims["appidacr"] = i.proof()
	if i.who != nil {
		claims["acr"] = "1"
		claims["amr"] = []string{"pwd"}
		claims["unique_name"] = i.who.Username
		claims["upn"] = i.who.Username
		claims["name"] = i.who.Name
		claims["given_name"], claims["family_name"] = i.who.names()
		claims["ipaddr"] = "127.0.0.1"
	}
}

// audience of a v1 token: the resource as the client named it, unless the app
// wants its client id.
func (i issue) audience() string {
	resource := i.ask.resource
	guid := slices.ContainsFunc(resource.OptionalClaims.AccessToken, func(c OptionalClaim) bool {
		return c.Name == "aud" && slices.Contains(c.Properties, "use_guid")
	})
	if guid || resource.ID == MicrosoftGraph || i.ask.named == "" {
		return resource.ID
	}
	return i.ask.named
}

// proof is how the client proved itself: not at all or with a secret.
func (i issue) proof() string {
	if i.authenticated {
		return "1"
	}
	return "0"
}

// permissions are the scopes of the token. Graph shows OpenID scopes too.
func (i issue) permissions() []string {
	out := slices.Clone(i.scopes)
	if i.ask.resource.ID == MicrosoftGraph {
		for _, scope := range i.ask.openID {
			if scope != "offline_access" && !slices.Contains(out, scope) {
				out = append(out, scope)
			}
		}
	}
	slices.Sort(out)
	return out
}

// appClaims are those of an app acting for itself: oid and sub are its service
// principal's, and there is no scp.
func (i issue) appClaims(claims map[string]any) {
	claims["oid"], claims["sub"] = i.client.principal, i.client.principal
	if roles := i.appRoles(); len(roles) > 0 {
		claims["roles"] = roles
	}
}

// life is how long the token lives: 60 to 90 minutes, always the same for the
// same person, client and resource.
func (i issue) life() time.Duration {
	who := i.client.principal
	if i.who != nil {
		who = i.who.ID
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{i.tenant.id, who, i.client.ID, i.ask.resource.ID}, "\x00")))
	return time.Hour + time.Duration(binary.BigEndian.Uint32(sum[:])%1800)*time.Second
}

// pairwise is the subject one app sees for one person.
func pairwise(tid, oid, app string) string {
	return digest("sub\x00" + tid + "\x00" + oid + "\x00" + app)
}

func newGUID() string { return uuid.NewString() }
