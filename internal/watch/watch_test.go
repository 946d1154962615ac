package watch_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/notify"
	"gatehouse/internal/tenants"
	"gatehouse/internal/watch"
)

const day = 24 * time.Hour

func TestCredentialThatEndsIsToldOnceAtEachStage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.contacts = w.contacts[1:2] // no digest
	k := &w.observed.Organization.Connection.Credential
	k.ExpiresAt = start.Add(31 * day)
	told := "teams whsec_hook: alert credential_expiring"
	w.expect(t, 0)
	w.expect(t, 2*day, told)
	w.expect(t, day)
	w.expect(t, 21*day, told) // 7 left
	w.expect(t, 3*day)
	w.expect(t, 3*day, told) // 1 left
	w.expect(t, 12*time.Hour)
	w.expect(t, 12*time.Hour, told) // ended
	w.expect(t, 40*day)
	k.ID, k.ExpiresAt = tenants.NewGUID(), w.now.Add(365*day)
	w.expect(t, 10*time.Minute, "teams whsec_hook: resolved credential_expiring")
	w.expect(t, day)
}

func TestWhatComesAndGoesIsToldOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.contacts = w.contacts[:1]
	w.contacts[0].Digest = false
	failing := watch.Source{ID: tenants.NewGUID(), Name: "notes", Failing: "it is down", Since: start}
	well := failing
	well.Failing = ""
	w.observed.Sources = []watch.Source{failing}
	w.expect(t, 10*time.Minute) // it may be restarting
	w.expect(t, 10*time.Minute, "it@contoso.example: alert source_failing")
	for range 5 {
		w.observed.Sources = []watch.Source{well}
		w.expect(t, 50*time.Minute)
		w.observed.Sources = []watch.Source{failing}
		w.expect(t, 10*time.Minute)
	}
	w.observed.Sources = []watch.Source{well}
	w.expect(t, 10*time.Minute)
	w.expect(t, 50*time.Minute)
	w.expect(t, 10*time.Minute, "it@contoso.example: resolved source_failing")
	w.observed.Sources = []watch.Source{failing}
	w.expect(t, 10*time.Minute) // it was told an hour ago that it is over
	w.expect(t, 50*time.Minute, "it@contoso.example: alert source_failing")
	if len(w.alerts) != 1 {
		t.Errorf("alerts are %+v", w.alerts)
	}
}

func TestSinkThatFailsIsToldAndWhenItWorksAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.contacts = w.contacts[:1]
	w.contacts[0].Digest = false
	failing := watch.Sink{ID: tenants.NewGUID(), Name: "siem", Failing: "siem.example answered with status 503", Since: start, Lag: 12}
	w.observed.Sinks = []watch.Sink{failing}
	w.expect(t, 10*time.Minute)
	w.expect(t, 10*time.Minute, "it@contoso.example: alert sink_failing")
	item := watch.Item(w.observed.Organization, watch.Deployment{}, w.alerts[0])
	if !strings.Contains(item.Title, "siem") || !strings.Contains(item.Text, "status 503") || !strings.Contains(item.Text, "12 records") || item.URL != "o/contoso/audit/evidence" {
		t.Errorf("it says %+v", item)
	}
	w.observed.Sinks[0].Failing = ""
	w.expect(t, 10*time.Minute, "it@contoso.example: resolved sink_failing")
	w.observed.Sinks = []watch.Sink{failing}
	w.expect(t, 20*time.Minute)
	w.expect(t, time.Hour, "it@contoso.example: alert sink_failing")
	w.observed.Sinks = nil
	w.expect(t, 10*time.Minute, "it@contoso.example: resolved sink_failing")
}

func TestSourceThatIsRemovedIsToldOfAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.contacts = w.contacts[:1]
	w.observed.Sources = []watch.Source{{ID: tenants.NewGUID(), Name: "notes", Failing: "it is down", Since: start}}
	w.expect(t, 20*time.Minute, "it@contoso.example: alert source_failing")
	w.observed.Sources = []watch.Source{{ID: tenants.NewGUID(), Name: "wiki"}}
	w.expect(t, 10*time.Minute, "it@contoso.example: resolved source_failing")
	if text := w.messages[len(w.messages)-1].Items[0].Text; text != "The source notes is not used any more." {
		t.Error(text)
	}
}

func TestWhatIsMendedIsToldAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.contacts = w.contacts[:1]
	w.refused = &entra.TokenError{Class: entra.Misconfigured, Code: 700213}
	w.expect(t, 0, "it@contoso.example: alert federation_broken")
	w.refused = &entra.TokenError{Class: entra.Transient}
	w.expect(t, 10*time.Minute) // nobody knows
	if got := w.open(); !slices.Equal(got, []string{"federation_broken 0"}) {
		t.Errorf("open is %q", got)
	}
	w.refused = nil
	w.expect(t, 10*time.Minute, "it@contoso.example: resolved federation_broken")
	if last := w.messages[len(w.messages)-1].Items[0]; last.Text != "Microsoft Entra ID accepts the federated credential again." || last.Remedy != "" || last.Resolved.IsZero() {
		t.Errorf("%+v", last)
	}
}

func TestWhereNobodyIsToldAnythingItIsToldLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	contacts := w.contacts
	w.contacts = nil
	w.observed.Sources = []watch.Source{{ID: tenants.NewGUID(), Name: "notes", Pending: 2}}
	w.expect(t, 0)
	w.expect(t, time.Hour)
	w.contacts = contacts[:2]
	w.expect(t, time.Hour, "it@contoso.example: alert definitions_pending", "teams whsec_hook: alert definitions_pending")
	w.observed.Sources[0].Pending = 3
	w.expect(t, time.Hour)
}

func TestWhatNobodyWasToldOfEndsInSilence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	contacts := w.contacts
	w.contacts = nil
	w.observed.Sources = []watch.Source{{ID: tenants.NewGUID(), Name: "notes", Pending: 2}}
	w.expect(t, 0)
	w.observed.Sources, w.contacts = nil, contacts[:2]
	w.expect(t, time.Hour)
}

// TestDigestSaysOnceADayWhatIsOpen: what was open at eight, or was over since eight of
// the day before, whenever the worker comes to it.
func TestDigestSaysOnceADayWhatIsOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.contacts = w.contacts[2:]
	w.expect(t, 0)
	w.observed.Sources = []watch.Source{{ID: tenants.NewGUID(), Name: "notes", Pending: 1}}
	w.expect(t, time.Hour) // noticed after eight
	w.expect(t, 21*time.Hour)
	const digest = "boss@contoso.example: digest definitions_pending"
	w.expect(t, time.Hour, digest) // 08:00
	w.expect(t, 10*time.Minute)
	w.expect(t, 20*time.Hour)
	w.observed.Sources = nil
	w.expect(t, time.Hour)
	w.expect(t, 3*time.Hour, digest) // it was over at five
	if m := w.messages[len(w.messages)-1]; m.Items[0].Resolved.IsZero() || m.Kind != notify.Digest {
		t.Errorf("%+v", m)
	}
	w.expect(t, day)
	w.expect(t, day)
}

// TestDigestIsNotLostWhereTheWorkerIsAway: it comes late, and once.
func TestDigestIsNotLostWhereTheWorkerIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.contacts = w.contacts[2:]
	w.observed.Sources = []watch.Source{{ID: tenants.NewGUID(), Name: "notes", Pending: 1}}
	w.expect(t, 0)
	const digest = "boss@contoso.example: digest definitions_pending"
	w.expect(t, 41*time.Hour, digest) // 02:00
	w.expect(t, time.Hour)
	w.expect(t, 5*time.Hour, digest) // 08:00
}

