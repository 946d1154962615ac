package console_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

func TestEveryOperationSaysWhatItIs(t *testing.T) {
	t.Parallel()
	d, all := operations(t, newRig(t))
	seen := map[string]bool{}
	for _, o := range all {
		if o.OperationID == "" || seen[o.OperationID] || o.Summary == "" || len(o.Tags) != 1 || len(o.Security) == 0 || o.status() == "" {
			t.Errorf("%s %s (%s) lacks an id of its own, a summary, a tag, a security requirement or a success", o.method, o.path, o.OperationID)
		}
		seen[o.OperationID] = true
		wanted := []string{"401", "403", "429", "500", "503"}
		if o.inOrganization() {
			wanted = append(wanted, "404")
		}
		if o.RequestBody != nil {
			wanted = append(wanted, "400", "413", "415", "422")
		}
		if o.has("header", "If-Match") {
			wanted = append(wanted, "412", "428")
		}
		for _, status := range wanted {
			if _, ok := d.answer(o, status).Content["application/problem+json"]; !ok {
				t.Errorf("%s does not say that it can answer %s", o.OperationID, status)
			}
		}
	}
}

// prepared is the state in which an operation can succeed, where that is not
// the usual one.
var prepared = map[string]func(*rig){
	"activateOrganization":       func(r *rig) { r.setState(tenants.Onboarding) },
	"resumeOrganization":         func(r *rig) { r.setState(tenants.Suspended) },
	"restoreOrganization":        func(r *rig) { r.setState(tenants.Deleted) },
	"createOrganization":         func(r *rig) { r.forget() },
	"operatorResumeOrganization": func(r *rig) { r.setState(tenants.Suspended) },
	"operatorAdmitOrganization":  func(r *rig) { r.setState(tenants.Pending) },
	"createAssignment":           func(r *rig) { r.noGroups = errNotConsented },
	"updateAssignment":           func(r *rig) { r.noGroups = errNotConsented },
	"createAccessReport":         func(r *rig) { r.pass(101 * time.Hour) },
}

func (r *rig) setState(s tenants.State) {
	o := r.orgs[r.contoso.ID]
	o.State = s
	if s == tenants.Deleted {
		o.DeletedAt, o.DeletedFrom = r.at(), tenants.Active
	}
	r.orgs[r.contoso.ID] = o
}

// forget makes contoso's directory one that nobody has registered.
func (r *rig) forget() {
	delete(r.orgs, r.contoso.ID)
}

// entitled is somebody who may do the operation.
func (r *rig) entitled(t *testing.T, o operation) *browser {
	t.Helper()
	if strings.HasPrefix(o.path, "/api/operator/") {
		return r.as(t, r.operator())
	}
	p := r.person(r.contoso, tenants.Owner)
	if strings.HasPrefix(o.path, "/api/me/") {
		p.OID = alice
	}
	return r.as(t, p)
}

func TestEveryOperationSucceedsAsTheContractSays(t *testing.T) {
	t.Parallel()
	d, all := operations(t, newRig(t))
	for _, o := range all {
		t.Run(o.OperationID, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			if prepare, ok := prepared[o.OperationID]; ok {
				prepare(r)
			}
			b := r.entitled(t, o)
			q := r.fill(d, o, r.contoso)
			a := b.do(o, q)
			if strconv.Itoa(a.code) != o.status() {
				t.Fatalf("answers %d, the contract says %s: %s\n%s", a.code, o.status(), a.body, q.body)
			}
			if _, isJSON := o.Responses[o.status()].Content["application/json"]; isJSON && !json.Valid([]byte(a.body)) {
				t.Errorf("the answer is no JSON: %s", a.body)
			}
			if o.has("header", "If-Match") && !strings.Contains(o.status(), "204") && !strings.Contains(a.headers, "Etag") {
				t.Error("the answer has no ETag to go on with")
			}
		})
	}
}

func TestOrganizationsOfOthersDoNotExist(t *testing.T) {
	t.Parallel()
	d, all := operations(t, newRig(t))
	for _, o := range all {
		if !o.inOrganization() {
			continue
		}
		t.Run(o.OperationID, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.tokens["theirs"] = authz.Identity{Org: r.other.ID, TID: r.other.TID, OID: tenants.NewGUID(), Kind: authz.App, AppRoles: []string{console.ManageRole}}
			q := r.fill(d, o, r.contoso)
			nowhere := q
			nowhere.path = strings.Replace(q.path, "/contoso", "/nobody", 1)
			for who, b := range map[string]*browser{
				"the owner of another": r.as(t, r.person(r.other, tenants.Owner)), "an operator": r.as(t, r.operator()),
				"an automation of another": r.by(t, "theirs"),
			} {
				got, missing, told := b.do(o, q), b.do(o, nowhere), 404
				if b.headers["Authorization"] != "" && !o.takesTokens() {
					told = 403
				}
				if got.code != told || missing.code != told || !sameProblem(t, got.body, missing.body) {
					t.Errorf("%s is told %d %s, and of one that does not exist %d %s", who, got.code, got.body, missing.code, missing.body)
				}
			}
			if len(r.wrote) > 0 || len(r.visits) > 0 {
				t.Error("something was written")
			}
		})
	}
}

