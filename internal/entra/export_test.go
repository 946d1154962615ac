package entra

import "gatehouse/internal/tenants"

// DecodedForTest is some of what a payload says.
type DecodedForTest struct {
	Iss, Aud, Scp, Name string
	Exp                 int64
	Roles, Acrs         []string
	Nonce               string
	HasOID              bool
}

// DecodeForTest decodes a payload without a signature.
func DecodeForTest(payload string) (DecodedForTest, error) {
	c, err := decodeClaims(payload)
	return DecodedForTest{c.iss, c.aud, c.scp, c.name, c.exp, c.roles, c.acrs, c.nonce, !c.oid.IsZero()}, err
}

// DecodedOwnForTest is some of what a payload of ours says.
type DecodedOwnForTest struct {
	Iss, Aud, Sub, Client, Software, Scope, Name string
	Exp, Iat                                     int64
	Guest                                        bool
	Acrs                                         []string
	HasConnection                                bool
}

// DecodeOwnForTest decodes a payload of ours without a signature.
func DecodeOwnForTest(payload string) (DecodedOwnForTest, error) {
	c, err := decodeOwn(payload)
	return DecodedOwnForTest{
		c.iss, c.aud, c.sub, c.client, c.software, c.scope, c.name, c.exp, c.iat, c.acct == accountGuest, c.acrs, !c.connection.IsZero(),
	}, err
}

// AccessShareForTest is one organization's share of the access-token cache.
const AccessShareForTest = accessShare

// HeldForTest counts the tokens held for an organization.
func (c *TokenClient) HeldForTest(org tenants.ID) int {
	c.cache.mu.Lock()
	defer c.cache.mu.Unlock()
	return len(c.cache.orgs[org])
}

// MaxLinesForTest is how many lines are remembered, RefusalsForTest how many
// refusals of one tenant.
const (
	MaxLinesForTest = maxLines
	RefusalsForTest = refusalsFor
)

// ChanceForTest replaces what makes rests end at random.
func (c *TokenClient) ChanceForTest(chance float64) {
	c.lines.chance = func() float64 { return chance }
}

// LinesForTest counts the lines remembered.
func (c *TokenClient) LinesForTest() int {
	c.lines.mu.Lock()
	defer c.lines.mu.Unlock()
	return len(c.lines.by)
}

// RefusalsHeldForTest counts the refusals remembered.
func (c *TokenClient) RefusalsHeldForTest() int {
	c.guard.mu.Lock()
	defer c.guard.mu.Unlock()
	return c.guard.total
}

// ClassOf is how a refusal of this name and number is read.
func ClassOf(name string, number int) ErrorClass {
	return tokenAnswer{Error: name, Codes: []int{number}}.class(400)
}
