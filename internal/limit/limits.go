package limit

import (
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Config is what a deployment admits. Every field but Closed and Quota is
// required: zero never means unlimited.
type Config struct {
	PerOrganization Rate
	PerCaller       Rate // a person or app
	PerClient       Rate // an AI app within an organization, over all its people
	PerTool         Rate // a tool within an organization, over all its callers
	// MaxConcurrentPerOrganization is how many calls of one organization may
	// be under way in this process.
	MaxConcurrentPerOrganization int
	// MaxConcurrentPerCaller is how many of them may be one caller's, so that
	// nobody can keep all places of an organization busy.
	MaxConcurrentPerCaller int
	// MaxOrganizations and MaxCallers bound what is remembered; each bucket takes
	// about 200 bytes.
	MaxOrganizations, MaxCallers int
	// Quota is how many requests an organization has in a period; the zero Quota
	// is none.
	Quota Quota
	// Closed are the limits that refuse while the other replicas cannot be heard
	// of.
	Closed []Subject
}

// Subject is what a limit is about.
type Subject string

// The subjects.
const (
	Organization Subject = "organization"
	Caller       Subject = "caller"
	Client       Subject = "client"
	Tool         Subject = "tool"
)

// Limits admits and refuses calls. It is safe for concurrent use.
type Limits struct {
	began         time.Time
	organizations *table
	callers       *table
	clients       *table
	tools         *table
	calls         *roomOf // under way
	quotas        *quotas
	own           *meters
	texts         texts
	closed        map[Subject]bool
	sync          *Sync // nil: this replica is the only one
}

// concurrencyRetry is what a caller is told to wait for a free place. Calls end
// when they end; a second is a guess that neither idles nor hammers.
const concurrencyRetry = time.Second

// New returns limits, or an error that names every field that is unusable.
func New(c Config) (*Limits, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	began := time.Now()
	l := &Limits{
		began:         began,
		own:           newMeters(began, c.MaxCallers),
		organizations: newTable("organization", c.PerOrganization, c.MaxOrganizations),
		callers:       newTable("caller", c.PerCaller, c.MaxCallers),
		clients:       newTable("client", c.PerClient, c.MaxCallers),
		tools:         newTable("tool", c.PerTool, c.MaxCallers),
		calls:         newRoomOf(c),
		texts:         textsOf(c),
		closed:        map[Subject]bool{},
	}
	if c.Quota != (Quota{}) {
		l.quotas = newQuotas(c.Quota, c.MaxOrganizations)
	}
	for _, s := range c.Closed {
		l.closed[s] = true
	}
	return l, nil
}

func (c Config) check() error {
	errs := []error{
		c.PerOrganization.check("PerOrganization"),
		c.PerCaller.check("PerCaller"),
		c.PerClient.check("PerClient"),
		c.PerTool.check("PerTool"),
		positive("MaxConcurrentPerOrganization", c.MaxConcurrentPerOrganization),
		positive("MaxConcurrentPerCaller", c.MaxConcurrentPerCaller),
		positive("MaxOrganizations", c.MaxOrganizations),
		positive("MaxCallers", c.MaxCallers),
		c.Quota.check(),
	}
	for _, s := range c.Closed {
		switch s {
		case Organization, Caller, Client, Tool:
		default:
			errs = append(errs, fmt.Errorf("limit: Closed %q is none of organization, caller, client, tool", s))
		}
	}
	return errors.Join(errs...)
}

// Who is whom a request comes from.
type Who struct {
	Org    tenants.ID
	Caller tenants.GUID
	Client string
}

// Acquire admits a request or refuses it with Limited, a sentence that names the
// limit reached, and the time to wait. An admitted one must be released. A caller
// who is over their own limit takes nothing of their client's or organization's,
// and no organization takes anything of another's. It is Unavailable while a
// limit that is to refuse then cannot know what other replicas let in.
func (l *Limits) Acquire(w Who) (Permit, error) {
	if w.Org.IsZero() {
		return Permit{}, errors.New("admit call: there is no organization")
	}
	if err := l.heard(Caller, Client, Organization); err != nil {
		return Permit{}, err
	}
	now := l.now()
	if wait := l.callers.take(key{org: w.Org, id: w.Caller}, now); wait > 0 {
		return Permit{}, fault.New(fault.Limited, l.texts.caller).RetryAfter(wait)
	}
	permit, err := l.calls.enter(w.Org, w.Caller)
	if err != nil {
		return Permit{}, err
	}
	if err := l.shared(w, now); err != nil {
		permit.Release()
		return Permit{}, err
	}
	return permit, nil
}

// shared asks the limits that a caller shares with others.
func (l *Limits) shared(w Who, now int64) error {
	if wait := l.clients.take(key{org: w.Org, name: w.Client}, now); wait > 0 {
		return fault.New(fault.Limited, l.texts.client).RetryAfter(wait)
	}
	if wait := l.organizations.take(key{org: w.Org}, now); wait > 0 {
		return fault.New(fault.Limited, l.texts.organization).RetryAfter(wait)
	}
	if l.quotas != nil {
		return l.quotas.take(w.Org, time.Now())
	}
	return nil
}

// Charge counts a request that was admitted as so many more of its caller, client
// and organization. It refuses nothing: whoever asks for much waits longer before
// they are let in again.
func (l *Limits) Charge(w Who, more int) {
	now := l.now()
	l.callers.charge(key{org: w.Org, id: w.Caller}, now, more)
	l.clients.charge(key{org: w.Org, name: w.Client}, now, more)
	l.organizations.charge(key{org: w.Org}, now, more)
}

// Call is a call that its caller is allowed.
type Call struct {
	Who
	Name string // permission name of what is called
	Own  *Own   // what its organization has decided
}

// AdmitTool admits one call of a tool, or refuses it as Acquire does: by the
// deployment's limit and all that the organization has set, and it counts against
// all of them or none. It is asked once the caller is known to be allowed the
// tool, so that the answer tells nobody of tools they do not see.
func (l *Limits) AdmitTool(c Call) error {
	if err := l.heard(Tool); err != nil {
		return err
	}
	return l.admit(c, l.takeTool)
}

// AdmitOther is AdmitTool for a prompt or a resource, of which a deployment has no
// limit.
func (l *Limits) AdmitOther(c Call) error {
	return l.admit(c, func(Call) error { return nil })
}

// admit asks the limits that the organization has set, and what is asked besides.
func (l *Limits) admit(c Call, besides func(Call) error) error {
	if c.Own == nil {
		return besides(c)
	}
	if err := l.heardOwn(c); err != nil {
		return err
	}
	return l.own.admit(c, besides)
}

func (l *Limits) takeTool(c Call) error {
	if wait := l.tools.take(key{org: c.Org, name: c.Name}, l.now()); wait > 0 {
		return fault.New(fault.Limited, l.texts.tool).RetryAfter(wait)
	}
	return nil
}

// now counts from when the limits were made, so that no step of the wall clock
// lets anybody in or keeps anybody out.
func (l *Limits) now() int64 { return int64(time.Since(l.began)) }

// heard refuses on behalf of limits that do not decide alone.
func (l *Limits) heard(of ...Subject) error {
	if len(l.closed) == 0 || l.sync == nil || l.sync.Fresh() {
		return nil
	}
	for _, s := range of {
		if l.closed[s] {
			return fault.Newf(fault.Unavailable, "the limit per %s cannot be counted at the moment; try again shortly", s).RetryAfter(concurrencyRetry)
		}
	}
	return nil
}

// heardOwn refuses on behalf of the organization's limits that do not decide
// alone.
func (l *Limits) heardOwn(c Call) error {
	if l.sync == nil || l.sync.Fresh() {
		return nil
	}
	for i := range c.Own.rules {
		if r := &c.Own.rules[i]; r.closed && r.covers(c) {
			return fault.New(fault.Unavailable, r.unheard).RetryAfter(concurrencyRetry)
		}
	}
	return nil
}