// TestADeletedOrganizationIsReadAndRestoredAndNothingElse, but for its holds, asks every operation
// as its owner, as an operator whom it lets look inside, and as its automation.
func TestADeletedOrganizationIsReadAndRestoredAndNothingElse(t *testing.T) {
	t.Parallel()
	d, all := operations(t, newRig(t))
	for _, o := range all {
		if !o.inOrganization() || o.OperationID == "getOrganization" || o.OperationID == "restoreOrganization" || o.Tags[0] == "holds" {
			continue
		}
		t.Run(o.OperationID, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			q := r.fill(d, o, r.contoso)
			r.setState(tenants.Deleted)
			a := r.as(t, r.person(r.contoso, tenants.Owner)).do(o, q)
			if a.code != 404 || !strings.Contains(a.body, "an owner can restore it") {
				t.Errorf("its owner is answered %d %s", a.code, a.body)
			}
			if len(r.wrote) > 0 {
				t.Error("something was written")
			}
		})
	}
}

func TestADeletedOrganizationExistsForItsPeopleOnly(t *testing.T) {
	t.Parallel()
	d, all := operations(t, newRig(t))
	for _, o := range all {
		if !o.inOrganization() {
			continue
		}
		t.Run(o.OperationID, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.tokens["its own"] = authz.Identity{Org: r.contoso.ID, TID: r.contoso.TID, OID: tenants.NewGUID(), Kind: authz.App, AppRoles: []string{console.ManageRole}}
			olga := r.operator()
			r.support[r.contoso.ID] = []tenants.SupportAccess{{
				ID: tenants.NewGUID(), Operator: tenants.Operator{TID: platform, OID: olga.OID}, RequestedAt: r.at(), ApprovedAt: r.at(), EndsAt: r.at().Add(time.Hour),
			}}
			q := r.fill(d, o, r.contoso)
			nowhere := q
			nowhere.path = strings.Replace(q.path, "/contoso", "/nobody", 1)
			r.setState(tenants.Deleted)
			for who, b := range map[string]*browser{"an operator": r.as(t, olga), "its automation": r.by(t, "its own")} {
				got, missing := b.do(o, q), b.do(o, nowhere)
				want := 404
				if who == "its automation" && !o.takesTokens() {
					want = 403 // before anything is looked up
				}
				if got.code != want || !sameProblem(t, got.body, missing.body) {
					t.Errorf("%s is told %d %s, and of one that does not exist %d %s", who, got.code, got.body, missing.code, missing.body)
				}
			}
			if len(r.wrote) > 0 || len(r.visits) > 0 {
				t.Error("something was written")
			}
		})
	}
}

func TestNobodyLooksInsideWhatIsDeleted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.setState(tenants.Deleted)
	w := r.as(t, r.operator()).send("POST", "/api/operator/organizations/"+r.contoso.ID.String()+"/support-accesses", `{"reason":"to look inside once"}`, nil)
	if w.Code != 409 || !strings.Contains(w.Body.String(), "is deleted") || len(r.support[r.contoso.ID]) != 1 {
		t.Errorf("answers %d %s", w.Code, w.Body)
	}
}

// sameProblem compares two problems but for their request ids.
func sameProblem(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y console.Problem
	for text, into := range map[*console.Problem]string{&x: a, &y: b} {
		if err := json.Unmarshal([]byte(into), text); err != nil {
			t.Fatal(err)
		}
	}
	same := x.Type == y.Type && x.Detail == y.Detail && x.Title == y.Title && len(x.Errors) == len(y.Errors)
	return same && x.Instance != "" && x.Instance != y.Instance
}

