package emulator

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/emulator/conditional"
	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/keyring"
	"gatehouse/internal/emulator/seed"
)

// issue is everything an access or ID token is made from.
type issue struct {
	tenant   *directory.Tenant
	client   *directory.App
	ask      *ask
	scopes   []string          // agreed, short names
	who      *directory.Person // nil: the app itself
	auth     clientAuth        // how the client proved itself
	sid      string
	since    time.Time // of the first code or token
	capable  bool      // the client handles claims challenges
	proof    conditional.Proof
	idClaims []string              // claims asked for in the ID token
	endpoint endpointVersion       // which made it
	inURL    bool                  // the authorization endpoint itself issues it, into a URL
	identity *seed.ManagedIdentity // the client is this managed identity
	path     string                // of an exchange token: whom else the client speaks for (fmi_path)
	now      time.Time
}

// inheritance is sealed into "aio", which is opaque to everybody else: it ties a
// token to the person's inheritance number, so that a revocation reaches it.
type inheritance struct {
	User       string
	Generation uint64
	Proof      conditional.Proof // inherited by tokens obtained on the person's behalf
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
		e.personClaims(claims, i, resource, resource.OptionalClaims.AccessToken)
		claims["sub"] = keyring.Pairwise(i.tenant.ID, i.who.ID, resource.ID)
		claims["scp"] = strings.Join(i.permissions(), " ")
		i.signInClaims(claims)
	}
	e.optional(claims, i, resource.OptionalClaims.AccessToken)
	i.workload(claims)
	e.misstated.apply(claims, i)
	key, err := e.keys.Current(i.tenant.ID)
	if err != nil {
		return "", 0, err
	}
	token, err := i.signed(key, e.tokenLane(i.tenant.ID).Text(32), claims)
	return token, life, err
}

// signed makes the token in the form its resource reads; nonce is for the one
// form that has one.
func (i issue) signed(key *keyring.Key, nonce string, claims map[string]any) (string, error) {
	switch {
	case i.ask.resource.ID == seed.MicrosoftGraph:
		if i.who != nil {
			claims["xms_st"] = map[string]any{"sub": keyring.Pairwise(i.tenant.ID, i.who.ID, i.client.ID)}
		}
		return key.SignGraph(nonce, claims)
	case i.ask.resource.RequestedTokenVersion == 2:
		return key.Sign(nil, claims)
	default:
		return key.Sign(map[string]any{"x5t": key.ID}, claims)
	}
}

// common are the claims every token has.
func (e *Emulator) common(i issue, life time.Duration) (map[string]any, error) {
	var of inheritance
	if i.who != nil {
		of = inheritance{i.who.ID, i.who.Generation, i.proof}
	}
	aio, err := e.sealer.Seal(sealedInheritance, of)
	if err != nil {
		return nil, err
	}
	issued, random := i.now.Unix(), e.tokenLane(i.tenant.ID)
	return map[string]any{
		"tid": i.tenant.ID, "iat": issued, "nbf": issued, "exp": issued + int64(life.Seconds()),
		"aio": aio, "rh": "1." + random.Text(30) + ".", "uti": random.Text(16), "xms_ftd": random.Text(32),
	}, nil
}

func (e *Emulator) version2(claims map[string]any, i issue) {
	claims["ver"] = "2.0"
	claims["iss"] = e.issuer(i.tenant.ID)
	claims["aud"] = i.ask.resource.ID
	claims["azp"] = i.client.ID
	claims["azpacr"] = i.auth.String()
	if i.who != nil {
		claims["preferred_username"] = i.who.Username
		claims["name"] = i.who.Name
	}
}

func (e *Emulator) version1(claims map[string]any, i issue) {
	claims["ver"] = "1.0"
	claims["iss"] = e.issuerV1(i.tenant.ID)
	claims["aud"] = i.audience()
	claims["appid"] = i.client.ID
	claims["appidacr"] = i.auth.String()
	if i.who != nil {
		claims["acr"] = "1"
		claims["amr"] = i.proof.Methods()
		claims["unique_name"] = i.who.Username
		if i.who.Member() { // a guest's tokens have none
			claims["upn"] = i.who.Username
		}
		claims["name"] = i.who.Name
		given, family := i.who.Names()
		put(claims, "given_name", given)
		put(claims, "family_name", family)
		claims["ipaddr"] = address
		return
	}
	claims["idp"] = claims["iss"] // tokens of apps only, and v1 only
}

// audience of a v1 token: the resource as the client named it, unless the app
// wants its client id.
func (i issue) audience() string {
	resource := i.ask.resource
	if wants(resource.OptionalClaims.AccessToken, "aud", "use_guid") || resource.ID == seed.MicrosoftGraph || i.ask.named == "" {
		return resource.ID
	}
	return i.ask.named
}

// permissions are the scopes of the token. Graph shows OpenID scopes too.
func (i issue) permissions() []string {
	out := slices.Clone(i.scopes)
	if i.ask.resource.ID == seed.MicrosoftGraph {
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
	claims["oid"], claims["sub"] = i.client.Principal, i.client.Principal
	if roles := i.roles(); len(roles) > 0 {
		claims["roles"] = roles
	}
}

// address is where everybody signs in from.
const address = "127.0.0.1"

// life is how long the token lives: as the tenant's policy says, else 60 to 90
// minutes, always the same for the same person, client and resource.
func (i issue) life() time.Duration {
	if minutes := i.tenant.Settings.TokenMinutes; minutes > 0 {
		return time.Duration(minutes) * time.Minute
	}
	who := i.client.Principal
	if i.who != nil {
		who = i.who.ID
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{i.tenant.ID, who, i.client.ID, i.ask.resource.ID}, "\x00")))
	return time.Hour + time.Duration(binary.BigEndian.Uint32(sum[:])%1800)*time.Second
}
