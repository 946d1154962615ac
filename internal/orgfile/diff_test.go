package orgfile_test

import (
	"testing"

	"gatehouse/internal/orgfile"
)

// wanted changes something of every kind in every section of contoso.
const wanted = `
gatehouse: 1
organization:
  name: Contoso Ltd
  origins: []
  membership: {soft: 10m}
  signIn: {mode: brokered, acceptEntraTokens: true}
  guests: admit
  connection:
    appRole: ""
    credential: {kind: certificate, from: {file: /etc/contoso.pem}}
  apps: refuse
roleGrants:
  - {role: owner, grantee: {kind: person, id: 0a0a0a0a-0000-4000-8000-000000000002}}
  - {role: admin, grantee: {kind: person, id: 0a0a0a0a-0000-4000-8000-000000000003}, name: Bob, endsAt: 2027-01-01T01:00:00+01:00}
tools:
  - {name: search, effect: write}
  - {name: get_me, effect: read}
roles:
  - name: Payroll
    permissions:
      - {effect: allow, patterns: [payroll_read, payroll_run], condition: 'args.amount < 100'}
  - name: New one
    permissions: [{effect: allow, patterns: ['*']}]
assignments:
  - {role: Payroll, subject: {kind: group, value: 0a0a0a0a-0000-4000-8000-000000000001}}
  - {role: New one, subject: {kind: app_role, value: Tools.Execute.All}, name: Automation}
clients:
  - {id: AEBC6443-996d-45c2-90f0-388ff96faa56, name: VS Code}
scopeCeilings: []
`

func TestDiffReadsAsTheGoldenFilesSay(t *testing.T) {
	t.Parallel()
	current, doc := orgfile.Export(contoso()), read(t, wanted)
	golden(t, "testdata/keep.diff", orgfile.Diff(current, doc, orgfile.Keep).Text())
	golden(t, "testdata/prune.diff", orgfile.Diff(current, doc, orgfile.Prune).Text())
	golden(t, "testdata/none.diff", orgfile.Diff(current, current, orgfile.Prune).Text())
	golden(t, "testdata/kept.diff", orgfile.Diff(current, read(t, "gatehouse: 1\nscopeCeilings: []\n"), orgfile.Keep).Text())
}

func TestWhatIsKeptIsNothingToDo(t *testing.T) {
	t.Parallel()
	changes := orgfile.Diff(orgfile.Export(contoso()), read(t, "gatehouse: 1\nroles: []\n"), orgfile.Keep)
	if !changes.None() || len(changes) != 2 {
		t.Errorf("changes are\n%s", changes.Text())
	}
}

func TestSectionThatIsLeftOutIsNoChange(t *testing.T) {
	t.Parallel()
	if changes := orgfile.Diff(orgfile.Export(contoso()), read(t, "gatehouse: 1\n"), orgfile.Prune); len(changes) != 0 {
		t.Errorf("changes are\n%s", changes.Text())
	}
}
