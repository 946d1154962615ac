package organizations_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

// recordIn is the id of the audit record that an answer carries.
func (a answer) recordIn() string {
	a.t.Helper()
	var m struct {
		Result struct {
			Meta map[string]json.RawMessage `json:"_meta"`
		} `json:"result"`
	}
	var id string
	if json.Unmarshal([]byte(a.body), &m) != nil || json.Unmarshal(m.Result.Meta["gatehouse/record"], &id) != nil {
		a.t.Fatalf("no record in %s", a.body)
	}
	return id
}

// TestAuditorFindsProvesAndExportsWhatSomebodyDid: from a call to a file that anybody
// can check, and to a row that was edited.
func TestAuditorFindsProvesAndExportsWhatSomebodyDid(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true, directories: withAutomations})
	k.startWorker(t)
	p, alice, org := k.auditing(t), person("contoso", "alice"), k.orgs["contoso"].ID
	token := k.password(t, company("contoso").TID, alice, company("contoso").Organization(k.places).Connection.QualifiedScope())
	id := k.call(t, k.replica, "contoso", token, "whoami").recordIn()
	head, err := k.db.LogHead(t.Context(), org)
	if err != nil {
		t.Fatal(err)
	}
	key, origin := []string{"--key", head.Key, "--origin", head.Origin}, []string{"--org", "contoso"}
	said := p.does(2, slices.Concat([]string{"audit", "receipt", id, "--out", "receipt.ndjson"}, key, origin)...) // without a checkpoint not everything can be checked
	if !strings.Contains(said, "record:   "+id+" is number ") || !strings.Contains(said, "NOT ANCHORED") {
		t.Errorf("the receipt says\n%s", said)
	}
	if head, err = k.db.LogHead(t.Context(), org); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "checkpoint"), head.Checkpoint, 0o600); err != nil {
		t.Fatal(err)
	}
	trust := slices.Concat(key, []string{"--checkpoint", "checkpoint"})
	p.does(2, slices.Concat([]string{"audit", "receipt", id, "--out", "receipt.ndjson"}, key, origin)...)                              // one that leads to the checkpoint
	if said := p.does(2, append([]string{"audit", "verify", "receipt.ndjson"}, trust...)...); !strings.Contains(said, "not shown: ") { // whoever made it chose the record
		t.Errorf("the verifier says\n%s", said)
	}
	_, number, _ := strings.Cut(said, " is number ")
	number, _, _ = strings.Cut(number, " ")
	seq, err := strconv.ParseInt(strings.TrimRight(number, ",.;\n"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	p.does(0, append([]string{"audit", "verify", "receipt.ndjson", "--from", strconv.FormatInt(seq, 10), "--to", strconv.FormatInt(seq+1, 10)}, trust...)...)
	found := p.does(0, "audit", "search", "--org", "contoso", "--person", alice.OID.String(), "--tool", "whoami")
	if !strings.Contains(found, id) || strings.Count(found, "\n") != 1 {
		t.Errorf("found is\n%s", found)
	}
	eventually(t, "that the log was searched is sealed", patience, func() bool { // behind the checkpoint
		now, err := k.db.LogHead(t.Context(), org)
		return err == nil && now.Size > head.Size
	})
	for _, flags := range [][]string{{}, {"--person", alice.OID.String(), "--tool", "whoami"}} {
		p.does(0, append([]string{"audit", "export", "--org", "contoso", "--out", "log.ndjson", "--checkpoint", "checkpoint"}, flags...)...)
		if said := p.does(2, append([]string{"audit", "verify", "log.ndjson"}, trust...)...); !strings.Contains(said, "completeness: proven") || !strings.Contains(said, "anchored since") || !strings.Contains(said, "younger than your checkpoint") { // such as that somebody has read the log
			t.Errorf("the verifier says\n%s", said)
		}
	}
	for _, format := range []string{"csv", "ocsf"} {
		if text := p.does(0, "audit", "export", "--org", "contoso", "--out", "-", "--format", format, "--tool", "whoami"); !strings.Contains(text, id) {
			t.Errorf("%s is\n%s", format, text)
		}
	}
	k.seesExports(t, 4)
	seq = k.edit(t, id)
	p.does(0, "audit", "export", "--org", "contoso", "--out", "edited.ndjson")
	if said := p.does(1, append([]string{"audit", "verify", "edited.ndjson"}, trust...)...); !strings.Contains(said, "WRONG: line "+strconv.FormatInt(seq+2, 10)+", record "+strconv.FormatInt(seq, 10)+":") {
		t.Errorf("of the edited row the verifier says\n%s", said)
	}
}

// auditing is where an automation runs gatehouse that an owner has made an auditor.
func (k *stack) auditing(t *testing.T) pipeline {
	t.Helper()
	p := k.pipeline(t)
	token := k.managing(t, "contoso")
	if code, _, errs := p.run("audit", "search", "--org", "contoso"); code != 1 || !strings.Contains(errs, "this needs the role auditor") {
		t.Errorf("an admin's search ends with %d: %s", code, errs)
	}
	var granted map[string]any
	k.as(t, "contoso", "alice").post(at("contoso", "role-grants"), map[string]any{
		"role": tenants.Auditor, "grantee": map[string]any{"kind": "app", "id": claimsOf(t, token)["oid"]},
	}, &granted)
	return p
}

// seesExports looks at the log as a person who audits: the exports are in it, and that
// records were looked at.
func (k *stack) seesExports(t *testing.T, many int) {
	t.Helper()
	dan := k.as(t, "contoso", "dan")
	var page console.LogPage
	eventually(t, "the exports are sealed", patience, func() bool {
		dan.get(at("contoso", "log", "records")+"?kind=export", &page)
		exports, looks := 0, 0
		for _, r := range page.Items {
			if string(r.Fields["outcome"]) != `"ok"` || r.Trouble != "" {
				t.Errorf("an export is recorded as %s", r.Fields)
			}
			switch {
			case strings.Contains(string(r.Fields["target"]), "export "):
				exports++
			case string(r.Fields["detail"]) == `"shown"`:
				looks++
			}
		}
		return exports == many && looks > 0
	})
	for _, who := range []string{"carol", "frank"} {
		k.as(t, "contoso", who).send(http.MethodGet, at("contoso", "log", "records"), "").refused(http.StatusForbidden, "this needs the role auditor")
	}
}

// edit changes a byte of a record where it is stored, and returns the record's number.
func (k *stack) edit(t *testing.T, id string) (seq int64) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), k.database.Superuser)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if err := conn.QueryRow(t.Context(), "UPDATE audit_records SET own = set_byte(own, 40, get_byte(own, 40) # 1) WHERE id = $1 RETURNING seq", id).Scan(&seq); err != nil {
		t.Fatal(err)
	}
	return seq
}
