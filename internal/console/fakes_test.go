package console_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/audit"
	"gatehouse/internal/audit/usage"
	"gatehouse/internal/authorizations"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/watch"
)

var errNone = fault.New(fault.NotFound, "there is no such thing")

// memory is every store in one, and the other parts beside it.
type memory struct {
	mu          sync.Mutex
	comings     []string // who came in and went, as the log has it
	unrecorded  error    // of that log
	clock       sync.Mutex
	now         time.Time
	orgs        map[tenants.ID]tenants.Organization
	access      map[tenants.ID]access.Configuration
	grants      map[tenants.ID][]tenants.RoleGrant
	former      map[tenants.Grantee]bool // whose last grant was taken away
	sessions    map[[32]byte]kept
	ended       map[[32]byte]bool // sessions that nothing brings back
	oneTime     map[[32]byte]kept
	answers     map[string]answer // by caller and key
	outside     map[[32]byte]outside
	cursors     map[string]cursor
	support     map[tenants.ID][]tenants.SupportAccess
	notices     map[tenants.ID][]tenants.Notice
	connected   map[tenants.ID][]connections.Connection // the last used first
	waiting     map[tenants.ID][]connections.Request
	seen        map[tenants.ID][]connections.Seen // sorted by software
	cutOff      map[tenants.ID][]authz.StandingRevocation
	people      map[string]console.Person // by code
	tokens      map[string]authz.Identity
	offers      map[tenants.GUID][]access.Offered // by source, without what was decided
	states      map[tenants.GUID]access.SourceState
	health      map[tenants.GUID]console.SourceHealth
	secrets     map[tenants.GUID]string // of sources, by the id of the credential
	refreshed   []tenants.GUID
	leftOut     map[access.Definition]string
	clashes     map[string][]tools.Flag // by the names of definitions
	document    map[tenants.ID]json.RawMessage
	ledgers     map[tenants.ID]*ledger
	books       map[tenants.ID]*bodyBook
	members     map[tenants.GUID][]tenants.GUID // by person
	groups      []console.DirectoryGroup
	findable    map[tenants.TID][]console.FoundPerson
	searchers   []console.Person
	noGroups    error // why the directory cannot be asked for them
	visits      []string
	wishes      map[tenants.ID][]tenants.AccessRequest
	used        map[tenants.ID][]usage.Hour
	tooSoon     error             // the answer to every wish
	explained   console.Explained // the answer to every question, if it is about a tool
	questions   []console.Question
	askers      []*console.Person
	puts        []console.NewDocument
	odd         []console.ConfigurationWarning
	wrote       []authz.Caller
	operated    []console.OperatorAct
	tasks       []console.ArchivedTask
	tasksRun    []string
	invited     []tenants.Invitation
	codes       [][32]byte // of the invitations
	approved    []tenants.SlugApproval
	began       []console.SignInRequest
	setups      []console.WantedRegistration
	consents    []console.ConsentAnswer
	holds       map[tenants.ID][]tenants.Hold
	counted     int    // names of the last erasure approved
	lifted      string // why the last hold was
	erasures    map[tenants.ID][]console.ErasureOf
	confirmed   tenants.GUID // who, the last time
	asked       int          // questions about memberships
	broken      error
	found       func()   // after a session was found
	tried       []string // contacts
	noticed     map[tenants.ID][]watch.Noticed
	authorized  map[tenants.ID][]authorizations.Authorization // the last made first
	accessAsked []console.AccessQuestion
	proposed    proposed
	handed      []audit.Event
	unheard     error // HandOut fails with it

	calls    []console.ToolCalling
	callers  []tenants.GUID
	unasked  error         // MemberOf fails with it
	uncalled error         // CallTool fails with it
	unknown  bool          // and does not know how it ended
	lasts    time.Duration // of the last reservation

	graphTokens []string
	confirm     func(console.Person) (console.Person, error) // nil: everybody stays who they are
	confirms    int
	registered  int          // app registrations made
	registering func() error // while one is made
	remembering func(console.Answer) error
}

type kept struct {
	expires    time.Time
	ciphertext []byte
}