// TestDigestsAreFewHoweverOftenContactsChange: what is open is told to whoever is named
// anew, and not to everybody whom somebody can name.
func TestDigestsAreFewHoweverOftenContactsChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.observed.Sources = []watch.Source{{ID: tenants.NewGUID(), Name: "notes", Pending: 1}}
	w.contacts = nil
	w.expect(t, 0)
	w.now = w.now.Add(23 * time.Hour)
	sent := 0
	name := func() {
		w.contacts = nil
		for range 10 {
			w.contacts = append(w.contacts, tenants.Contact{ID: tenants.NewGUID(), Name: "a", Email: "victim@fabrikam.example", Digest: true})
		}
		w.now = w.now.Add(time.Minute)
		sent += len(w.run(t))
	}
	for range 10 {
		name()
	}
	if sent != watch.MostDigests {
		t.Errorf("%d digests in ten minutes", sent)
	}
	w.now = w.now.Add(day)
	sent = 0
	name()
	if sent != 10 {
		t.Errorf("%d digests the next day", sent)
	}
}

func TestDeliveriesAreTriedUntilTheyArrive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.contacts = w.contacts[:1]
	w.contacts[0].Digest = false
	w.observed.Sources = []watch.Source{{ID: tenants.NewGUID(), Name: "notes", Pending: 1}}
	w.fails = fault.New(fault.Unavailable, "the mail server does not answer")
	at := []time.Duration{}
	first := w.now
	for range 40 {
		if len(w.run(t)) > 0 {
			at = append(at, w.now.Sub(first))
		}
		next, err := w.NextDelivery(t.Context(), w.observed.Organization.ID)
		if err != nil || next.IsZero() {
			break
		}
		w.now = next
	}
	if at[1] != time.Minute || at[2] != 3*time.Minute || at[3] != 7*time.Minute || at[len(at)-2]-at[len(at)-3] != 6*time.Hour || at[len(at)-1] < 3*day || at[len(at)-1] > 3*day+6*time.Hour {
		t.Errorf("tried after %v", at)
	}
	if d := w.waiting[0]; d.Outcome != watch.GaveUp || d.Trouble != "the mail server does not answer" || d.Attempts != len(at) {
		t.Errorf("%+v", d)
	}
	ids := map[tenants.GUID]bool{}
	for _, m := range w.messages {
		if m.Kind == notify.Alert {
			ids[m.ID] = true
		}
	}
	if len(ids) != 1 {
		t.Errorf("the message had %d ids", len(ids))
	}
}

func TestWhatAContactNeverTakesIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	for name, tried := range map[string]struct {
		fails  error
		remove bool
		want   watch.Outcome
	}{
		"the address is refused": {fails: permanent(t), want: watch.Refused},
		"the contact is removed": {remove: true, want: watch.Dropped},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.contacts = w.contacts[:1]
			w.observed.Sources = []watch.Source{{ID: tenants.NewGUID(), Name: "notes", Pending: 1}}
			w.fails = tried.fails
			if _, err := w.watcher.Watch(t.Context(), w.observed.Organization.ID); err != nil {
				t.Fatal(err)
			}
			if tried.remove {
				w.contacts = nil
			}
			next, err := w.watcher.Deliver(t.Context(), w.observed.Organization.ID)
			if err != nil || !next.IsZero() || w.waiting[0].Outcome != tried.want || w.waiting[0].DoneAt.IsZero() {
				t.Errorf("%s %v %+v", next, err, w.waiting[0])
			}
			if !slices.Contains(w.counted, "alert delivery "+string(tried.want)) || !slices.Contains(w.counted, "definitions_pending raised") {
				t.Errorf("counted are %q", w.counted)
			}
		})
	}
}

