package organizations_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/demo"
	"gatehouse/internal/devstack"
	"gatehouse/internal/emulator"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// receiver is a webhook of an organization's own. It keeps what it was told as
// "type cause", one for each item.
type receiver struct {
	url string

	mu   sync.Mutex
	told []string
}

func startReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	h := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(io.LimitReader(req.Body, 1<<20))
		var m struct {
			Type string `json:"type"`
			Data struct {
				Items []struct{ Cause, Title, Text string } `json:"items"`
			} `json:"data"`
		}
		if err != nil || json.Unmarshal(body, &m) != nil || req.Header.Get("webhook-signature") == "" {
			t.Errorf("%v: %s", err, body)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, i := range m.Data.Items {
			r.told = append(r.told, m.Type+" "+i.Cause)
		}
	}))
	t.Cleanup(h.Close)
	r.url = h.URL
	return r
}

func (r *receiver) list() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.told)
}

// await waits until what was told, in whatever order, is this and nothing else.
func (r *receiver) await(t *testing.T, want ...string) {
	t.Helper()
	slices.Sort(want)
	got := []string{}
	defer func() {
		if t.Failed() {
			t.Logf("told is %q", got)
		}
	}()
	eventually(t, fmt.Sprintf("told is %q", want), patience, func() bool {
		got = r.list()
		slices.Sort(got)
		return slices.Equal(got, want)
	})
}

