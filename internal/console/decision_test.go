package console_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

// filled sets every field of a value to something, and every list to one entry.
func filled(v reflect.Value) {
	switch v.Interface().(type) {
	case tenants.GUID:
		v.Set(reflect.ValueOf(tenants.NewGUID()))
		return
	case time.Time:
		v.Set(reflect.ValueOf(start))
		return
	case authz.Verdict:
		v.Set(reflect.ValueOf(authz.NeedsStepUp))
		return
	case authz.Answer:
		v.Set(reflect.ValueOf(authz.Member))
		return
	}
	switch v.Kind() { //nolint:exhaustive // an explanation has no others
	case reflect.Struct:
		for i := range v.NumField() {
			filled(v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		filled(v.Index(0))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(v.Elem())
	case reflect.String:
		v.SetString("text " + v.Type().Name())
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Bool:
		v.SetBool(true)
	default:
		panic("a field of kind " + v.Kind().String())
	}
}

// TestDecisionLosesNothingOfAnExplanation compares the answer with the
// explanation's own JSON form, in which every member has a value.
func TestDecisionLosesNothingOfAnExplanation(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	filled(reflect.ValueOf(&r.explained.Explanation).Elem())
	r.explained.Remarks = []string{"a remark"}
	w := r.as(t, r.person(r.contoso, tenants.Viewer)).send(http.MethodPost, decisions, `{"person":"`+alice.String()+`","client":"c","tool":"whoami"}`, nil)
	want(t, w, http.StatusOK)
	var got, exact map[string]any
	text, err := json.Marshal(r.explained.Explanation)
	if err != nil {
		t.Fatal(err)
	}
	for from, into := range map[string]*map[string]any{string(text): &exact, w.Body.String(): &got} {
		if err := json.Unmarshal([]byte(from), into); err != nil {
			t.Fatal(err)
		}
	}
	if remarks, reasons := got["remarks"], got["reasons"].([]any); !reflect.DeepEqual(remarks, []any{"a remark"}) || !strings.HasPrefix(r.explained.Text(), reasons[0].(string)) {
		t.Errorf("%v, %v", remarks, reasons)
	}
	delete(got, "remarks")
	delete(got, "reasons")
	if !reflect.DeepEqual(got, exact) {
		t.Errorf("the answer is\n%v\nand the explanation\n%v", got, exact)
	}
}

const decisions = "/api/organizations/contoso/decisions"

// TestContractNamesEveryVerdict reads the words of the contract for the words of
// an explanation.
func TestContractNamesEveryVerdict(t *testing.T) {
	t.Parallel()
	d, _ := operations(t, newRig(t))
	decision, group := d.Components.Schemas["Decision"], d.Components.Schemas["DecisionGroup"]
	var verdicts, answers []string
	for v := authz.Hidden; v <= authz.Refused; v++ {
		verdicts = append(verdicts, v.String())
	}
	for a := authz.Unknown; a <= authz.Member; a++ {
		text, err := a.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, string(text))
	}
	if got := decision.Properties["verdict"].Enum; !slices.Equal(got, verdicts) {
		t.Errorf("verdicts are %v, want %v", got, verdicts)
	}
	if got := group.Properties["answer"].Enum; !slices.Equal(got, answers) {
		t.Errorf("answers are %v, want %v", got, answers)
	}
}

func TestQuestionsReachTheRulesWithWhoAsks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.person(r.contoso, tenants.Viewer)
	body := `{"person":"` + alice.String() + `","guest":true,"client":"c","tool":"whoami","scopes":["s"],"appRoles":["r"],"authenticationContexts":["c1"],"arguments":{"a":1}}`
	want(t, r.as(t, p).send(http.MethodPost, decisions, body, nil), http.StatusOK)
	r.tokens["token"] = authz.Identity{Org: r.contoso.ID, TID: r.contoso.TID, OID: tenants.NewGUID(), Kind: authz.App, AppRoles: []string{console.ManageRole}}
	want(t, r.by(t, "token").send(http.MethodPost, decisions, body, nil), http.StatusOK)
	exact := console.Question{
		Person: alice, Guest: true, Client: "c", Tool: "whoami", Scopes: []string{"s"}, AppRoles: []string{"r"}, AuthContexts: []string{"c1"}, Arguments: json.RawMessage(`{"a":1}`),
	}
	if !reflect.DeepEqual(r.questions, []console.Question{exact, exact}) || len(r.askers) != 2 || r.askers[0] == nil || r.askers[0].OID != p.OID || r.askers[1] != nil {
		t.Errorf("%+v by %v", r.questions, r.askers)
	}
}

