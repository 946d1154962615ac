package console_test

import (
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
)

// verbs are the beginnings of ids by method.
var verbs = map[string]string{
	"PUT": "update", "PATCH": "apply", "DELETE": "delete", "GET": "get|list|search|operatorList",
	"POST": "create|suspend|resume|restore|activate|operatorAdmit|operatorSuspend|operatorResume|request|run|describe|explain|reconcile|recover|approve|withdraw|refresh|revoke|dismiss|cancel",
}

// takenBack are the kinds whose resources are only taken away. Nobody decides
// anything by them that another decision could be based on; a connection is another
// with every use, and revoking it never has to wait for that.
func (o operation) takenBack() bool {
	return o.Tags[0] == "connections" || o.Tags[0] == "client-requests" || o.Tags[0] == "source-authorizations" || o.Tags[0] == "erasures" || o.Tags[0] == "own-access"
}

// administered are the kinds of operations whose resources are changed as they
// were read; what operators make is only taken back.
func (o operation) administered() bool {
	return o.Tags[0] != "operator"
}

func TestOperationsFollowOneGrammar(t *testing.T) {
	t.Parallel()
	d, all := operations(t, newRig(t))
	var used []string
	for _, o := range all {
		used = append(used, o.Tags[0])
		if o.administered() && !regexp.MustCompile("^("+verbs[o.method]+")[A-Z][a-zA-Z]+$").MatchString(o.OperationID) {
			t.Errorf("%s %s is called %s", o.method, o.path, o.OperationID)
		}
		if strings.HasPrefix(o.path, "/api/operator/organizations/{") != strings.HasPrefix(o.path, "/api/operator/organizations/{organizationId}") {
			t.Errorf("%s names an organization's id otherwise than the others", o.path)
		}
		if o.administered() && !o.takenBack() && (o.method == "PUT" || o.method == "PATCH" || o.method == "DELETE") && !o.has("header", "If-Match") {
			t.Errorf("%s changes what nobody may have read", o.OperationID)
		}
		for _, p := range o.Parameters {
			if p.Name == "If-Match" && !p.Required {
				t.Errorf("%s lets If-Match be left out", o.OperationID)
			}
		}
	}
	var declared []string
	for _, tag := range d.Tags {
		if declared = append(declared, tag.Name); !regexp.MustCompile("^[a-z]+(-[a-z]+)*$").MatchString(tag.Name) || tag.Description == "" {
			t.Errorf("the tag %q has the description %q", tag.Name, tag.Description)
		}
	}
	slices.Sort(used)
	slices.Sort(declared)
	if used = slices.Compact(used); !slices.Equal(used, declared) {
		t.Errorf("tags are %q, and described are %q", used, declared)
	}
}

func TestEveryAnswerDeclaresItsHeaders(t *testing.T) {
	t.Parallel()
	d, all := operations(t, newRig(t))
	for _, o := range all {
		for status := range o.Responses {
			wanted := []string{"X-Request-Id"}
			switch status {
			case "401":
				wanted = append(wanted, "WWW-Authenticate")
			case "429", "503":
				wanted = append(wanted, "Retry-After")
			}
			declared := d.answer(o, status).Headers
			for _, name := range wanted {
				if declared[name].Ref != "#/components/headers/"+name || d.Components.Headers[name].Description == "" {
					t.Errorf("%s declares %v for %s, and not %s", o.OperationID, declared, status, name)
				}
			}
		}
	}
}