type answer struct {
	digest      [32]byte
	reservation tenants.GUID
	answer      console.Answer
}

type outside struct {
	digest      [32]byte
	reservation tenants.GUID
	ciphertext  []byte
}

type cursor struct {
	org              tenants.ID
	binding, payload []byte
}

func (m *memory) at() time.Time { m.clock.Lock(); defer m.clock.Unlock(); return m.now }

func (m *memory) pass(d time.Duration) { m.clock.Lock(); defer m.clock.Unlock(); m.now = m.now.Add(d) }

func (m *memory) OrgBySlug(_ context.Context, slug tenants.Slug) (tenants.ID, error) {
	return m.find(func(o tenants.Organization) bool { return o.Slug == slug })
}

func (m *memory) OrgByTID(_ context.Context, tid tenants.TID) (tenants.ID, error) {
	return m.find(func(o tenants.Organization) bool { return o.TID == tid })
}

func (m *memory) find(is func(tenants.Organization) bool) (tenants.ID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return tenants.ID{}, m.broken
	}
	for id, o := range m.orgs {
		if is(o) {
			return id, nil
		}
	}
	return tenants.ID{}, errNone
}

func (m *memory) Organization(_ context.Context, org tenants.ID) (tenants.Organization, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.orgs[org]
	if !ok {
		return o, errNone
	}
	return o, nil
}

func (m *memory) EditOrganization(_ context.Context, by authz.Caller, _ string, edit func(*tenants.Organization) error) (tenants.Organization, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.orgs[by.Org()]
	if err := errors.Join(edit(&o), o.Validate()); err != nil {
		return o, err
	}
	m.orgs[by.Org()] = o
	m.wrote = append(m.wrote, by)
	return o, nil
}

func (m *memory) Access(_ context.Context, org tenants.ID) (access.Configuration, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.access[org], nil
}

func (m *memory) EditAccess(_ context.Context, by authz.Caller, _ string, edit func(*access.Configuration) error) (access.Configuration, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.access[by.Org()]
	if err := edit(&c); err != nil {
		return c, fmt.Errorf("edit access: %w", err)
	}
	m.access[by.Org()] = c
	m.wrote = append(m.wrote, by)
	return c, nil
}

func (m *memory) RoleGrants(_ context.Context, org tenants.ID) ([]tenants.RoleGrant, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.grants[org], nil
}

func (m *memory) HadRoleGrant(_ context.Context, _ tenants.ID, g tenants.Grantee) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.former[g], nil
}

func (m *memory) EditRoleGrants(_ context.Context, by authz.Caller, _ string, edit func([]tenants.RoleGrant) ([]tenants.RoleGrant, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	after, err := edit(m.grants[by.Org()])
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(after, func(g tenants.RoleGrant) bool { return g.Role == tenants.Owner && g.EndsAt.IsZero() }) {
		return fault.New(fault.Conflict, "the last owner stays")
	}
	for _, g := range m.grants[by.Org()] {
		if !slices.ContainsFunc(after, func(kept tenants.RoleGrant) bool { return kept.Grantee == g.Grantee }) {
			m.former[g.Grantee] = true
		}
	}
	m.grants[by.Org()] = after
	m.wrote = append(m.wrote, by)
	return nil
}

func (m *memory) SaveSession(_ context.Context, hash [32]byte, expires time.Time, ciphertext []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended[hash] {
		return errNone
	}
	m.sessions[hash] = kept{expires, ciphertext}
	return nil
}

func (m *memory) FindSession(_ context.Context, hash [32]byte) ([]byte, time.Time, error) {
	m.mu.Lock()
	k, ok := m.sessions[hash]
	m.mu.Unlock()
	if !ok {
		return nil, time.Time{}, errNone
	}
	if m.found != nil {
		m.found()
	}
	return k.ciphertext, k.expires, nil
}

func (m *memory) TouchSession(_ context.Context, hash [32]byte, expires time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if k, ok := m.sessions[hash]; ok {
		m.sessions[hash] = kept{expires, k.ciphertext}
	}
	return nil
}

func (m *memory) DeleteSession(_ context.Context, hash [32]byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, hash)
	m.ended[hash] = true
	return nil
}

