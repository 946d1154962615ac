package organizations_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

// read asks for a page of everybody's.
func (k *stack) read(t *testing.T, path string) (int, string) {
	t.Helper()
	resp, err := k.http.Get(k.places.Base + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// TestRecordsReachSentinelAndCheckpointsThePlatformsLog: from a call, by a real worker,
// to a table of Azure Monitor that was away for a while; and to a proof that a checkpoint
// is in the log that everybody sees.
func TestRecordsReachSentinelAndCheckpointsThePlatformsLog(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true, directories: withAutomations})
	contoso, alice := company("contoso"), person("contoso", "alice")
	connection := contoso.Organization(k.places).Connection
	table := newIngestion(t, contoso.TID.String(), connection.ClientID.String())
	table.goes(true)
	k.startWorker(t)
	p := k.auditing(t)
	owner := k.as(t, "contoso", "alice")
	var sink console.Sink
	owner.post(at("contoso", "sinks"), map[string]any{
		"name": "sentinel", "kind": tenants.SentinelSink, "url": table.URL, "rule": dataRule, "stream": dataStream, "records": true,
	}, &sink)
	id := k.call(t, k.replica, "contoso", k.password(t, contoso.TID, alice, connection.QualifiedScope()), "whoami").recordIn()
	status := func() (s console.SinkStatus) {
		owner.get(at("contoso", "sinks", "sentinel", "status"), &s)
		return s
	}
	eventually(t, "the sink fails", patience, func() bool { s := status(); return s.State == "failing" && strings.Contains(s.Trouble, "503") })
	table.goes(false)
	k.pass(10 * time.Minute)
	eventually(t, "the record arrives", patience, func() bool {
		return slices.ContainsFunc(table.of("tool_call"), func(row map[string]any) bool { return row["id"] == id && row["TimeGenerated"] != "" })
	})
	eventually(t, "a checkpoint arrives", patience, func() bool { return len(table.of("checkpoint")) > 0 })
	seen := map[any]bool{}
	for _, row := range table.of("tool_call") {
		if seen[row["log_seq"]] {
			t.Errorf("record %v came twice", row["log_seq"])
		}
		seen[row["log_seq"]] = true
	}

	eventually(t, "the platform's log begins", patience, func() bool {
		l, err := k.db.LoggedCheckpoint(t.Context(), k.orgs["contoso"].ID, 0)
		return err == nil && l.Size > 0
	})
	entry, err := k.db.LoggedCheckpoint(t.Context(), k.orgs["contoso"].ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	code, public := k.read(t, "/platform/checkpoint")
	if code != http.StatusOK || strings.Contains(public, "organizations") {
		t.Fatalf("%d %s", code, public)
	}
	for name, text := range map[string]string{"held": string(entry.Note), "platform": public} {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	head, err := k.db.LogHead(t.Context(), k.orgs["contoso"].ID)
	if err != nil {
		t.Fatal(err)
	}
	trust := []string{"--key", head.Key, "--checkpoint", "held", "--since", "platform"}
	if said := p.does(0, append([]string{"audit", "platform", "--org", "contoso", "--out", "proof.json"}, trust...)...); !strings.Contains(said, "anchored: since ") {
		t.Errorf("it says\n%s", said)
	}
	p.does(0, append([]string{"audit", "platform", "proof.json"}, trust...)...)
	p.does(2, "audit", "platform", "proof.json", "--key", head.Key)
	proof, err := os.ReadFile(filepath.Join(p.dir, "proof.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "altered.json"), []byte(strings.Replace(string(proof), `"salt":"`, `"salt":"A`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	p.does(1, append([]string{"audit", "platform", "altered.json"}, trust...)...)
	p.does(3, "audit", "platform", "proof.json")
	if code, said := k.read(t, "/platform/proof?since=999"); code != http.StatusBadRequest {
		t.Errorf("%d %s", code, said)
	}
}
