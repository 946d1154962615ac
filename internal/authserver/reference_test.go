package authserver_test

import (
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

var shownReference = regexp.MustCompile(`<dt>Reference</dt>\s*<dd><bdi>([0-9a-f-]{36})</bdi><br>([^<]*)</dd>`)

const (
	inOrganization = "It is in the organization&#39;s own log, which administrators of Gatehouse there can read."
	inService      = "It is in the log of the service, which whoever runs Gatehouse can read."
)

// TestReferencesLeadToARecord of the organization's where somebody who has signed in is
// turned away.
func TestReferencesLeadToARecord(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]func(d *desk){
		"another tenant": func(d *desk) { d.person.TID = d.data["fabrikam"].Organization.TID },
		"a guest":        func(d *desk) { d.person.Guest = true },
		"not approved": func(d *desk) {
			d.change("contoso", func(data *snapshot.Data) { data.Organization.UnknownClients = tenants.Refuse })
		},
	} {
		d := newDesk(t)
		how(d)
		got := d.tab().second(request(webID, webTo))
		found := shownReference.FindStringSubmatch(got.body)
		if found == nil || found[2] != inOrganization {
			t.Errorf("%s: %q on %s", name, found, got.body)
			continue
		}
		if len(d.recorded) != 1 || d.recorded[0] != found[1] {
			t.Errorf("%s: the page says %s, and the log has %q", name, found[1], d.recorded)
		}
		if !strings.Contains(d.logged.String(), "request_id="+found[1]) {
			t.Errorf("%s: %s is not in the log of the service: %s", name, found[1], d.logged)
		}
	}
}

// TestReferencesAreLoggedWithWhatThePageLeavesOut, as warnings, which gatehouse-dev
// prints, or as errors of ours.
func TestReferencesAreLoggedWithWhatThePageLeavesOut(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		show  func(d *desk, b *tab) view
		level string
		more  string
	}{
		"a wrong redirect": {func(_ *desk, b *tab) view { return b.open(request(webID, "https://evil.example/callback")) }, "WARN", "https://evil.example/callback"},
		"a broken document": {func(d *desk, b *tab) view {
			d.documents["https://broken.example/client.json"] = "{"
			return b.open(request("https://broken.example/client.json", webTo))
		}, "WARN", "client"},
		"refused by Entra": {func(d *desk, b *tab) view {
			d.finish = &entra.TokenError{Class: entra.Blocked, Name: "access_denied", Code: 53003}
			return b.second(request(webID, webTo))
		}, "WARN", "53003"},
		"suspended": {func(d *desk, b *tab) view {
			d.change("contoso", func(data *snapshot.Data) { data.Organization.State = tenants.Suspended })
			return b.open(request(webID, webTo))
		}, "WARN", "suspended"},
		"a broken store": {func(d *desk, b *tab) view {
			d.store = fault.New(fault.Unavailable, "the database is away")
			return b.open(request(webID, webTo))
		}, "ERROR", "database is away"},
	} {
		d := newDesk(t)
		got := tt.show(d, d.tab())
		found := shownReference.FindStringSubmatch(got.body)
		if found == nil || found[2] != inService || len(d.recorded) != 0 {
			t.Errorf("%s: %q on %s", name, found, got.body)
			continue
		}
		if line := lineWith(d, "request_id="+found[1]); !strings.Contains(line, "level="+tt.level+" ") || !strings.Contains(line, "slug=contoso") || !strings.Contains(line, tt.more) {
			t.Errorf("%s: logged %q", name, line)
		}
	}
}

func lineWith(d *desk, word string) string {
	for line := range strings.Lines(d.logged.String()) {
		if strings.Contains(line, word) {
			return line
		}
	}
	return ""
}

// TestNoReferenceWhereNothingMoreIsToBeFound: nobody is sent to look for what the page
// has said.
func TestNoReferenceWhereNothingMoreIsToBeFound(t *testing.T) {
	t.Parallel()
	for name, show := range map[string]func(d *desk, b *tab) view{
		"no client":       func(_ *desk, b *tab) view { return b.open(request("", webTo)) },
		"no organization": func(_ *desk, b *tab) view { return b.open("/t/nobody/authorize?client_id=x") },
		"used": func(_ *desk, b *tab) view {
			sent := b.press(b.open(request(webID, webTo)), "continue")
			b.arrive(sent)
			return b.arrive(sent)
		},
		"another browser": func(d *desk, b *tab) view { return d.tab().press(b.open(request(webID, webTo)), "continue") },
		"too often": func(d *desk, b *tab) view {
			d.limited = fault.New(fault.Limited, "too many requests").RetryAfter(time.Second)
			return b.open(request(webID, webTo))
		},
		"another mode": func(d *desk, b *tab) view {
			d.change("contoso", func(data *snapshot.Data) { data.Organization.Mode = tenants.Direct })
			return b.open(request(webID, webTo))
		},
	} {
		d := newDesk(t)
		got := show(d, d.tab())
		if got.status < 400 || strings.Contains(got.body, "Reference") || strings.Contains(got.body, "whoever helps you") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
		if strings.Contains(d.logged.String(), "level=WARN") || !strings.Contains(d.logged.String(), "level=INFO") {
			t.Errorf("%s: logged %s", name, d.logged)
		}
	}
}

// TestDocsSayWhereReferencesLead in the words of the pages and of the logs.
func TestDocsSayWhereReferencesLead(t *testing.T) {
	t.Parallel()
	docs := string(must(os.ReadFile("../../docs/operations.md")))
	_, docs, _ = strings.Cut(docs, "\n## References\n")
	docs, _, _ = strings.Cut(docs, "\n## ")
	for _, words := range []string{
		"It is in the organization's own log", "It is in the log of the service", "`token_id`", "`refused`", "`request_id`", "`authorization not given`", "`WARN`", "`ERROR`", "`error`",
		"go run ./cmd/gatehouse-dev audit --json contoso", "whoever runs it looks", "has no record of its own",
	} {
		if !strings.Contains(docs, words) {
			t.Errorf("docs/operations.md does not say %q under References", words)
		}
	}
}

// TestWhatEntraSaysTooLateIsNotLost: whoever is refused there after ten minutes would
// only try again. Nobody knows who says so.
func TestWhatEntraSaysTooLateIsNotLost(t *testing.T) {
	t.Parallel()
	const id = "12345678-1234-4234-8234-123456789abc"
	d := newDesk(t)
	b := d.tab()
	sent := b.press(b.open(request(webID, webTo)), "continue")
	d.pass(11 * time.Minute)
	for name, state := range map[string]string{"late": sent.query(t).Get("state"), "made up": strings.Repeat("A", 52)} {
		answer := url.Values{"state": {state}, "error": {"access_denied"}, "error_description": {"AADSTS65004: Call +1-555. Correlation ID: " + id + " Timestamp: x"}}
		got := b.open("/t/contoso/callback?" + answer.Encode())
		if !got.has(400, "cannot be used any more", "The link says besides that Microsoft Entra ID has refused the sign-in", "cannot be told any more",
			"<bdi>AADSTS65004</bdi><br>As the link says; not verified.", id, "finish within ten minutes") || strings.Contains(got.body, "Call") || strings.Contains(got.body, "href") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
		answer.Del("error")
		if got := b.open("/t/contoso/callback?" + answer.Encode()); !got.has(400, "cannot be used any more") || strings.Contains(got.body, "AADSTS") || strings.Contains(got.body, "besides") {
			t.Errorf("%s, no error: %d %s", name, got.status, got.body)
		}
	}
}