func (m *memory) PutOneTime(_ context.Context, hash [32]byte, expires time.Time, ciphertext []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.oneTime[hash] = kept{expires, ciphertext}
	return nil
}

func (m *memory) TakeOneTime(_ context.Context, hash [32]byte) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.oneTime[hash]
	delete(m.oneTime, hash)
	if !ok || !m.at().Before(k.expires) {
		return nil, errNone
	}
	return k.ciphertext, nil
}

// Encrypt hides the plaintext well enough to see whether it was hidden at all,
// and ties it to its label.
func (*memory) Encrypt(_ context.Context, label string, plaintext []byte) ([]byte, error) {
	tag := sha256.Sum256([]byte(label))
	return append(tag[:], flip(plaintext)...), nil
}

func (*memory) Decrypt(_ context.Context, label string, ciphertext []byte) ([]byte, error) {
	tag := sha256.Sum256([]byte(label))
	if !bytes.HasPrefix(ciphertext, tag[:]) {
		return nil, errors.New("made with another label")
	}
	return flip(ciphertext[32:]), nil
}

func flip(in []byte) []byte {
	out := make([]byte, len(in))
	for i, b := range in {
		out[i] = ^b
	}
	return out
}

func (m *memory) MakeCursor(_ context.Context, org tenants.ID, binding, payload []byte) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := base64.RawURLEncoding.EncodeToString(append(fmt.Appendf(nil, "%050d", len(m.cursors)), payload...)) // as long as a real one
	m.cursors[name] = cursor{org, binding, payload}
	return name, nil
}

func (m *memory) OpenCursor(_ context.Context, org tenants.ID, binding []byte, text string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.cursors[text]
	if !ok || c.org != org || !bytes.Equal(c.binding, binding) {
		return nil, errNone
	}
	return c.payload, nil
}

func (m *memory) Recall(_ context.Context, by authz.Caller, key string, digest [32]byte, lasts time.Duration) (tenants.GUID, console.Answer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lasts = lasts
	name := by.Org().String() + by.Identity().OID.String() + key
	a, ok := m.answers[name]
	switch {
	case !ok:
		a = answer{digest: digest, reservation: tenants.NewGUID()}
		m.answers[name] = a
		return a.reservation, a.answer, nil
	case a.digest != digest || a.answer.Status == 0:
		return tenants.GUID{}, console.Answer{}, fault.New(fault.Conflict, "the key was used for another request, or the request is under way")
	}
	return tenants.GUID{}, a.answer, nil
}

func (m *memory) Remember(_ context.Context, _ authz.Caller, reservation tenants.GUID, given console.Answer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.remembering != nil {
		if err := m.remembering(given); err != nil {
			return err
		}
	}
	for name, a := range m.answers {
		if a.reservation == reservation {
			a.answer = given
			m.answers[name] = a
		}
	}
	return nil
}

func (m *memory) Forget(_ context.Context, _ authz.Caller, reservation tenants.GUID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.answers, func(_ string, a answer) bool { return a.reservation == reservation && a.answer.Status == 0 })
	return nil
}

func (m *memory) RecallOutside(_ context.Context, key, digest [32]byte) (tenants.GUID, []byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.outside[key]
	switch {
	case !ok:
		a = outside{digest: digest, reservation: tenants.NewGUID()}
		m.outside[key] = a
		return a.reservation, nil, nil
	case a.digest != digest || a.ciphertext == nil:
		return tenants.GUID{}, nil, fault.New(fault.Conflict, "the key was used for another request, or the request is under way")
	}
	return tenants.GUID{}, a.ciphertext, nil
}

func (m *memory) RememberOutside(_ context.Context, reservation tenants.GUID, ciphertext []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, a := range m.outside {
		if a.reservation == reservation {
			a.ciphertext = ciphertext
			m.outside[key] = a
		}
	}
	return nil
}

func (m *memory) ForgetOutside(_ context.Context, reservation tenants.GUID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.outside, func(_ [32]byte, a outside) bool { return a.reservation == reservation && a.ciphertext == nil })
	return nil
}

