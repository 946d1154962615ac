package demo_test

import (
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"
	"text/template"

	"gatehouse/internal/demo"
	"gatehouse/internal/emulator/seed"
)

var update = flag.Bool("update", false, "write cast.yaml anew")

// known are client secrets that everybody may know.
type known struct{}

func (known) Text(name string) string {
	return strings.TrimSuffix(strings.TrimPrefix(name, "client secret of "), ".example") + "-demo-secret"
}

func directories() []seed.Tenant {
	return demo.Directories(demo.Places{Base: "http://localhost:8080", Entra: "http://localhost:8081", Graph: "http://localhost:8082"}, known{})
}

// cast is the layout of cast.yaml. It says what the cast uses; a field that it
// lacks shows in TestCastFileSaysWhatTheWorldIs.
const cast = `# The tenants that gatehouse-dev plays with: Contoso and Fabrikam with the same
# cast, Gatehouse, which runs the platform, and Adatum, which nobody has
# registered. Written by the test of this
# package (-update); edit cast.go and
# platform.go.
tenants:
{{- range . }}
  - id: {{ .ID }}
    name: {{ .Name }}
    domain: {{ .Domain }}
    users:
{{- range .Users }}
      - {id: {{ .ID }}, username: {{ .Username }}
        {{- with .Password }}, password: {{ . }}{{ end }}, name: {{ .Name }}
        {{- with .Mail }}, mail: {{ . }}{{ end }}
        {{- with .Guest }}, guest: {{ . }}{{ end }}
        {{- with .DirectoryRoles }}, directoryRoles: [{{ join . }}]{{ end }}}
{{- end }}
{{- with .Groups }}
    groups:
{{- range . }}
      - {id: {{ .ID }}, name: {{ .Name }}{{ with .Members }}, members: [{{ names . }}]{{ end }}
        {{- if .Unified }}, unified: true{{ end }}
        {{- with .MembershipRule }}, membershipRule: '{{ . }}'{{ end }}
        {{- if .RoleAssignable }}, roleAssignable: true{{ end }}
        {{- if .Synced }}, synced: true{{ end }}}
{{- end }}{{ end }}
{{- with .Apps }}
    apps:
{{- range . }}
      - id: {{ .ID }}
        name: {{ .Name }}
        secret: {{ .Secret }}
{{- if .MultiTenant }}
        multiTenant: true
{{- end }}
{{- with .Publisher }}
        publisher: {{ . }}
{{- end }}
{{- with .Redirects.Web }}
        redirects: {web: [{{ join . }}]}
{{- end }}
{{- with .IdentifierURIs }}
        identifierUris: [{{ join . }}]
{{- end }}
{{- with .Scopes }}
        scopes: [{{ join . }}]
{{- end }}
        appRoles:
{{- range .AppRoles }}
          - {value: {{ .Value }}, members: [{{ join .Members }}]}
{{- end }}
{{- with .AppRoleAssignments }}
        appRoleAssignments:
{{- range . }}
          - {role: {{ .Role }}, principal: {{ names (list .Principal) }}}
{{- end }}{{ end }}
{{- with .PreAuthorized }}
        preAuthorized:
{{- range . }}
          - {client: {{ names (list .Client) }}}
{{- end }}{{ end }}
        requestedTokenVersion: {{ .RequestedTokenVersion }}
        groupMembershipClaims: {{ .GroupMembershipClaims }}
        optionalClaims:
{{- with .OptionalClaims.AccessToken }}
          accessToken:
{{- range . }}
            - {name: {{ .Name }}{{ with .Properties }}, properties: [{{ join . }}]{{ end }}}
{{- end }}{{ end }}
{{- with .OptionalClaims.IDToken }}
          idToken:
{{- range . }}
            - {name: {{ .Name }}{{ with .Properties }}, properties: [{{ join . }}]{{ end }}}
{{- end }}{{ end }}
{{- with .RequiredAccess }}
        requiredAccess:
{{- range . }}
          - {resource: {{ names (list .Resource) }}, scopes: [{{ join .Scopes }}]}
{{- end }}{{ end }}
{{- with .Consents }}
        consents:
{{- range . }}
          - {resource: {{ names (list .Resource) }}, scopes: [{{ join .Scopes }}]}
{{- end }}{{ end }}
{{- end }}{{ end }}
{{- end }}
`

func render(t *testing.T, tenants []seed.Tenant) string {
	t.Helper()
	names := map[string]string{
		seed.MicrosoftGraph: "Microsoft Graph", seed.VisualStudioCode: "Visual Studio Code", seed.AzureCLI: "Microsoft Azure CLI",
	}
	for _, tenant := range tenants {
		for _, u := range tenant.Users {
			names[u.ID] = u.Username
		}
		for _, g := range tenant.Groups {
			names[g.ID] = g.Name
		}
	}
	join := func(all []string) string { return strings.Join(all, ", ") }
	layout, err := template.New("cast.yaml").Funcs(template.FuncMap{
		"join": join,
		"list": func(one string) []string { return []string{one} },
		"names": func(ids []string) string {
			var out []string
			for _, id := range ids {
				out = append(out, names[id])
			}
			return join(out)
		},
	}).Parse(cast)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := layout.Execute(&text, tenants); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestCastFileSaysWhatTheWorldIs(t *testing.T) {
	t.Parallel()
	want := directories()
	if text := render(t, want); *update {
		if err := os.WriteFile("cast.yaml", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if text != demo.CastYAML {
		t.Error("cast.yaml is old; run: go test ./internal/demo -run TestCastFile -update")
	}
	got, err := seed.Read("cast.yaml", strings.NewReader(render(t, want)))
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if !reflect.DeepEqual(got.Tenants[i], want[i]) {
			t.Errorf("%s differs:\n%+v\nwant\n%+v", want[i].Name, got.Tenants[i].Apps, want[i].Apps)
		}
	}
}

func TestCastIsSixPeopleInTwoOrganizations(t *testing.T) {
	t.Parallel()
	doc, err := demo.Cast()
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.Tenants) != 4 {
		t.Fatalf("%d tenants", len(doc.Tenants))
	}
	for _, tenant := range doc.Tenants[:2] {
		carol := ""
		var people []string
		for _, u := range tenant.Users {
			local, _, _ := strings.Cut(u.Username, "@")
			people = append(people, local)
			if local == "carol" {
				carol = u.ID
			}
		}
		if got := strings.Join(people, " "); got != "alice bob carol dan erin frank" {
			t.Errorf("%s has %s", tenant.Name, got)
		}
		in := 0
		for _, g := range tenant.Groups {
			for _, member := range g.Members {
				if member == carol {
					in++
				}
			}
		}
		if in != 250 {
			t.Errorf("carol of %s is in %d groups, want 250", tenant.Name, in)
		}
	}
}
