package reconcile_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/reconcile"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

var update = flag.Bool("update", false, "write the example of evidence")

const (
	api    = "5f0c0f3e-2b1d-4f0a-9f0e-6d6f1c1b7a10" // Gatehouse's registration
	vscode = "aebc6443-996d-45c2-90f0-388ff96faa56"
	alice  = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
	bob    = "bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// used is a record of somebody who shows a token.
func used(at time.Time, person, token string, more ...string) map[string]string {
	values := map[string]string{
		"actor_kind": `"user"`, "actor_oid": `"` + person + `"`, "at": `"` + at.Format(filter.Layout) + `"`, "client": `"` + vscode + `"`,
		"id": `"019aa3f2-7b10-7abc-8def-0123456789ab"`, "kind": `"authentication"`, "sealed_at": `"` + at.Format(filter.Layout) + `"`, "v": "1",
	}
	if token != "" {
		values["token_id"] = `"` + token + `"`
	}
	for i := 0; i < len(more); i += 2 {
		values[more[i]] = `"` + more[i+1] + `"`
	}
	return values
}

// written is a file of evidence with these records, closing the fields named.
func written(t *testing.T, f filter.Filter, records []map[string]string, closed ...string) []byte {
	t.Helper()
	org, err := tenants.ParseID("3f1c2a34-5b6d-4e7f-8a90-000000000001")
	check(t, err)
	key, err := proof.NewSigner("gatehouse.example", ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	check(t, err)
	var all []proof.Record
	var tree proof.Frontier
	for seq, values := range records {
		r := proof.Record{Seq: int64(seq)}
		for _, name := range slices.Sorted(maps.Keys(values)) {
			value, salt := []byte(values[name]), proof.Seed{byte(seq)}.Salt(name)
			field := proof.Field{Name: name, Salt: salt, Value: value, Hash: proof.Commit(salt, name, value)}
			if slices.Contains(closed, name) {
				field.Value = nil
			}
			r.Fields = append(r.Fields, field)
		}
		r.Leaf, err = r.Recomputed(org)
		check(t, err)
		tree.Append(r.Leaf)
		all = append(all, r)
	}
	origin, size := proof.Origin("gatehouse.example", org), int64(len(all))
	signed, err := proof.Checkpoint{Origin: origin, Size: size, Root: tree.Root(), At: noon, Clock: proof.Clock{Source: "database"}}.Sign(key)
	check(t, err)
	var out bytes.Buffer
	w, err := evidence.NewWriter(&out, evidence.Header{
		Origin: origin, Org: org, To: size, Filter: f, Disclosure: evidence.FilterFields, Checkpoint: signed, Produced: noon, Stops: evidence.Stops(0, size, size),
	})
	check(t, err)
	for _, r := range all {
		check(t, w.Write(r))
	}
	_, err = w.Close(nil, "gatehouse test", key)
	check(t, err)
	return out.Bytes()
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func uses(t *testing.T, records ...map[string]string) *reconcile.Uses {
	t.Helper()
	u, err := reconcile.ReadEvidence(bytes.NewReader(written(t, filter.Filter{}, records)))
	check(t, err)
	return u
}

func signIns(t *testing.T, text string) []reconcile.SignIn {
	t.Helper()
	list, err := reconcile.ReadSignIns(strings.NewReader(text))
	check(t, err)
	return list
}

// TestEveryExportIsReadAlike reads one sign-in in each form that Entra exports, with
// the token's identifier in each of its spellings.
func TestEveryExportIsReadAlike(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/interactive.csv")
	check(t, err)
	const graph = `{"id":"4d63c1c4-c95b-4d3c-8e0a-1271fd813e00","createdDateTime":"2026-03-14T09:26:53Z","correlationId":"11111111-0000-4000-8000-000000000001",
		"userId":"` + alice + `","userPrincipalName":"alice@contoso.example","appId":"` + vscode + `","appDisplayName":"Visual Studio Code","resourceId":"` + api + `",
		"isInteractive":false,"status":{"errorCode":0,"failureReason":"Other."},"uniqueTokenIdentifier":"TOKEN"}`
	u := uses(t, used(noon.Add(-time.Hour), alice, "xMFjTVvJPE2OChJx_YE-AA"))
	for name, export := range map[string]string{
		"csv":                        string(text),
		"csv with a mark":            "\xef\xbb\xbf" + string(text),
		"csv without an identifier":  strings.ReplaceAll(string(text), "xMFjTVvJPE2OChJx_YE-AA", ""),
		"json, as the claim":         "[" + strings.Replace(graph, "TOKEN", "xMFjTVvJPE2OChJx_YE-AA", 1) + "]",
		"json, as Microsoft Graph":   "[" + strings.Replace(graph, "TOKEN", "NGQ2M2MxYzQtYzk1Yi00ZDNjLThlMGEtMTI3MWZkODEzZTAw", 1) + "]",
		"json, of a page":            `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#auditLogs/signIns","value":[` + graph + `]}`,
		"json, the token of another": "[" + strings.Replace(strings.Replace(graph, "TOKEN", "xMFjTVvJPE2OChJx_YE-AA", 1), `"id":"4d`, `"id":"5e`, 1) + "]",
	} {
		list := signIns(t, export)
		r := reconcile.Compare(u, list, reconcile.Scope{Apps: []string{strings.ToUpper(api)}})
		if s := list[0]; r.Both != 1 || len(r.OnlyHere) != 0 || !s.At.Equal(time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)) || s.Person != alice || s.App != vscode || s.Failed {
			t.Errorf("%s: %+v, %d on both sides, here %+v", name, s, r.Both, r.OnlyHere)
		}
	}
	if list := signIns(t, string(text)); len(list) != 2 || !list[1].Failed {
		t.Errorf("read are %+v", list)
	}
}

func TestWhatIsNoExportIsRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty": "", "blank": " \n", "other csv": "a,b\n1,2\n", "no date": "Date (UTC),Request ID,Application ID\nyesterday,x,y\n", "json of something": `{"a":1}`,
		"json of others": `[{"a":1}]`, "torn json": `[{"id":"x","createdDateTime":"2026-03-14T09:26:53Z"}`, "no json": "[nonsense",
	} {
		if list, err := reconcile.ReadSignIns(strings.NewReader(text)); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %+v %v", name, list, err)
		}
	}
	if _, err := reconcile.ReadEvidence(strings.NewReader("nonsense\n")); err == nil {
		t.Error("what is no evidence is read")
	}
}