func (m *memory) Notices(_ context.Context, org tenants.ID) ([]tenants.Notice, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.notices[org], nil
}

func (m *memory) DismissNotice(_ context.Context, by authz.Caller, id tenants.GUID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.notices[by.Org()]
	at := slices.IndexFunc(all, func(n tenants.Notice) bool { return n.ID == id })
	if at < 0 {
		return errNone
	}
	if err := all[at].Dismissible(by.Identity().TID, by.Identity().OID); err != nil {
		return err
	}
	m.notices[by.Org()] = slices.Delete(all, at, at+1)
	m.wrote = append(m.wrote, by)
	return nil
}

func (m *memory) Connections(_ context.Context, org tenants.ID, f connections.Filter) (found []connections.Connection, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.connected[org]
	if !f.After.IsZero() {
		at := slices.IndexFunc(all, func(c connections.Connection) bool { return c.ID == f.After })
		if at < 0 {
			return nil, errNone
		}
		all = all[at+1:]
	}
	for _, c := range all {
		if len(found) < f.Most && (f.Person.IsZero() || c.Person.OID == f.Person) {
			found = append(found, c)
		}
	}
	return found, nil
}

func (m *memory) Connection(_ context.Context, org tenants.ID, id tenants.GUID) (connections.Connection, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.connected[org] {
		if c.ID == id {
			return c, nil
		}
	}
	return connections.Connection{}, errNone
}

func (m *memory) Disconnect(_ context.Context, by authz.Caller, id tenants.GUID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.connected[by.Org()]
	at := slices.IndexFunc(all, func(c connections.Connection) bool { return c.ID == id })
	if at < 0 {
		return errNone
	}
	m.connected[by.Org()] = slices.Delete(all, at, at+1)
	m.wrote = append(m.wrote, by)
	return nil
}

// stored is memory as a store, in which revoking is another thing.
type stored struct{ *memory }

func (m stored) Revoke(_ context.Context, by authz.Caller, r authz.Revocation) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.Kind == authz.RevokeConnection {
		all := m.connected[by.Org()]
		at := slices.IndexFunc(all, func(c connections.Connection) bool { return c.ID.String() == r.Subject })
		if at < 0 {
			return errNone
		}
		m.connected[by.Org()] = slices.Delete(all, at, at+1)
	}
	id := by.Identity()
	m.cutOff[by.Org()] = append(m.cutOff[by.Org()], authz.StandingRevocation{
		Revocation: r, By: authz.Revoker{OID: id.OID, Kind: id.Kind.String(), Name: id.Name}, MadeAt: r.NotBefore.Add(-authz.CutAhead),
	})
	m.wrote = append(m.wrote, by)
	return nil
}

func (m *memory) Revocations(_ context.Context, org tenants.ID) ([]authz.StandingRevocation, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.cutOff[org]), m.broken
}

func (m *memory) PersonCutOff(_ context.Context, org tenants.ID, person tenants.GUID, since time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.ContainsFunc(m.cutOff[org], func(r authz.StandingRevocation) bool {
		return since.Before(r.NotBefore) && (r.Kind == authz.RevokeOrganization || r.Kind == authz.RevokePerson && r.Subject == person.String())
	}), nil
}

func (m *memory) SourceAuthorizations(_ context.Context, org tenants.ID, f authorizations.Filter) (found []authorizations.Authorization, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.authorized[org]
	if !f.After.IsZero() {
		at := slices.IndexFunc(all, func(a authorizations.Authorization) bool { return a.ID == f.After })
		if at < 0 {
			return nil, errNone
		}
		all = all[at+1:]
	}
	for _, a := range all {
		if len(found) < f.Most && (f.Person.IsZero() || a.Person.OID == f.Person) && (f.Source.IsZero() || a.Source == f.Source) {
			found = append(found, a)
		}
	}
	return found, nil
}

func (m *memory) Revoke(_ context.Context, by authz.Caller, r authorizations.Revoking) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.authorized[by.Org()]
	at := slices.IndexFunc(all, func(a authorizations.Authorization) bool {
		return a.ID == r.ID && (r.Person.IsZero() || a.Person.OID == r.Person)
	})
	if at < 0 {
		return errNone
	}
	m.authorized[by.Org()] = slices.Delete(all, at, at+1)
	m.wrote = append(m.wrote, by)
	return nil
}

