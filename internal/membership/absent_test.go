package membership_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/entra"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

// absence is a world in which alice has shown a token and gone away: whatever is
// learned from then on, a Refresher learns.
type absence struct {
	*world
	*membership.Refresher
	q    membership.Question
	more []string // scopes that are asked for besides
}

func newAbsence(t *testing.T) *absence {
	t.Helper()
	a := &absence{world: newWorld(t, membership.Scopes...)}
	a.q = a.signIn(t, "alice@contoso.example")
	a.seen(t, a.q)
	a.Refresher = a.refresher(t)
	if got := a.refresh(t); got.Result != membership.Changed {
		t.Fatalf("at first: %+v", got)
	}
	return a
}

func (a *absence) refresher(t *testing.T) *membership.Refresher {
	t.Helper()
	r, err := membership.NewRefresher(membership.RefresherOptions{
		Graph: map[tenants.Cloud]membership.Graph{tenants.PublicCloud: a.asks}, Directory: map[tenants.Cloud]membership.Directory{tenants.PublicCloud: &roster{}}, Apps: &registrations{}, Holdings: a, Store: a.store, Now: a.clock,
		Logger: slog.New(slog.NewTextHandler(a.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Held satisfies membership.Holdings with the real token client.
func (a *absence) Held(ctx context.Context, v membership.View, person tenants.GUID) ([]membership.Held, error) {
	kept, err := a.store.KeptTokens(ctx, v.Organization.ID, person)
	var all []membership.Held
	for _, k := range kept {
		all = append(all, membership.Held{
			Redeem: func(ctx context.Context, claims string) (string, error) {
				token, err := a.client.OnBehalfOf(ctx, entra.Exchange{
					Organization: v.Organization, Authority: a.auth, Credential: v.Credential, Scopes: append(a.scopes(), a.more...), Challenge: claims, Anew: true,
					Identity: authz.Identity{Org: v.Organization.ID, TID: v.Organization.TID, OID: person, Kind: authz.User, Delegated: true},
					Kept: &entra.Kept{
						For: person,
						Take: func(context.Context) (entra.RefreshToken, error) {
							return entra.NewRefreshToken(string(k.Ciphertext)), nil
						},
						Put: func(context.Context, entra.RefreshToken) {},
					},
				})
				return token.Reveal(), err
			},
			Drop: func(ctx context.Context) error { return a.store.DropToken(ctx, authz.Caller{}, k) },
		})
	}
	return all, err
}

func (a *absence) view() membership.View {
	return membership.View{Organization: a.org, Credential: a.q.Credential, Mapped: a.groups}
}

// refresh waits until alice is due and refreshes.
func (a *absence) refresh(t *testing.T) membership.Outcome {
	t.Helper()
	if wait := a.record().DueAt.Sub(a.clock()); wait > 0 {
		a.advance(wait)
	}
	out, err := a.Refresh(t.Context(), a.view(), alice)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (a *absence) record() membership.Record {
	a.store.mu.Lock()
	defer a.store.mu.Unlock()
	return a.store.records[alice]
}

func (a *absence) tokenRequests() int { return a.requests("/oauth2/v2.0/token") }

func TestRealRemovalIsLearnedInTheirAbsence(t *testing.T) {
	t.Parallel()
	a := newAbsence(t)
	if err := a.emulator.SetMembers(contoso, "Finance", nil, []string{alice.String()}); err != nil {
		t.Fatal(err)
	}
	checks := a.requests("/me/checkMemberGroups")
	if got := a.refresh(t); got.Result != membership.Changed || got.Next.After(a.clock().Add(soft*8/10)) {
		t.Fatalf("%+v", got)
	}
	if n := a.requests("/me/checkMemberGroups") - checks; n != 1 {
		t.Errorf("Graph was asked %d times", n)
	}
	a.Forget(a.org.ID, alice)
	at := a.clock()
	newer := a.q // Entra has not heard of it either
	newer.Identity.IssuedAt = a.clock().Add(time.Minute)
	for _, q := range []membership.Question{a.q, newer} {
		m, _ := a.ask(t, q)
		expect(t, m, finance, authz.NotMember, authz.SourceGraph, at)
		expect(t, m, staff, authz.NotMember, authz.SourceGraph, at)
	}
	if got := a.refresh(t); got.Result != membership.Unchanged {
		t.Errorf("nothing has changed since: %+v", got)
	}
	if len(a.store.lost) != 0 {
		t.Errorf("who left a group is cut off: %v", a.store.lost)
	}
}

func TestRealNestedRemovalIsLearnedInTheirAbsence(t *testing.T) {
	t.Parallel()
	a := newAbsence(t)
	if err := a.emulator.SetMembers(contoso, "Staff", nil, []string{finance.String()}); err != nil {
		t.Fatal(err)
	}
	if got := a.refresh(t); got.Result != membership.Changed {
		t.Fatalf("%+v", got)
	}
	a.Forget(a.org.ID, alice)
	m, _ := a.ask(t, a.q)
	expect(t, m, staff, authz.NotMember, authz.SourceGraph, a.clock())
	expect(t, m, finance, authz.Member, authz.SourceGraph, a.clock())
}

func TestRealPersonWhomEntraDisownsIsCutOff(t *testing.T) {
	t.Parallel()
	no, yes := false, true
	for name, row := range map[string]struct {
		change emulator.UserChange
		why    string
	}{
		"disabled":         {emulator.UserChange{Enabled: &no}, "the account is disabled (AADSTS50057)"},
		"deleted":          {emulator.UserChange{Deleted: &yes}, "the account does not exist any more (AADSTS50034)"},
		"sessions revoked": {emulator.UserChange{Revoke: true}, "the sessions were revoked or the password changed (AADSTS50173)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAbsence(t)
			a.advance(time.Second)
			if err := a.emulator.SetUser(contoso, alice.String(), row.change); err != nil {
				t.Fatal(err)
			}
			got := a.refresh(t)
			if got.Result != membership.CutOff || !got.Next.IsZero() {
				t.Fatalf("%+v", got)
			}
			if len(a.store.lost) != 1 || !strings.Contains(a.store.lost[0], row.why) || a.store.by.Identity().Name != "membership refresh" {
				t.Errorf("by %s: %q", a.store.by.Identity().Name, a.store.lost)
			}
			if !a.record().DueAt.IsZero() || len(a.store.kept) != 0 {
				t.Errorf("due at %s with %d tokens kept", a.record().DueAt, len(a.store.kept))
			}
		})
	}
}

// TestRealTroubleLeavesTheRecordAsItIs, and whoever it is about as they are.
func TestRealTroubleLeavesTheRecordAsItIs(t *testing.T) {
	t.Parallel()
	const seconds = time.Second
	policy := func(require string) func(*absence) error {
		return func(a *absence) error {
			return a.emulator.SetPolicy(contoso, seed.Policy{
				ID: "c0000000-0000-4000-8000-0000000000f1", Name: "No Graph", Users: []string{alice.String()}, Resources: []string{seed.MicrosoftGraph}, Require: require,
			})
		}
	}
	broken := func(f emulator.Fault) func(*absence) error {
		return func(a *absence) error { return a.emulator.SetFault(f) }
	}
	for name, row := range map[string]struct {
		trouble  func(*absence) error
		class    entra.ErrorClass
		min, max time.Duration
	}{
		"Graph is down":        {broken(emulator.Fault{Endpoint: emulator.EndpointGraph, Outage: true}), entra.Transient, 9 * seconds, 10 * seconds},
		"Graph throttles":      {broken(emulator.Fault{Endpoint: emulator.EndpointGraph, Status: 429, RetryAfter: 77 * seconds}), entra.Throttled, 77 * seconds, 77 * seconds},
		"Graph fails":          {broken(emulator.Fault{Endpoint: emulator.EndpointGraph, Status: 500}), entra.Transient, 9 * seconds, 10 * seconds},
		"Entra is down":        {broken(emulator.Fault{Endpoint: emulator.EndpointToken, Outage: true}), entra.Transient, 9 * seconds, 10 * seconds},
		"consent is withdrawn": {broken(emulator.Fault{Endpoint: emulator.EndpointToken, Code: 65001}), entra.Consent, soft * 36 / 10, soft * 4},
		"a loop":               {broken(emulator.Fault{Endpoint: emulator.EndpointToken, Code: 50196}), entra.Throttled, 5 * 60 * seconds, 5 * 60 * seconds},
		"not assigned":         {broken(emulator.Fault{Endpoint: emulator.EndpointToken, Code: 50105}), entra.Blocked, soft * 36 / 10, soft * 4},
		"the secret expired":   {broken(emulator.Fault{Endpoint: emulator.EndpointToken, Code: 7000222}), entra.Misconfigured, 10 * seconds, 10 * seconds},
		"nobody consents": {func(a *absence) error {
			a.more = []string{a.auth.DelegatedGraphScope("Mail.Read")}
			return nil
		}, entra.Consent, soft * 36 / 10, soft * 4},
		"access is blocked": {policy("block"), entra.Blocked, soft * 36 / 10, soft * 4},
		"a second factor":   {policy("mfa"), entra.Interaction, soft * 36 / 10, soft * 4},
		"the secret is wrong": {func(a *absence) (err error) {
			a.q.Credential, err = entra.SecretCredential(entra.NewSecret("of yesterday"))
			return err
		}, entra.Misconfigured, 10 * seconds, 10 * seconds},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAbsence(t)
			before := a.record()
			if err := row.trouble(a); err != nil {
				t.Fatal(err)
			}
			got := a.refresh(t)
			if got.Result != membership.Delayed || got.Class != string(row.class) || got.Cause == nil {
				t.Fatalf("%+v", got)
			}
			if wait := got.Next.Sub(a.clock()); wait < row.min || wait > row.max {
				t.Errorf("put off for %s", wait)
			}
			after := a.record()
			if !after.AskedAt.Equal(before.AskedAt) || after.Answers[finance] != authz.Member || after.Failure != string(row.class) || after.Failures != 1 || !after.DueAt.Equal(got.Next) {
				t.Errorf("%+v", after)
			}
			refused, said := errors.AsType[*entra.TokenError](got.Cause)
			if f := a.store.failures[len(a.store.failures)-1]; f.Class != string(row.class) || said && (f.Code != refused.Code || f.Trace != refused.TraceID || f.Correlation != refused.CorrelationID) {
				t.Errorf("noted: %+v, of %v", f, got.Cause)
			}
			if len(a.store.lost) != 0 || len(a.store.kept) != 1 {
				t.Errorf("cut off %q, %d tokens kept", a.store.lost, len(a.store.kept))
			}
		})
	}
}

func TestRealRefreshIsDoneOnceHoweverManyTry(t *testing.T) {
	t.Parallel()
	a := newAbsence(t)
	a.advance(soft)
	tokens, checks := a.tokenRequests(), a.requests("/me/checkMemberGroups")
	other := a.refresher(t)
	var wg sync.WaitGroup
	results := make(chan membership.Result, 20)
	for i := range cap(results) {
		wg.Go(func() {
			by := a.Refresher
			if i%2 == 0 {
				by = other
			}
			out, err := by.Refresh(t.Context(), a.view(), alice)
			if err != nil {
				t.Error(err)
			}
			results <- out.Result
		})
	}
	wg.Wait()
	close(results)
	done := 0
	for r := range results {
		if r != membership.NotDue {
			done++
		}
	}
	if done != 1 || a.tokenRequests()-tokens != 1 || a.requests("/me/checkMemberGroups")-checks != 1 {
		t.Errorf("%d did it with %d tokens and %d checks", done, a.tokenRequests()-tokens, a.requests("/me/checkMemberGroups")-checks)
	}
}

// TestRealChallengeIsAnsweredOrWaitedOut: what Graph wants to see a token can have, or
// only somebody at a browser can show.
func TestRealChallengeIsAnsweredOrWaitedOut(t *testing.T) {
	t.Parallel()
	a := newAbsence(t)
	if err := a.emulator.SetPolicy(contoso, seed.Policy{
		ID: "c0000000-0000-4000-8000-0000000000f2", Name: "Step up", AuthContext: "c1", Require: "mfa",
	}); err != nil {
		t.Fatal(err)
	}
	if err := a.emulator.SetChallenge("/v1.0/me", "c1"); err != nil {
		t.Fatal(err)
	}
	if got := a.refresh(t); got.Result != membership.Delayed || got.Class != string(entra.Interaction) {
		t.Fatalf("%+v: %v", got, got.Cause)
	}
	if err := a.emulator.RemovePolicy(contoso, "c0000000-0000-4000-8000-0000000000f2"); err != nil {
		t.Fatal(err)
	}
	a.advance(soft * 4)
	if got := a.refresh(t); got.Result != membership.Unchanged {
		t.Errorf("%+v: %v", got, got.Cause)
	}
}