// TestTagsAreOfWhatCanBeChanged: whoever is given an ETag can send it back
// somewhere, and whoever has to send one is given it.
func TestTagsAreOfWhatCanBeChanged(t *testing.T) {
	t.Parallel()
	d, all := operations(t, newRig(t))
	changed := map[string]bool{"/api/organizations": true, "/api/ownership": true} // both answer with an organization
	for _, o := range all {
		if o.has("header", "If-Match") {
			item := strings.TrimSuffix(o.path, "/credential")
			changed[item], changed[item+"/activate"] = true, true
			if parent, named := strings.CutSuffix(item[:strings.LastIndex(item, "/")+1], "/"); named && strings.HasSuffix(item, "}") && o.path != "/api/organizations/{org}" {
				changed["POST "+parent] = true
			}
		}
	}
	for _, o := range all {
		_, tagged := d.answer(o, o.status()).Headers["ETag"]
		can := changed[o.path] || o.method == "POST" && changed["POST "+o.path] || changed[strings.TrimSuffix(o.path, "/credential")]
		if o.administered() && o.status() != "204" && tagged != can {
			t.Errorf("%s %s (%s): answers with a tag: %v; something takes it: %v", o.method, o.path, o.OperationID, tagged, can)
		}
	}
}

// TestTokensReachWhatSaysSo sends an admin's token to every operation: it does
// what declares it, and is refused by the rest whatever it is.
func TestTokensReachWhatSaysSo(t *testing.T) {
	t.Parallel()
	d, all := operations(t, newRig(t))
	taken := 0
	for _, o := range all {
		if o.takesTokens() {
			taken++
		}
		t.Run(o.OperationID, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			if prepare, ok := prepared[o.OperationID]; ok {
				prepare(r)
			}
			r.tokens["token"] = authz.Identity{Org: r.contoso.ID, TID: r.contoso.TID, OID: tenants.NewGUID(), Kind: authz.App, AppRoles: []string{console.ManageRole}}
			if o.role() == tenants.Auditor { // which an admin is not
				r.grant(r.contoso, tenants.RoleGrant{ID: tenants.NewGUID(), Role: tenants.Auditor, Grantee: tenants.Grantee{Kind: tenants.AppGrantee, ID: r.tokens["token"].OID}})
			}
			q := r.fill(d, o, r.contoso)
			if a := r.by(t, "token").do(o, q); o.takesTokens() && a.code >= 300 || !o.takesTokens() && a.code != http.StatusForbidden {
				t.Errorf("takes tokens: %v; one is answered %d %s", o.takesTokens(), a.code, a.body)
			}
			a := r.by(t, "invented").do(o, q)
			if want := map[bool]int{true: http.StatusUnauthorized, false: http.StatusForbidden}[o.takesTokens()]; a.code != want {
				t.Errorf("an invented token is answered %d, want %d: %s", a.code, want, a.body)
			}
			if !o.takesTokens() && len(r.wrote) > 0 {
				t.Error("something was written")
			}
		})
	}
	if taken < 30 {
		t.Errorf("%d operations take tokens", taken)
	}
}

func TestWordsAreExplained(t *testing.T) {
	t.Parallel()
	d, _ := operations(t, newRig(t))
	whole := []string{
		"ConnectionSettings", "Connection", "Credential", "NewCredential", "Subject", "Grantee", "Decision", "DecisionCaller", "DecisionGrant",
		"DecisionVia", "Definition", "DefinitionText", "DefinitionFlag", "DefinitionChange", "SourceApproval", "SourceCredential", "NewSourceCredential", "SourceSettings", "ToolSettings",
		"ToApprove", "ToWithdraw", "OrganizationSignIn", "SignInChange", "ClientConnection", "ConnectedPerson", "ClientRequest", "NamedPerson", "Reviewed", "RefreshReport", "ReplicaHealth", "DecisionLimit", "DecisionGroup", "Question", "WantedRegistration", "Registration", "ConsentLink", "OnboardingState", "CallLimitSettings", "CallRate", "RecordingSettings",
	}
	for _, name := range whole {
		if len(d.Components.Schemas[name].Properties) == 0 {
			t.Errorf("there is no %s", name)
		}
	}
	for name, s := range d.Components.Schemas {
		for member, m := range s.Properties {
			if (slices.Contains(whole, name) || len(m.Enum) > 0) && !strings.HasSuffix(m.Description, ".") {
				t.Errorf("%s.%s has the description %q", name, member, m.Description)
			}
		}
	}
}