// signIn is a sign-in for Gatehouse of which the test changes what it is about.
func signIn(change func(*reconcile.SignIn)) reconcile.SignIn {
	s := reconcile.SignIn{RequestID: "aaaaaaaa-0000-4000-8000-000000000001", At: noon, Person: alice, App: vscode, Resource: api}
	change(&s)
	return s
}

// TestEachDifferenceHasItsReason: one token or sign-in, and what explains that the
// other side has none.
func TestEachDifferenceHasItsReason(t *testing.T) {
	t.Parallel()
	const token = "7E_m3lbdREq1-NnBOhcCAA"
	old := signIn(func(s *reconcile.SignIn) { s.At, s.App, s.Resource = noon.Add(-40*time.Hour), "other", "other" })
	late := signIn(func(s *reconcile.SignIn) { s.At, s.App, s.Resource = noon.Add(time.Hour), "other", "other" })
	span := []reconcile.SignIn{old, late}
	attended := signIns(t, `[{"id":"x","createdDateTime":"2026-03-10T09:26:53Z","isInteractive":true},{"id":"y","createdDateTime":"2026-03-15T09:26:53Z","isInteractive":true}]`)
	quiet := used(noon.Add(-2*time.Hour), bob, "")
	end := used(noon.Add(2*time.Hour), bob, "")
	for name, x := range map[string]struct {
		records []map[string]string
		signIns []reconcile.SignIn
		want    reconcile.Reason
	}{
		"nothing explains it, whatever the id looks like": {[]map[string]string{used(noon, alice, "0a0a0a0a-0000-4000-8000-000000000002")}, span, reconcile.NoSuchSignIn},
		"nothing explains it":                             {[]map[string]string{used(noon, alice, token)}, span, reconcile.NoSuchSignIn},
		"a failed sign-in issues nothing": {[]map[string]string{used(noon, alice, "xMFjTVvJPE2OChJx_YE-AA")}, append(span, signIn(func(s *reconcile.SignIn) {
			s.RequestID, s.App, s.Resource, s.Failed = "4d63c1c4-c95b-4d3c-8e0a-1271fd813e00", "other", "other", true
		})), reconcile.NoSuchSignIn},
		"our own token": {[]map[string]string{
			used(noon.Add(-time.Minute), alice, "0a0a0a0a-0000-4000-8000-000000000002", "kind", "token_issued"), used(noon, alice, "0a0a0a0a-0000-4000-8000-000000000002"),
		}, span, reconcile.Brokered},
		"signed in earlier": {[]map[string]string{used(noon.Add(-40*time.Hour+28*time.Hour-time.Second), alice, token)}, span, reconcile.SignedInEarlier},
		"not so early":      {[]map[string]string{used(noon.Add(-40*time.Hour+28*time.Hour), alice, token)}, span, reconcile.NoSuchSignIn},
		"used later":        {[]map[string]string{used(noon.Add(time.Hour+time.Second), alice, token)}, span, reconcile.UsedLater},
		"an app's log":      {[]map[string]string{used(noon, alice, token, "actor_kind", "app")}, span, reconcile.OtherLog},
		"the silent log":    {[]map[string]string{used(noon, alice, token)}, attended, reconcile.OtherLog},
		"failed":            {[]map[string]string{quiet, end}, []reconcile.SignIn{signIn(func(s *reconcile.SignIn) { s.Failed = true })}, reconcile.FailedSignIn},
		"before the records": {[]map[string]string{quiet, end}, []reconcile.SignIn{signIn(func(s *reconcile.SignIn) {
			s.At = noon.Add(-2*time.Hour - time.Second)
		})}, reconcile.OutsideEvidence},
		"never shown": {[]map[string]string{quiet, end}, []reconcile.SignIn{signIn(func(*reconcile.SignIn) {})}, reconcile.NeverShown},
		"to Gatehouse, and they are in the log": {[]map[string]string{quiet, used(noon.Add(time.Minute), alice, ""), end}, []reconcile.SignIn{signIn(func(s *reconcile.SignIn) {
			s.App = api
		})}, reconcile.SignedInToUs},
		"to Gatehouse, and they are there much later": {[]map[string]string{quiet, used(noon.Add(16*time.Minute), alice, ""), end}, []reconcile.SignIn{signIn(func(s *reconcile.SignIn) {
			s.App = api
		})}, reconcile.NothingAboutThem},
		"to Gatehouse, and its correlation is in the log": {[]map[string]string{quiet, used(noon, bob, "", "entra_correlation_id", "c0ffee00-0000-4000-8000-000000000001"), end}, []reconcile.SignIn{signIn(func(s *reconcile.SignIn) {
			s.App, s.Correlation = api, "C0FFEE00-0000-4000-8000-000000000001"
		})}, reconcile.SignedInToUs},
	} {
		r := reconcile.Compare(uses(t, x.records...), x.signIns, reconcile.Scope{Apps: []string{api}, From: noon.Add(-40 * time.Hour), To: noon.Add(time.Hour)})
		var got []reconcile.Reason
		for _, h := range r.OnlyHere {
			got = append(got, h.Reason)
		}
		for _, s := range r.OnlyThere {
			got = append(got, s.Reason)
		}
		if len(got) != 1 || got[0] != x.want || (r.Unexplained() == 0) != x.want.Explains() || x.want.Text() == "" {
			t.Errorf("%s: %v, want %s", name, got, x.want)
		}
	}
}