// permanent is what a sender says of a URL that it cannot send to.
func permanent(t *testing.T) error {
	t.Helper()
	s, err := notify.New(notify.Options{Web: noWeb{}, Host: "gatehouse.example", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Post(t.Context(), notify.Webhook{URL: "ftp://hooks.example/", Shape: notify.Plain, Secret: notify.NewSecret()}, notify.Message{ID: tenants.NewGUID(), Organization: "C", Slug: "c", Kind: notify.Test, At: start})
	if !notify.Permanent(err) {
		t.Fatalf("%v may be tried again", err)
	}
	return err
}

func TestCausesAreToldApart(t *testing.T) {
	t.Parallel()
	people := func(seen, consent, late int) func(*world) {
		return func(w *world) {
			w.observed.People = watch.People{Seen: seen, Consent: consent, Late: late, Oldest: start.Add(-40 * time.Minute)}
		}
	}
	code := func(class entra.ErrorClass, n int) func(*world) {
		return func(w *world) { w.refused = &entra.TokenError{Class: class, Code: n} }
	}
	for name, row := range map[string]struct {
		change func(*world)
		want   []string
	}{
		"all is well":               {people(10, 0, 0), nil},
		"consent of everybody":      {people(10, 5, 0), []string{"consent_withdrawn 0"}},
		"consent of some":           {people(10, 4, 0), nil},
		"late":                      {people(10, 0, 1), []string{"membership_delayed 0"}},
		"hardly anybody late":       {people(11, 0, 1), nil},
		"another subject":           {code(entra.Misconfigured, 700213), []string{"federation_broken 0"}},
		"no such credential":        {code(entra.Misconfigured, 70021), []string{"federation_broken 0"}},
		"secret ended":              {code(entra.Misconfigured, 7000222), []string{"credential_expiring 4"}},
		"another secret":            {code(entra.Misconfigured, 7000215), []string{"app_refused 0"}},
		"a number that nobody knew": {code(entra.Blocked, 12345), []string{"app_refused 0"}},
		"busy":                      {code(entra.Throttled, 0), nil},
		"our own failure":           {func(w *world) { w.refused = errors.New("the key cannot be read") }, nil},
		"token only": {func(w *world) {
			people(10, 10, 10)(w)
			w.observed.Organization.Connection.GroupSource = tenants.TokenOnly
		}, nil},
		"ended, and refused for it": {func(w *world) {
			code(entra.Misconfigured, 7000222)(w)
			w.observed.Organization.Connection.Credential.ExpiresAt = start.Add(12 * time.Hour)
		}, []string{"credential_expiring 4"}},
		"the shared app's": {func(w *world) {
			w.observed.Organization.Connection.Model = tenants.SharedApp
			w.observed.Organization.Connection.Credential.ExpiresAt = start
		}, nil},
		"two sources": {func(w *world) {
			w.observed.Sources = []watch.Source{{ID: tenants.NewGUID(), Name: "a", Failing: "x", Pending: 1}, {ID: tenants.NewGUID(), Name: "b", Failing: "x"}}
		}, []string{"definitions_pending 0", "source_failing 0", "source_failing 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			row.change(w)
			w.run(t)
			if got := w.open(); !slices.Equal(got, row.want) {
				t.Errorf("open are %q", got)
			}
		})
	}
}

// TestEveryKindHasItsWords: what an admin reads names what to do, and no fact is
// missing in it.
func TestEveryKindHasItsWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.observed.Organization
	facts := watch.Facts{
		"ends": "2026-12-24T10:00:00Z", "kind": "client_secret", "code": "7000215", "people": "7", "of": "9", "since": "2026-11-22T07:30:00Z",
		"name": "notes", "title": "Team notes", "why": "the server answers 500",
	}
	for _, kind := range watch.Kinds() {
		for stage := range 5 {
			a := watch.Alert{ID: tenants.NewGUID(), Cause: watch.Cause{Kind: kind, Stage: stage, Facts: facts}, OpenedAt: start}
			i := watch.Item(o, watch.Deployment{Issuer: "https://gatehouse.example/federation", Base: "https://gatehouse.example/"}, a)
			said := i.Title + "\n" + i.Text + "\n" + i.Remedy
			if i.Cause != string(kind) || i.Title == "" || i.Text == "" || i.Remedy == "" || i.Severity == "" || strings.Contains(said, "  ") || strings.Contains(said, "%!") {
				t.Errorf("%s %d: %+v", kind, stage, i)
			}
			if !strings.HasPrefix(i.URL, "https://") || strings.Contains(said, "/api/") {
				t.Errorf("%s %d leads to %q, and sends whoever reads it to the API: %s", kind, stage, i.URL, said)
			}
			if len(i.Title) > 120 {
				t.Errorf("%s: the title has %d bytes: %s", kind, len(i.Title), i.Title)
			}
			a.ResolvedAt = start.Add(time.Hour)
			if over := watch.Item(o, watch.Deployment{}, a); over.Text == i.Text || over.Text == "" || over.Remedy != "" || over.Resolved.IsZero() {
				t.Errorf("%s is over: %+v", kind, over)
			}
			if bare := watch.Item(o, watch.Deployment{}, watch.Alert{Cause: watch.Cause{Kind: kind, Stage: stage}}); bare.Title == "" {
				t.Errorf("%s without facts has no words", kind)
			}
		}
	}
	if i := watch.Item(o, watch.Deployment{}, watch.Alert{Cause: watch.Cause{Kind: "of_tomorrow"}}); i.Title != "of_tomorrow" {
		t.Errorf("%+v", i)
	}
}

func TestWordsNameWhatToEnter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.observed.Organization
	say := func(kind watch.Kind, stage int, f watch.Facts) notify.Item {
		return watch.Item(o, watch.Deployment{Issuer: "https://gatehouse.example/federation"}, watch.Alert{Cause: watch.Cause{Kind: kind, Stage: stage, Facts: f}})
	}
	federation := say(watch.FederationBroken, 0, watch.Facts{"code": "700213"})
	for _, part := range []string{"Issuer: https://gatehouse.example/federation", "Subject identifier: " + o.Connection.FederatedSubject(o.ID), "Audience: api://AzureADTokenExchange"} {
		if !strings.Contains(federation.Remedy, part) {
			t.Errorf("%q lacks %q", federation.Remedy, part)
		}
	}
	if !strings.HasPrefix(federation.URL, "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/") || !strings.HasSuffix(federation.URL, o.Connection.ClientID.String()) {
		t.Errorf("the link is %s", federation.URL)
	}
	ending := say(watch.CredentialExpiring, 2, watch.Facts{"ends": "2026-12-24T10:00:00Z", "kind": "certificate"})
	if ending.Title != "The certificate of Gatehouse expires on 24 December 2026" || ending.Severity != notify.Critical {
		t.Errorf("%+v", ending)
	}
	if early := say(watch.CredentialExpiring, 1, watch.Facts{}); early.Severity != notify.Warning {
		t.Errorf("%+v", early)
	}
	for code, part := range map[int]string{700016: "there is no such app registration", 7000112: "the app is disabled", 7000215: "its Value, not its Secret ID", 1: "gatehouse doctor --org contoso"} {
		said := say(watch.AppRefused, 0, watch.Facts{"code": strconv.Itoa(code)})
		if !strings.Contains(said.Title+said.Remedy, part) {
			t.Errorf("%d: %+v", code, said)
		}
	}
}

func TestMessageSaysTheWorstFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.contacts = w.contacts[:1]
	w.refused = &entra.TokenError{Class: entra.Misconfigured, Code: 700016}
	w.observed.Sources = []watch.Source{{ID: tenants.NewGUID(), Name: "a", Failing: "x", Pending: 1}}
	w.expect(t, 0, "it@contoso.example: alert app_refused source_failing definitions_pending")
	m := readMessage(t, w.waiting[0])
	if m.Organization != "Contoso" || m.Slug != "contoso" || m.ConsoleURL != "https://gatehouse.example/o/contoso/settings/contacts" || !m.At.Equal(start) || m.ID.IsZero() {
		t.Errorf("%+v", m)
	}
}
