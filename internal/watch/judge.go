package watch

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
)

// The names of facts.
const (
	factEnd      = "ends" // RFC 3339
	factSchedule = "schedule"
	factKind     = "kind"   // of a credential
	factCode     = "code"   // AADSTS number
	factPeople   = "people" // how many
	factOf       = "of"     // of how many
	factSince    = "since"  // RFC 3339
	factName     = "name"
	factTitle    = "title"
	factWhy      = "why"
	factUnused   = "unused" // the source is not there any more
	factLag      = "lag"    // how many records
	factBy       = "by"     // who has granted it
)

// The stages of a credential that ends.
const (
	inThirtyDays = 1 + iota
	inSevenDays
	inOneDay
	ended
)

// federationCodes are the numbers that Entra refuses an assertion with that none of
// the app's federated credentials fits; secretEnded is that of a client secret that
// has expired (Microsoft, "Microsoft Entra authentication and authorization error
// codes").
var federationCodes = []int{70021, 70025, 700211, 700212, 700213}

const secretEnded = 7000222

// sourceGrace is how long a source may fail before anybody is told: it may be
// restarting.
const sourceGrace = 15 * time.Minute

// sinkGrace is how long a sink may fail before anybody is told. Nothing is lost
// meanwhile.
const sinkGrace = 15 * time.Minute

// verdict is what is wrong, of which kinds nobody could tell, and which sources there
// are.
type verdict struct {
	causes  []Cause
	unknown []Kind
	sources map[string]bool
	sinks   map[string]bool
}

func (v *verdict) add(c Cause) { v.causes = append(v.causes, c) }

// judge says what of an organization is worth an alert. Refused is what Entra said
// when it was asked for a token of the app: nil if it gave one.
func judge(o Observed, refused error, now time.Time) verdict {
	v := verdict{sources: map[string]bool{}, sinks: map[string]bool{}}
	v.app(o.Organization, refused)
	v.credential(o.Organization.Connection, now)
	v.people(o)
	for _, s := range o.Sources {
		v.sources[s.ID.String()] = true
		v.source(s, now)
	}
	for _, s := range o.Sinks {
		v.sinks[s.ID.String()] = true
		v.sink(s, now)
	}
	for _, e := range o.Exports {
		v.export(e, now)
	}
	for _, g := range o.BodyGrants {
		v.bodies(g, now)
	}
	return v
}

// app judges what Entra said of the app registration and its credential. Where it
// did not answer properly, what was known stands.
func (v *verdict) app(o tenants.Organization, refused error) {
	if refused == nil {
		return
	}
	e, ok := errors.AsType[*entra.TokenError](refused)
	if !ok || e.Class == entra.Throttled || e.Class == entra.Transient {
		v.unknown = append(v.unknown, AppRefused, FederationBroken)
		return
	}
	if e.Class == entra.Consent { // people's refreshes tell
		return
	}
	facts := Facts{factCode: strconv.Itoa(e.Code), factKind: string(o.Connection.Credential.Kind), factWhy: e.Reason()}
	switch {
	case slices.Contains(federationCodes, e.Code):
		v.add(Cause{Kind: FederationBroken, Subject: o.Connection.ID.String(), Facts: facts})
	case e.Code == secretEnded:
		v.expiring(o.Connection.Credential, ended)
	default:
		v.add(Cause{Kind: AppRefused, Subject: o.Connection.ID.String(), Facts: facts})
	}
}

// credential judges when the credential ends, where that is known.
func (v *verdict) credential(c tenants.Connection, now time.Time) {
	if c.Model != tenants.OwnApp || c.Credential.ExpiresAt.IsZero() {
		return
	}
	const day = 24 * time.Hour
	var stage int
	switch left := c.Credential.ExpiresAt.Sub(now); {
	case left <= 0:
		stage = ended
	case left <= day:
		stage = inOneDay
	case left <= 7*day:
		stage = inSevenDays
	case left <= 30*day:
		stage = inThirtyDays
	default:
		return
	}
	v.expiring(c.Credential, stage)
}

// expiring notices a credential once, at the later of two stages.
func (v *verdict) expiring(c tenants.Credential, stage int) {
	for i := range v.causes {
		if v.causes[i].Kind == CredentialExpiring {
			v.causes[i].Stage = max(v.causes[i].Stage, stage)
			return
		}
	}
	facts := Facts{factKind: string(c.Kind)}
	if !c.ExpiresAt.IsZero() {
		facts[factEnd] = c.ExpiresAt.UTC().Format(time.RFC3339)
	}
	v.add(Cause{Kind: CredentialExpiring, Subject: c.ID.String(), Stage: stage, Facts: facts})
}

// people judges how refreshing memberships goes. Consent is given for everybody: when
// it is gone, all refreshes say so, and what one person has not is not it.
func (v *verdict) people(o Observed) {
	p := o.People
	if o.Organization.Connection.GroupSource != tenants.OnBehalfOf {
		return
	}
	switch {
	case p.Seen == 0:
		v.unknown = append(v.unknown, ConsentWithdrawn)
	case p.Consent*2 >= p.Seen:
		v.add(Cause{Kind: ConsentWithdrawn, Facts: Facts{factPeople: strconv.Itoa(p.Consent), factOf: strconv.Itoa(p.Seen)}})
	}
	if p.Late > 0 && p.Late*10 >= p.Seen {
		v.add(Cause{Kind: MembershipDelayed, Facts: Facts{
			factPeople: strconv.Itoa(p.Late), factOf: strconv.Itoa(p.Seen), factSince: p.Oldest.UTC().Format(time.RFC3339),
		}})
	}
}

// unused reports that an alert is about a source or a sink that is not there any more.
func (v *verdict) unused(a Alert) bool {
	return (a.Kind == SourceFailing || a.Kind == DefinitionsPending) && !v.sources[a.Subject] || a.Kind == SinkFailing && !v.sinks[a.Subject]
}

func (v *verdict) sink(s Sink, now time.Time) {
	if s.Failing == "" || now.Sub(s.Since) < sinkGrace {
		return
	}
	v.add(Cause{Kind: SinkFailing, Subject: s.ID.String(), Facts: Facts{
		factName: s.Name, factWhy: s.Failing, factSince: s.Since.UTC().Format(time.RFC3339), factLag: strconv.FormatInt(s.Lag, 10),
	}})
}

func (v *verdict) source(s Source, now time.Time) {
	facts := Facts{factName: s.Name, factTitle: s.Title}
	if s.Failing != "" && now.Sub(s.Since) >= sourceGrace {
		failing := Facts{factName: s.Name, factTitle: s.Title, factWhy: s.Failing}
		if !s.Since.IsZero() {
			failing[factSince] = s.Since.UTC().Format(time.RFC3339)
		}
		v.add(Cause{Kind: SourceFailing, Subject: s.ID.String(), Facts: failing})
	}
	if s.Pending > 0 {
		facts[factOf] = strconv.Itoa(s.Pending)
		v.add(Cause{Kind: DefinitionsPending, Subject: s.ID.String(), Facts: facts})
	}
}