func TestWhatTheEvidenceDoesNotTellIsSaid(t *testing.T) {
	t.Parallel()
	records := []map[string]string{used(noon, alice, "7E_m3lbdREq1-NnBOhcCAA"), used(noon, bob, "xMFjTVvJPE2OChJx_YE-AA", "kind", "consent")}
	u, err := reconcile.ReadEvidence(bytes.NewReader(written(t, filter.Filter{Kinds: []string{"consent"}}, records)))
	check(t, err)
	r := reconcile.Compare(u, nil, reconcile.Scope{})
	if len(u.Tokens) != 1 || len(r.Remarks()) != 3 {
		t.Errorf("%d tokens, remarks %q", len(u.Tokens), r.Remarks())
	}
	u, err = reconcile.ReadEvidence(bytes.NewReader(written(t, filter.Filter{}, records, "token_id")))
	check(t, err)
	if r := reconcile.Compare(u, nil, reconcile.Scope{Apps: []string{api}}); u.Closed != 2 || len(u.Tokens) != 0 || len(r.Remarks()) != 1 {
		t.Errorf("%d closed, remarks %q", u.Closed, r.Remarks())
	}
}

func TestResultIsToldInEachForm(t *testing.T) {
	t.Parallel()
	u := uses(t, used(noon, alice, "7E_m3lbdREq1-NnBOhcCAA"), used(noon.Add(time.Hour), bob, "0a0a0a0a-0000-4000-8000-000000000002", "kind", "token_issued"))
	r := reconcile.Compare(u, []reconcile.SignIn{
		signIn(func(s *reconcile.SignIn) { s.At, s.Name = noon.Add(-99*time.Hour), "=cmd|' /C calc'!A0" }), signIn(func(s *reconcile.SignIn) { s.At = noon.Add(2 * time.Hour) }),
	}, reconcile.Scope{Apps: []string{api}})
	var text, table, object bytes.Buffer
	check(t, r.WriteText(&text))
	check(t, r.WriteCSV(&table))
	check(t, r.WriteJSON(&object))
	for _, want := range []string{"UNEXPLAINED  log  2026-03-14T12:00:00Z\n  token 7E_m3lbdREq1-NnBOhcCAA, person " + alice, "4 differences, 1 of them unexplained\n"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text has no %q:\n%s", want, &text)
		}
	}
	if !strings.Contains(table.String(), `,"'=cmd|`) || strings.Count(table.String(), "\r\n") != 5 {
		t.Errorf("the table is\n%s", &table)
	}
	var told struct {
		Unexplained int
		Differences []struct{ Where, Reason string }
	}
	if err := json.Unmarshal(object.Bytes(), &told); err != nil || told.Unexplained != 1 || len(told.Differences) != 4 {
		t.Errorf("told is %+v %v", told, err)
	}
}

// TestExampleOfEvidenceIsOfThisFormat: the file beside the exports is what a log of two
// tokens is exported as.
func TestExampleOfEvidenceIsOfThisFormat(t *testing.T) {
	t.Parallel()
	want := written(t, filter.Filter{}, []map[string]string{used(noon.Add(-time.Hour), alice, "xMFjTVvJPE2OChJx_YE-AA"), used(noon, bob, "7E_m3lbdREq1-NnBOhcCAA")})
	const name = "testdata/evidence.ndjson"
	if *update {
		check(t, os.WriteFile(name, want, 0o600))
	}
	if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is another: %v; go test -update writes it", name, err)
	}
}