// TestContactsAreToldOnceWhatIsNoticed: a credential with 29 days left, definitions
// that wait, consent that is withdrawn and a source that fails are each told once, are
// in the digest of the day once, and are told once when they are over.
func TestContactsAreToldOnceWhatIsNoticed(t *testing.T) {
	t.Parallel()
	mailbox, err := devstack.StartMailbox(t.Context(), devstack.MailboxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mailbox.Stop() })
	notes, hook, contoso := startNotes(t), startReceiver(t), company("contoso")
	k := start(t, setup{companies: true, mail: mailbox.Addr()})
	pass := func(d time.Duration) {
		t.Helper()
		k.pass(d)
		k.awaitReady(t, k.replica)
	}
	pass(time.Until(time.Now().UTC().Truncate(24 * time.Hour).Add(36 * time.Hour))) // to noon of tomorrow
	carol := k.as(t, "contoso", "carol")
	var made console.NewContactAnswer
	carol.post(at("contoso", "contacts"), console.NewContact{Name: "hook", ContactSettings: console.ContactSettings{URL: hook.url}}, &made)
	no := false
	carol.post(at("contoso", "contacts"), console.NewContact{Name: "it", ContactSettings: console.ContactSettings{Email: "it@contoso.example", Urgent: &no}}, &console.NewContactAnswer{})
	if !strings.HasPrefix(made.Secret, "whsec_") {
		t.Errorf("the secret is %q", made.Secret)
	}
	var test console.ContactTest
	carol.ask(http.MethodPost, at("contoso", "contacts", "it", "test"), nil).want(http.StatusOK).into(&test)
	if !test.Arrived || len(mailbox.Mails()) != 1 {
		t.Fatalf("%+v, %d mails", test, len(mailbox.Mails()))
	}

	source := at("contoso", "sources", "notes")
	carol.post(at("contoso", "sources"), console.NewSource{Name: "notes", SourceSettings: console.SourceSettings{URL: notes.url}}, &console.Source{})
	credential := func(key string) {
		carol.change(http.MethodPut, source+"/credential", source, console.NewSourceCredential{
			SourceCredential: console.SourceCredential{Kind: tools.HeaderCredential, Header: "X-Api-Key"}, Value: key,
		}).want(http.StatusOK)
	}
	credential(notesKey)
	k.refresh(t, carol, source)
	k.expires(t, contoso.Org, k.now().Add(29*24*time.Hour))
	k.startWorker(t)
	told := []string{"alert.raised credential_expiring", "alert.raised definitions_pending"}
	hook.await(t, told...)

	alice := person("contoso", "alice")
	seen := func() {
		t.Helper()
		before := k.now()
		token := k.password(t, contoso.TID, alice, k.endpointOf("contoso", "")+"/"+demo.Scope)
		k.listed(t, "contoso", token)
		eventually(t, "the worker has asked about alice and had an answer", patience, func() bool {
			r, err := k.db.LoadMembership(t.Context(), contoso.Org, alice.OID)
			return err == nil && r.Failure == "" && r.AskedAt.After(before)
		})
	}
	seen()
	if err := k.emulator.SetFault(emulator.Fault{Endpoint: emulator.EndpointToken, Tenant: contoso.TID.String(), Code: 65001}); err != nil {
		t.Fatal(err)
	}
	credential("another key")
	pass(20 * time.Minute)
	carol.ask(http.MethodPost, source+"/refresh", nil).refused(http.StatusBadGateway, "notes")
	pass(time.Minute)
	told = append(told, "alert.raised consent_withdrawn", "alert.raised source_failing")
	hook.await(t, told...)

	pass(k.now().UTC().Truncate(24 * time.Hour).Add(32*time.Hour + time.Minute).Sub(k.now())) // to 08:01 of the day after
	for _, cause := range []string{"credential_expiring", "definitions_pending", "consent_withdrawn", "source_failing"} {
		told = append(told, "digest "+cause)
	}
	hook.await(t, told...)
	eventually(t, "the digest is in the mailbox", patience, func() bool { return len(mailbox.Mails()) == 2 })

	if err := k.emulator.SetFault(emulator.Fault{Endpoint: emulator.EndpointToken, Tenant: contoso.TID.String()}); err != nil {
		t.Fatal(err)
	}
	carol = k.as(t, "contoso", "carol") // her session has ended
	credential(notesKey)
	k.refresh(t, carol, source)
	d := k.definition(t, carol, source)
	carol.ask(http.MethodPost, source+"/approve", map[string]any{"definitions": []console.ToApprove{{Kind: tools.KindTool, Name: "search", Hash: d.Hash.String(), Effect: tools.Read}}}).want(http.StatusOK)
	k.expires(t, contoso.Org, k.now().Add(300*24*time.Hour))
	seen()
	pass(11 * time.Minute)
	told = append(told, "alert.resolved credential_expiring", "alert.resolved definitions_pending", "alert.resolved consent_withdrawn")
	hook.await(t, told...)
	pass(70 * time.Minute) // a source may come and go
	told = append(told, "alert.resolved source_failing")
	hook.await(t, told...)
	pass(11 * time.Minute)
	k.heard(t)
	hook.await(t, told...)
	k.holdsAlerts(t)
}

// expires says when Contoso's credential ends.
func (k *stack) expires(t *testing.T, org tenants.ID, at time.Time) {
	t.Helper()
	conn := connect(t, k.database.Superuser)
	if _, err := conn.Exec(t.Context(), "UPDATE organizations SET credential_expires_at = $1 WHERE org_id = $2", at, org.String()); err != nil {
		t.Fatal(err)
	}
}

// holdsAlerts looks at what the API says of it all: everything is over, and arrived.
// Another organization sees none of it.
func (k *stack) holdsAlerts(t *testing.T) {
	t.Helper()
	var page console.Page[console.Alert]
	k.as(t, "contoso", "carol").get(at("contoso", "alerts"), &page)
	if len(page.Items) != 4 {
		t.Errorf("alerts are %+v", page.Items)
	}
	for _, a := range page.Items {
		if a.ResolvedAt == nil || len(a.Deliveries) != 4 {
			t.Errorf("%+v", a)
		}
		for _, d := range a.Deliveries {
			if d.State != "sent" || d.Attempts != 1 || d.Trouble != "" {
				t.Errorf("%s: %+v", a.Kind, d)
			}
		}
	}
	k.as(t, "fabrikam", "carol").get(at("fabrikam", "alerts"), &page)
	if len(page.Items) != 0 {
		t.Errorf("Fabrikam's alerts are %+v", page.Items)
	}
}
