package organizations_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/emulator"
)

// told is what whoever called hears of a class of refusals, and what is recorded.
type told struct {
	status  int // of a call whose tool needs a token of Entra's
	how     manner
	says    string
	outcome audit.Outcome
	reason  string
	groups  string // where it was about groups: the status, and whether something is said of when to come back
}

// manner is how a call fails.
type manner uint8

const (
	byChallenge manner = iota
	byResult
	byError
)

// toldOf is the second table of docs/membership.md.
var toldOf = map[string]told{
	"interaction":   {401, byChallenge, "", audit.Refused, "insufficient_claims", "403"},
	"consent":       {200, byResult, "nobody has agreed", audit.Failed, "forbidden", "403"},
	"reauth":        {200, byResult, "sign in again", audit.Failed, "unauthenticated", "403"},
	"blocked":       {200, byResult, "administrator", audit.Failed, "forbidden", "403"},
	"misconfigured": {200, byResult, "an admin", audit.Failed, "upstream", "403"},
	"throttled":     {429, byError, "try again later", audit.Failed, "limited", "403"},
	"transient":     {503, byError, "try again shortly", audit.Failed, "unavailable", "403"},
}

// refusal is a line of the first table.
type refusal struct{ says, class string }

// documented reads both tables.
func documented(t *testing.T) (refusals []refusal, classes map[string]string) {
	t.Helper()
	raw, err := os.ReadFile("../../../docs/membership.md")
	if err != nil {
		t.Fatal(err)
	}
	classes = map[string]string{}
	for line := range strings.Lines(string(raw)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case len(cells) == 7 && toldOf[cells[3]].status != 0:
			refusals = append(refusals, refusal{cells[1], cells[3]})
		case len(cells) > 2 && toldOf[cells[1]].status != 0:
			classes[cells[1]] = strings.Join(cells[2:len(cells)-1], " | ")
		}
	}
	return refusals, classes
}

func (r refusal) fault() emulator.Fault {
	f := emulator.Fault{Endpoint: emulator.EndpointToken}
	switch n, err := strconv.Atoi(r.says); {
	case err != nil:
		f.Outage = true
	case n < 1000:
		f.Status = n
	default:
		f.Code = n
	}
	return f
}

// row is how the document tells it.
func (w told) row() string {
	how := fmt.Sprintf("%d with a claims challenge, if the client answers those; else a link to where the person signs in more strongly", w.status)
	switch w.how {
	case byResult:
		how = fmt.Sprintf("the tool's result, an error: “… %s …”", w.says)
	case byError:
		how = fmt.Sprintf("%d and a JSON-RPC error with `retryAfterSeconds`: “… %s …”", w.status, w.says)
	case byChallenge:
	}
	return fmt.Sprintf("%s | %s, `%s` | %s", how, w.outcome, w.reason, w.groups)
}

// TestWhatEntraRefusesReachesWhoeverCalls: a tool that acts for people at a source
// meets every refusal of the document; the log says how it ended.
func TestWhatEntraRefusesReachesWhoeverCalls(t *testing.T) {
	t.Parallel()
	b := contosoCRM(t, consented, onBehalf(crmScope))
	b.approve(t, b.alices(t))
	b.hears(t, b.token(t, "alice", ""), person("contoso", "alice").OID)
	refusals, classes := documented(t)
	if len(refusals) < 50 || len(classes) != len(toldOf) {
		t.Fatalf("the document tells of %d refusals and %d classes", len(refusals), len(classes))
	}
	for class, want := range toldOf {
		if classes[class] != want.row() {
			t.Errorf("%s: the document says\n%s\nand the test\n%s", class, classes[class], want.row())
		}
	}
	seen := map[string]bool{}
	for _, r := range refusals {
		if !seen[r.class] || r.class == "throttled" || r.class == "transient" {
			b.later(t, 6*time.Minute) // silences and pauses of the row before are over
		}
		alice, carol := b.token(t, "alice", answersChallenges), b.token(t, "carol", "")
		b.misbehaves(t, r.fault())
		b.isTold(t, r, alice)
		if !seen[r.class] {
			b.isToldOfGroups(t, r, carol)
		}
		seen[r.class] = true
		if slices.Contains(disowning, r.says) {
			b.isCutOff(t, r, alice)
		}
		b.misbehaves(t, emulator.Fault{Endpoint: emulator.EndpointToken})
	}
	if n := b.cutOffs(t); n != len(disowning) {
		t.Errorf("%d were cut off for %d refusals", n, len(disowning))
	}
}

// disowning are the refusals after which nothing that was issued to a person is good
// any more, as "How it is known" has it.
var disowning = []string{"50057", "50034", "50020", "51004", "50173"}

// cutOffs is how often somebody was cut off.
func (b *behind) cutOffs(t *testing.T) (n int) {
	t.Helper()
	for _, r := range b.records(t, b.slug) {
		if r.Kind == audit.Revocation && r.Target == "revoked person" {
			n++
		}
	}
	return n
}

// isCutOff has Alice go on until she is, for what was just refused, and waits until she
// can have signed in anew.
func (b *behind) isCutOff(t *testing.T, r refusal, alice string) {
	t.Helper()
	eventually(t, "alice is cut off", patience, func() bool {
		b.whose(t, alice)
		return slices.ContainsFunc(b.records(t, b.slug), func(of audit.Record) bool {
			return of.Target == "revoked person" && of.Subject.OID == person("contoso", "alice").OID && strings.HasSuffix(of.Detail, "(AADSTS"+r.says+")")
		})
	})
	b.later(t, 6*time.Minute)
}

func (b *behind) misbehaves(t *testing.T, f emulator.Fault) {
	t.Helper()
	if err := b.emulator.SetFault(f); err != nil {
		t.Fatal(err)
	}
}

func (b *behind) isTold(t *testing.T, r refusal, alice string) {
	t.Helper()
	want := toldOf[r.class]
	said, a := b.whose(t, alice)
	if a.status != want.status || a.worked() || !strings.Contains(said, want.says) {
		t.Errorf("%s: %d %s", r.says, a.status, a.body)
	}
	if want.how == byChallenge {
		b.challenged(t, a)
	}
	if waits := strings.Contains(a.body, `"retryAfterSeconds":`); waits != (want.how == byError) {
		t.Errorf("%s: says when to come back: %t", r.says, waits)
	}
	if n, err := strconv.Atoi(r.says); err == nil && n > 1000 && want.how != byChallenge && !strings.Contains(said, "AADSTS"+r.says) {
		t.Errorf("%s: the number is not told: %s", r.says, said)
	}
	if got := b.lastCall(t); got.Outcome != want.outcome || got.Reason != want.reason {
		t.Errorf("%s: recorded as %s, %s", r.says, got.Outcome, got.Reason)
	}
}

// isToldOfGroups has somebody come whose groups only Microsoft Graph knows.
func (b *behind) isToldOfGroups(t *testing.T, r refusal, carol string) {
	t.Helper()
	a := b.call(t, b.replica, b.slug, carol, "whoami")
	if strconv.Itoa(a.status) != toldOf[r.class].groups || !strings.Contains(a.body, "which groups you are in could not be established") {
		t.Errorf("%s: %d %s", r.says, a.status, a.body)
	}
	if waits := a.header.Get("Retry-After") != ""; a.status == http.StatusForbidden && waits != (r.class == "throttled") {
		t.Errorf("%s: Retry-After %q", r.says, a.header.Get("Retry-After"))
	}
}
