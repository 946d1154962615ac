package orgfile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

func TestApprovalsThatWaitAreTold(t *testing.T) {
	t.Parallel()
	source := tenants.NewGUID()
	made := access.Whole{Access: access.Configuration{Sources: []tools.Source{{ID: source, Name: "notes"}}}}
	right := tools.Hash{1}
	offered := map[access.Definition]tools.Hash{{Source: source, Kind: tools.KindTool, Name: "search"}: right, {Source: source, Kind: tools.KindTool, Name: "create"}: {2}}
	approval := func(name string) orgfile.Approval {
		return orgfile.Approval{Source: "notes", Kind: tools.KindTool, Name: name, Hash: right.String(), Effect: tools.Read}
	}
	d := orgfile.Document{Approvals: []orgfile.Approval{approval("search"), approval("create"), approval("delete"), approval("notes_search")}}
	var got []string
	for _, w := range orgfile.Waiting(d, made, offered) {
		got = append(got, w.String())
	}
	want := []string{
		"approvals[notes tool create]: waits: the source offers something else under this name now, and nobody gets that; read the definition, or correct the hash",
		"approvals[notes tool delete]: waits: the source does not offer it, as far as it has been read; nothing is served for it until the source offers exactly this",
		"approvals[notes tool notes_search]: waits: the source does not offer it, as far as it has been read; nothing is served for it until the source offers exactly this; if its own name is search, leave the prefix out",
	}
	if !slices.Equal(got, want) {
		t.Errorf("told is\n%s", strings.Join(got, "\n"))
	}
	for i := range 200 {
		d.Approvals = append(d.Approvals, approval(fmt.Sprint(i)))
	}
	if all := orgfile.Waiting(d, made, offered); len(all) != orgfile.MaxWaiting+1 || all[orgfile.MaxWaiting].String() != "approvals: 153 more wait for their definitions" {
		t.Errorf("%d are told, at last %q", len(all), all[len(all)-1])
	}
}