// TestArgumentsAreAskedAboutAsTheyAreSent: conditions decide about numbers that
// no double holds, too.
func TestArgumentsAreAskedAboutAsTheyAreSent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Viewer))
	for _, arguments := range []string{`{"n":1e400}`, `{"n":[-1e999,{"m":9007199254740993.0}]}`, `{"n":123456789012345678901234567890}`, `{"n": 1.50}`} {
		body := `{"person":"` + alice.String() + `","client":"c","tool":"whoami","arguments":` + arguments + `}`
		want(t, b.send(http.MethodPost, decisions, body, nil), http.StatusOK)
		if got := string(r.questions[len(r.questions)-1].Arguments); got != arguments {
			t.Errorf("%s arrives as %s", arguments, got)
		}
	}
}

func TestNumbersOfTheContractFit(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Owner))
	tag := b.get("/api/organizations/contoso").Header().Get("ETag")
	for _, seconds := range []string{"1e400", "-1e400", "123456789012345678901234567890"} {
		body := `{"name":"Contoso","origins":[],"membership":{"softSeconds":` + seconds + `,"hardSeconds":60}}`
		want(t, b.send(http.MethodPut, "/api/organizations/contoso", body, map[string]string{"If-Match": tag}), http.StatusUnprocessableEntity)
	}
}

func TestBrokenRulesAreSaidAtTheirPlace(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	w := r.as(t, r.person(r.contoso, tenants.Admin)).send(http.MethodPost, roles,
		`{"name":"New","permissions":[{"effect":"allow","patterns":["who*"]},{"effect":"deny","patterns":["a b"],"condition":"caller.gest"}]}`, nil)
	want(t, w, http.StatusUnprocessableEntity)
	var p console.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	if len(p.Errors) != 2 || p.Errors[0].Location != "body.permissions[1].patterns[0]" || p.Errors[1].Location != "body.permissions[1].condition" || !strings.Contains(p.Errors[1].Message, "line 1, column 7") {
		t.Errorf("%+v", p.Errors)
	}
}

// TestAppliedDocumentComesWithItsWarnings: the answer has both, and the tag is
// the one that reading the configuration gives.
func TestAppliedDocumentComesWithItsWarnings(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	const path = "/api/organizations/contoso/configuration"
	w := b.send(http.MethodPatch, path, `{"name":"new"}`, map[string]string{"If-Match": b.get(path).Header().Get("ETag")})
	want(t, w, http.StatusOK)
	if got := strings.TrimSpace(w.Body.String()); got != `{"configuration":{"name":"new"},"warnings":[]}` {
		t.Errorf("without warnings: %s", got)
	}
	tag := b.get(path).Header().Get("ETag")
	if w.Header().Get("ETag") != tag {
		t.Errorf("the tag is %q, of the configuration %q", w.Header().Get("ETag"), tag)
	}
	r.odd = []console.ConfigurationWarning{{Path: "roles[Idle]", Message: "is a role that nobody has"}}
	w = b.send(http.MethodPatch, path+"?dryRun=true", `{"name":"new"}`, map[string]string{"If-Match": tag})
	want(t, w, http.StatusOK)
	if !strings.Contains(w.Body.String(), `"warnings":[{"path":"roles[Idle]","message":"is a role that nobody has"}]`) {
		t.Errorf("with one: %s", w.Body.String())
	}
}

// TestDocumentsAreAppliedAsAsked gives each query what it asks for.
func TestDocumentsAreAppliedAsAsked(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	const path = "/api/organizations/contoso/configuration"
	tag := b.get(path).Header().Get("ETag")
	for _, c := range []struct {
		query         string
		prune, dryRun bool
	}{
		{"?dryRun=true&prune=true", true, true},
		{"?dryRun=true", false, true},
		{"?dryRun=true&prune=false", false, true},
		{"?prune=true&dryRun=false", true, false},
	} {
		w := b.send(http.MethodPatch, path+c.query, `{"name":"new"}`, map[string]string{"If-Match": tag})
		want(t, w, http.StatusOK)
		put := r.puts[len(r.puts)-1]
		if put.Prune != c.prune || put.DryRun != c.dryRun || put.Role != tenants.Admin || string(put.Document) != `{"name":"new"}` || (w.Header().Get("ETag") == "") != c.dryRun {
			t.Errorf("%s: %+v, tag %q", c.query, put, w.Header().Get("ETag"))
		}
	}
	for _, query := range []string{"?prune=perhaps", "?dryrun=true"} {
		want(t, b.send(http.MethodPatch, path+query, `{}`, map[string]string{"If-Match": tag}), http.StatusUnprocessableEntity)
	}
}