func (m *memory) Requests(_ context.Context, org tenants.ID) ([]connections.Request, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.waiting[org], nil
}

func (m *memory) SeenSoftware(_ context.Context, org tenants.ID, after string, most int) ([]connections.Seen, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := slices.DeleteFunc(slices.Clone(m.seen[org]), func(s connections.Seen) bool { return s.Software <= after })
	return all[:min(most, len(all))], nil
}

func (m *memory) Dismiss(_ context.Context, by authz.Caller, software string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.waiting[by.Org()]
	at := slices.IndexFunc(all, func(r connections.Request) bool { return r.Software == software })
	if at < 0 {
		return errNone
	}
	m.waiting[by.Org()] = slices.Delete(all, at, at+1)
	m.wrote = append(m.wrote, by)
	return nil
}

func (m *memory) VerifyToken(_ context.Context, token string) (authz.Identity, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id, ok := m.tokens[token]
	if !ok {
		return id, fault.New(fault.Unauthenticated, "The signature of the token is wrong. Sign in again.")
	}
	return id, nil
}

func (m *memory) Tools() []tools.Selection {
	return []tools.Selection{{Name: "dice", Effect: tools.Read}, {Name: "whoami", Effect: tools.Read}}
}

func (m *memory) Definition(name string) []byte {
	if name != "dice" && name != "whoami" {
		return nil
	}
	return []byte(`{"name":"` + name + `","inputSchema":{"type":"object"}}`)
}

// Offers joins what a source offers with what was decided about it.
func (m *memory) Offers(_ context.Context, org tenants.ID, source tenants.GUID) ([]access.Offered, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !slices.ContainsFunc(m.access[org].Sources, func(s tools.Source) bool { return s.ID == source }) {
		return nil, errNone
	}
	all := slices.Clone(m.offers[source])
	for _, a := range m.access[org].Approvals {
		if a.Source != source {
			continue
		}
		at := slices.IndexFunc(all, func(o access.Offered) bool { return o.Offer.Kind == a.Kind && o.Offer.Name == a.Name })
		if at < 0 {
			at = len(all)
			all = append(all, access.Offered{Source: source, Offer: tools.Offer{Kind: a.Kind, Name: a.Name}})
		}
		all[at].Approved = &a
	}
	return all, nil
}

func (m *memory) SourceStates(context.Context, tenants.ID) (map[tenants.GUID]access.SourceState, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.states), nil
}

func (m *memory) Refresh(_ context.Context, by authz.Caller, source tenants.GUID) (access.Refreshed, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refreshed, m.wrote = append(m.refreshed, source), append(m.wrote, by)
	return access.Refreshed{At: m.at(), Offered: len(m.offers[source]), Changed: true, New: []access.Named{{Kind: tools.KindTool, Name: "search"}}}, m.broken
}

func (m *memory) EncryptSourceSecret(_ context.Context, _ tenants.ID, credential tenants.GUID, secret string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.secrets[credential] = secret
	return flip([]byte(secret)), nil
}

func (m *memory) LeftOut(context.Context, tenants.ID, tenants.GUID) (map[access.Definition]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.leftOut), nil
}

func (m *memory) Clashes(_ context.Context, _ tenants.ID, _ tools.Source, of []tools.Offer) ([][]tools.Flag, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([][]tools.Flag, len(of))
	for i, o := range of {
		out[i] = m.clashes[o.Name]
	}
	return out, nil
}

func (m *memory) SourceHealth(_ context.Context, _ tenants.ID, source tenants.GUID) (console.SourceHealth, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.health[source], nil
}

func (m *memory) MemberOf(_ context.Context, p console.Person, groups []tenants.GUID) ([]tenants.GUID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	if m.unasked != nil {
		return nil, m.unasked
	}
	return slices.DeleteFunc(slices.Clone(groups), func(g tenants.GUID) bool { return !slices.Contains(m.members[p.OID], g) }), nil
}