func TestThingsOfOtherOrganizationsDoNotExist(t *testing.T) {
	t.Parallel()
	d, all := operations(t, newRig(t))
	for _, o := range all {
		if !o.inOrganization() || !o.has("path", "id") && !o.has("path", "client") && !o.has("path", "scope") && !o.has("path", "source") && !o.has("path", "toolset") && !o.has("path", "limit") && !o.has("path", "recording") && !o.has("path", "contact") && !o.has("path", "schedule") && !o.has("path", "sink") {
			continue
		}
		t.Run(o.OperationID, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			b := r.as(t, r.person(r.contoso, tenants.Owner))
			q := r.fill(d, o, r.other)
			q.path = strings.Replace(q.path, "/organizations/fabrikam/", "/organizations/contoso/", 1)
			w := b.send(q.method, q.path, q.body, map[string]string{"If-Match": `"something"`})
			if w.Code != 404 {
				t.Errorf("answers %d: %s", w.Code, w.Body)
			}
		})
	}
}

func TestRolesDecideWhatIsAllowed(t *testing.T) {
	t.Parallel()
	d, all := operations(t, newRig(t))
	for _, o := range all {
		if !o.inOrganization() {
			continue
		}
		t.Run(o.OperationID, func(t *testing.T) {
			t.Parallel()
			needed := o.role()
			if !needed.Includes(needed) {
				t.Fatalf("declares no role: %v", o.Security)
			}
			r := newRig(t)
			q := r.fill(d, o, r.contoso)
			for _, role := range []tenants.Role{"", tenants.Viewer, tenants.Auditor, tenants.Admin, tenants.Owner} {
				r.wrote = nil
				b := r.as(t, r.person(r.contoso, role))
				a := b.do(o, q)
				if allowed := role != "" && role.Includes(needed); allowed != (a.code != 403) {
					t.Errorf("%q is answered %d, %s is needed: %s", role, a.code, needed, a.body)
				}
				if a.code == 403 && len(r.wrote) > 0 {
					t.Errorf("%q was refused and wrote", role)
				}
			}
		})
	}
}

func TestNobodyIsAskedToSignIn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	d, all := operations(t, r)
	for _, o := range all {
		q := r.fill(d, o, r.contoso)
		w := r.browser(t).send(q.method, q.path, q.body, nil)
		if w.Code != 401 || w.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%s answers %d %v: %s", o.OperationID, w.Code, w.Header(), w.Body)
		}
	}
}

func TestOperatorsAreThePlatformsOwn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	d, all := operations(t, r)
	impostor := r.person(r.contoso, tenants.Owner)
	impostor.Operator = true // the app role, in another directory
	plain := r.operator()
	plain.Operator = false
	for who, b := range map[string]*browser{"of another directory": r.as(t, impostor), "without the app role": r.as(t, plain)} {
		for _, o := range all {
			if strings.HasPrefix(o.path, "/api/operator/") {
				if a := b.do(o, r.fill(d, o, r.contoso)); a.code != 403 {
					t.Errorf("%s: somebody %s is answered %d: %s", o.OperationID, who, a.code, a.body)
				}
			}
		}
	}
}

const planted = "Tr0ub4dor&3-correct/horse \"battery\" staple"

// TestWhatWasSentNeverComesBack puts a secret into every string of every
// operation in turn.
func TestWhatWasSentNeverComesBack(t *testing.T) {
	t.Parallel()
	d, all := operations(t, newRig(t))
	fields, refused := 0, 0
	for _, o := range all {
		if o.RequestBody == nil {
			continue
		}
		r := newRig(t)
		b := r.entitled(t, o)
		q := r.fill(d, o, r.contoso)
		var body any
		if err := json.Unmarshal([]byte(q.body), &body); err != nil {
			t.Fatal(err)
		}
		plant(body, func() {
			fields++
			text, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			a := b.do(o, request{q.method, q.path, string(text)})
			if a.code >= 400 {
				refused++
				if leaks(a.body+a.headers) || !strings.Contains(a.body, "urn:gatehouse:problem:") {
					t.Errorf("%s gives back what was sent: %s\n%s", o.OperationID, a.body, text)
				}
			}
			if leaks(r.log.String()) {
				t.Errorf("%s writes into the log what was sent: %s", o.OperationID, r.log)
			}
		})
	}
	if fields < 40 || refused < 25 {
		t.Errorf("the secret stood in %d fields and was refused in %d", fields, refused)
	}
}

// leaks looks for any part of the secret that a cut would leave.
func leaks(text string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(planted[:8])) || strings.Contains(text, "battery")
}

// plant puts the secret in place of every string in turn.
func plant(v any, try func()) {
	set := func(old any, put func(any)) {
		if _, ok := old.(string); ok {
			put(planted)
			try()
			put(old)
			return
		}
		plant(old, try)
	}
	switch v := v.(type) {
	case []any:
		for i := range v {
			set(v[i], func(n any) { v[i] = n })
		}
	case map[string]any:
		for name := range v {
			set(v[name], func(n any) { v[name] = n })
		}
	}
}