// TestConnectionsAreDescribedAsInTheDocument compares what an admin reads of one
// setting in two places; the contract adds what is used when it is left out.
func TestConnectionsAreDescribedAsInTheDocument(t *testing.T) {
	t.Parallel()
	docs := map[string]string{}
	for _, of := range []reflect.Type{reflect.TypeFor[orgfile.Connection](), reflect.TypeFor[orgfile.Organization]()} {
		for i := range of.NumField() {
			docs[of.Field(i).Name] = of.Field(i).Tag.Get("doc")
		}
	}
	groups := reflect.TypeFor[orgfile.Groups]()
	for name, member := range map[string]string{"GroupSource": "Source", "GroupsClaim": "Claim", "Background": "Background", "Notifications": "Notifications"} {
		f, _ := groups.FieldByName(member)
		docs[name] = f.Tag.Get("doc")
	}
	docs["Versions"] = docs["TokenVersions"]
	settings := reflect.TypeFor[console.ConnectionSettings]()
	for i := range settings.NumField() {
		f := settings.Field(i)
		if f.Name == "Model" { // the document cannot choose the shared app
			continue
		}
		if text, same := strings.CutPrefix(f.Tag.Get("doc"), docs[f.Name]); !same || docs[f.Name] == "" || !strings.HasPrefix(text, " Left out: ") {
			t.Errorf("%s is described as %q, in the document as %q", f.Name, f.Tag.Get("doc"), docs[f.Name])
		}
	}
}

// TestSigningInIsDescribedAsInTheDocument: the same words in both places.
func TestSigningInIsDescribedAsInTheDocument(t *testing.T) {
	t.Parallel()
	document, contract := reflect.TypeFor[orgfile.SignIn](), reflect.TypeFor[console.SignInSettings]()
	for i := range max(document.NumField(), contract.NumField()) {
		f, g := document.Field(i), contract.Field(i)
		if f.Name != g.Name || f.Tag.Get("doc") != g.Tag.Get("doc") || f.Tag.Get("enum") != g.Tag.Get("enum") {
			t.Errorf("%s is described as %q, in the document as %q", g.Name, g.Tag.Get("doc"), f.Tag.Get("doc"))
		}
	}
}

// TestStepsNameOperations: whoever is told what to do next finds it here.
func TestStepsNameOperations(t *testing.T) {
	t.Parallel()
	d, all := operations(t, newRig(t))
	named := d.Components.Schemas["Step"].Properties["action"].Enum
	for _, name := range named {
		if !slices.ContainsFunc(all, func(o operation) bool { return o.OperationID == name }) {
			t.Errorf("%s is no operation", name)
		}
	}
	if len(named) == 0 {
		t.Error("no step names one")
	}
}

// TestDocumentIsDescribedInTheContract: its schema is the one of org.yaml.
func TestDocumentIsDescribedInTheContract(t *testing.T) {
	t.Parallel()
	d, all := operations(t, newRig(t))
	const ref = "#/components/schemas/OrganizationDocument"
	for _, o := range all {
		if o.OperationID == "getConfiguration" && o.Responses["200"].Content["application/json"].Schema.Ref != ref {
			t.Errorf("getConfiguration answers with %+v", o.Responses["200"].Content)
		}
		if o.OperationID == "applyConfiguration" && o.RequestBody.Content["application/json"].Schema.Ref != ref {
			t.Errorf("applyConfiguration takes %+v", o.RequestBody.Content)
		}
	}
	s := d.Components.Schemas["OrganizationDocument"]
	of := reflect.TypeFor[orgfile.Document]()
	if len(s.Properties) != of.NumField() || !strings.Contains(s.Description, orgfile.SchemaPath) {
		t.Errorf("the schema has %d members and the description %q", len(s.Properties), s.Description)
	}
}