func (m *memory) SearchGroups(_ context.Context, _ console.Person, text string, limit int) (found []console.FoundGroup, err error) {
	for _, g := range m.groups {
		if strings.HasPrefix(g.Name, text) && len(found) < limit {
			found = append(found, console.FoundGroup{ID: g.ID, Name: g.Name, Kind: console.SecurityGroup, Synced: true})
		}
	}
	return found, m.noGroups
}

func (m *memory) SearchPeople(_ context.Context, p console.Person, text string, limit int) (found []console.FoundPerson, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.searchers = append(m.searchers, p)
	for _, one := range m.findable[p.TID] {
		if strings.HasPrefix(one.Name, text) && len(found) < limit {
			found = append(found, one)
		}
	}
	return found, m.noGroups
}

func (m *memory) CountPeople(_ context.Context, _ console.Person, group tenants.GUID) (n int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, groups := range m.members {
		if slices.Contains(groups, group) {
			n++
		}
	}
	return n, m.noGroups
}

func (m *memory) Groups(_ context.Context, _ console.Person, ids []tenants.GUID) ([]console.DirectoryGroup, error) {
	if m.noGroups != nil {
		return nil, m.noGroups
	}
	return slices.DeleteFunc(slices.Clone(m.groups), func(g console.DirectoryGroup) bool { return !slices.Contains(ids, g.ID) }), nil
}

func (m *memory) Explain(_ context.Context, _ tenants.ID, asker *console.Person, q console.Question) (console.Explained, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.questions, m.askers = append(m.questions, q), append(m.askers, asker)
	if m.explained.Tool != "" {
		return m.explained, nil
	}
	return console.Explained{Explanation: authz.Explanation{Tool: q.Tool, At: m.at()}}, nil
}

func (m *memory) CallTool(_ context.Context, _ tenants.Organization, p console.Person, c console.ToolCalling) (console.ToolCalled, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls, m.callers = append(m.calls, c), append(m.callers, p.OID)
	return console.ToolCalled{Record: "r1", Unknown: m.unknown, Result: []byte("{\"content\":[{\"type\":\"text\",\"text\":\"paid \u202e\"}]}")}, m.uncalled
}

func (m *memory) Document(_ context.Context, org tenants.ID, _ tenants.Role) (json.RawMessage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.document[org], nil
}

func (m *memory) PutDocument(_ context.Context, by authz.Caller, p console.NewDocument, check func(json.RawMessage) error) (console.AppliedConfiguration, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.puts = append(m.puts, p)
	if err := check(m.document[by.Org()]); err != nil {
		return console.AppliedConfiguration{}, err
	}
	if !p.DryRun {
		m.document[by.Org()] = p.Document
		m.wrote = append(m.wrote, by)
	}
	return console.AppliedConfiguration{Configuration: console.OrganizationDocument(p.Document), Warnings: m.odd}, nil
}

func (m *memory) Claim(_ context.Context, p console.Person, n console.Claim) (console.Claimed, error) {
	slug, err := tenants.ParseSlug(n.Slug)
	if err != nil {
		return console.Claimed{}, err
	}
	if _, err := m.OrgByTID(context.Background(), p.TID); err == nil {
		return console.Claimed{}, fault.New(fault.Conflict, "the directory is registered already")
	}
	o := tenants.Organization{ID: tenants.NewID(), Slug: slug, Name: n.Name, TID: p.TID, State: tenants.Pending}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.orgs[o.ID] = o
	return console.Claimed{Organization: o}, nil
}

func (m *memory) Recover(_ context.Context, p console.Person) (tenants.Organization, error) {
	org, err := m.OrgByTID(context.Background(), p.TID)
	if err != nil {
		return tenants.Organization{}, err
	}
	return m.Organization(context.Background(), org)
}

func (m *memory) Onboarding(context.Context, console.Actor) (console.OnboardingState, error) {
	return console.OnboardingState{Step: "done"}, nil
}

func (m *memory) Check(_ context.Context, _ console.Actor, graphToken string) (onboarding.Report, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.graphTokens = append(m.graphTokens, graphToken)
	return onboarding.Report{At: m.at(), Findings: []onboarding.Finding{{ID: "x", Severity: onboarding.Info}}}, nil
}

func (m *memory) Activate(ctx context.Context, by authz.Caller) (tenants.Organization, error) {
	return m.EditOrganization(ctx, by, "activated", func(o *tenants.Organization) error {
		o.State = tenants.Active
		return nil
	})
}

func (m *memory) ConsentPage(_ context.Context, by authz.Caller, state, redirect string) (console.ConsentPage, error) {
	if m.orgs[by.Org()].Connection.Model == tenants.OwnApp {
		return console.ConsentPage{URL: "https://entra.example/permissions"}, nil
	}
	return console.ConsentPage{URL: "https://login.example/adminconsent?state=" + state + "&redirect_uri=" + redirect, Back: true}, nil
}

func (m *memory) Consented(_ context.Context, by console.Actor, a console.ConsentAnswer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.consents, m.wrote = append(m.consents, a), append(m.wrote, by.Caller)
	return nil
}

func (m *memory) Connect(ctx context.Context, by authz.Caller, n console.ConnectionSettings, check func(tenants.Connection) error) (tenants.Connection, error) {
	o, err := m.EditOrganization(ctx, by, "connected", func(o *tenants.Organization) error {
		if err := check(o.Connection); err != nil {
			return err
		}
		o.Connection.ClientID = n.ClientID
		if n.Scope != "" && strings.ContainsAny(n.Scope, " /") {
			return fault.Newf(fault.Invalid, "scope: %q must be a short name", n.Scope)
		}
		return nil
	})
	return o.Connection, err
}

func (m *memory) PutCredential(ctx context.Context, by authz.Caller, n console.NewCredential, check func(tenants.Connection) error) (tenants.Connection, error) {
	if err := tenants.CheckCredential(tenants.OwnApp, n.Kind); err != nil {
		return tenants.Connection{}, err
	}
	o, err := m.EditOrganization(ctx, by, "credential put", func(o *tenants.Organization) error {
		if err := check(o.Connection); err != nil {
			return err
		}
		if n.Certificate != "" {
			return fault.Newf(fault.Invalid, "certificate: %.20s is no PEM", n.Certificate)
		}
		o.Connection.Credential = tenants.Credential{ID: tenants.NewGUID(), Kind: n.Kind, CreatedAt: m.at()}
		return nil
	})
	return o.Connection, err
}

func (m *memory) Setup(_ context.Context, _ tenants.ID, w console.WantedRegistration) (console.Setup, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.setups = append(m.setups, w)
	return console.Setup{Snippets: []console.SetupSnippet{{Tool: "az", Text: "az ad app create"}}}, nil
}

func (m *memory) CreateRegistration(context.Context, console.Actor, console.WantedRegistration) (console.Registration, error) {
	m.mu.Lock()
	m.registered++
	registering := m.registering
	m.mu.Unlock()
	if registering != nil {
		if err := registering(); err != nil {
			return console.Registration{}, err
		}
	}
	return console.Registration{ClientID: tenants.NewGUID(), ObjectID: tenants.NewGUID()}, nil
}

func (m *memory) AddInvitation(_ context.Context, by tenants.Operator, i tenants.Invitation, code [32]byte) (tenants.Invitation, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i.By, i.CreatedAt = by, m.at()
	m.invited, m.codes = append(m.invited, i), append(m.codes, code)
	m.wrote = append(m.wrote, authz.Caller{})
	return i, nil
}

func (m *memory) Invitations(context.Context) ([]tenants.Invitation, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.invited), nil
}

func (m *memory) DeleteInvitation(_ context.Context, id tenants.GUID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := len(m.invited)
	m.invited = slices.DeleteFunc(m.invited, func(i tenants.Invitation) bool { return i.ID == id })
	if len(m.invited) == before {
		return errNone
	}
	m.wrote = append(m.wrote, authz.Caller{})
	return nil
}

func (m *memory) ApproveSlug(_ context.Context, by tenants.Operator, tid tenants.TID, slug tenants.Slug) (tenants.SlugApproval, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := tenants.SlugApproval{Slug: slug, TID: tid, By: by, ApprovedAt: m.at()}
	m.approved = append(m.approved, a)
	m.wrote = append(m.wrote, authz.Caller{})
	return a, nil
}

func (m *memory) SlugApprovals(context.Context) ([]tenants.SlugApproval, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.approved), nil
}

func (m *memory) DeleteSlugApproval(_ context.Context, slug tenants.Slug) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := len(m.approved)
	m.approved = slices.DeleteFunc(m.approved, func(a tenants.SlugApproval) bool { return a.Slug == slug })
	if len(m.approved) == before {
		return errNone
	}
	m.wrote = append(m.wrote, authz.Caller{})
	return nil
}

func (m *memory) Organizations(context.Context) ([]console.OperatedOrganization, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []console.OperatedOrganization
	for _, o := range m.orgs {
		all = append(all, console.OperatedOrganization{ID: o.ID, Slug: o.Slug.String(), State: o.State})
	}
	return all, nil
}

func (m *memory) SetState(_ context.Context, by authz.Caller, act console.OperatorAct) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.orgs[by.Org()]
	if !ok {
		return errNone
	}
	o.State = act.To
	m.orgs[by.Org()], m.wrote = o, append(m.wrote, by)
	m.operated = append(m.operated, act)
	return nil
}

func (m *memory) RequestSupport(_ context.Context, by authz.Caller, id tenants.GUID, reason string) (tenants.SupportAccess, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	who := by.Identity()
	s := tenants.SupportAccess{ID: id, Operator: tenants.Operator{TID: who.TID, OID: who.OID, Name: who.Name}, Reason: reason, RequestedAt: m.at()}
	if _, ok := m.orgs[by.Org()]; !ok {
		return s, errNone
	}
	m.support[by.Org()] = append(m.support[by.Org()], s)
	return s, nil
}

func (m *memory) SupportAccesses(_ context.Context, org tenants.ID) ([]tenants.SupportAccess, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.support[org], nil
}

func (m *memory) ApproveSupport(_ context.Context, by authz.Caller, id tenants.GUID, lasts time.Duration) (tenants.SupportAccess, error) {
	return m.decideSupport(by, id, func(s *tenants.SupportAccess) error {
		return s.Approve(tenants.Approval{By: tenants.Person{OID: by.Identity().OID, Name: by.Identity().Name}, At: m.at(), Lasts: lasts})
	})
}

func (m *memory) RevokeSupport(_ context.Context, by authz.Caller, id tenants.GUID) (tenants.SupportAccess, error) {
	return m.decideSupport(by, id, func(s *tenants.SupportAccess) error {
		s.Revoke(m.at())
		return nil
	})
}

func (m *memory) decideSupport(by authz.Caller, id tenants.GUID, decide func(*tenants.SupportAccess) error) (tenants.SupportAccess, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.support[by.Org()] {
		if s := &m.support[by.Org()][i]; s.ID == id {
			m.wrote = append(m.wrote, by)
			err := decide(s)
			return *s, err
		}
	}
	return tenants.SupportAccess{}, errNone
}

func (m *memory) RecordRefusal(_ context.Context, _ authz.Caller, operation string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.visits = append(m.visits, "refused "+operation)
	return m.broken
}

func (m *memory) RecordVisit(_ context.Context, _ authz.Caller, operation string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.visits = append(m.visits, operation)
	return nil
}

func (m *memory) Begin(_ context.Context, r console.SignInRequest) (string, []byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.began = append(m.began, r)
	return "https://login.example/authorize?state=" + r.State, []byte("verifier of " + r.State), nil
}

func (m *memory) Finish(_ context.Context, code string, secret []byte) (console.Person, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.people[code]
	if !ok || !strings.HasPrefix(string(secret), "verifier of ") {
		return p, fault.New(fault.Forbidden, "The sign-in was not accepted.")
	}
	return p, nil
}

func (m *memory) Confirm(_ context.Context, p console.Person) (console.Person, error) {
	m.mu.Lock()
	m.confirms++
	confirm := m.confirm
	m.mu.Unlock()
	if confirm == nil {
		return p, nil
	}
	return confirm(p)
}
