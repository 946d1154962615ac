package orgfile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/spelling"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// Approval is a definition that somebody has approved; source, kind and name are
// its key.
type Approval struct {
	Source string       `json:"source" pattern:"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$" example:"notes" doc:"Name of the source."`
	Kind   tools.Kind   `json:"kind" enum:"tool,prompt,resource,resource_template,instructions" doc:"What the source offers."`
	Name   string       `json:"name" minLength:"1" maxLength:"2000" example:"search" doc:"The source's own name of it, without a prefix; of a resource its URI, of a template its URI template."`
	Hash   string       `json:"hash" pattern:"^sha256:[0-9a-f]{64}$" example:"sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b" doc:"Hash of the definition that is approved: sha256: and 64 digits. It counts as soon as the source offers exactly this."`
	Effect tools.Effect `json:"effect,omitempty" enum:"read,write,destructive" doc:"What running the tool does to the world. Of tools only."`
}

func (a Approval) key() string {
	return quoted(a.Source) + " " + string(a.Kind) + " " + quoted(a.Name)
}

// Path is where the approval stands in a document, as warnings name it.
func (a Approval) Path() string { return "approvals[" + a.key() + "]" }

// exportApprovals returns what people have approved, in the order of a sorted
// configuration.
func exportApprovals(c access.Configuration) []Approval {
	names := map[tenants.GUID]string{}
	for _, s := range c.Sources {
		names[s.ID] = s.Name
	}
	out := []Approval{}
	for _, a := range c.Approvals {
		if !a.Automatic {
			out = append(out, Approval{names[a.Source], a.Kind, a.Name, a.Hash.String(), a.Effect})
		}
	}
	return out
}

// approvalKeys returns the keys of all approvals, policies' own too.
func approvalKeys(c access.Configuration) []string {
	keys := make([]string, len(c.Approvals))
	for i, a := range c.Approvals {
		a.Automatic = false
		c.Approvals[i] = a
	}
	for i, a := range exportApprovals(c) {
		keys[i] = a.key()
	}
	return keys
}

// approvals makes what people have approved what is wanted. What policies have
// approved stays, unless the document approves the same by itself.
func (a *applier) approvals() {
	sources := a.sourcesThere()
	if prunes(a, a.wanted.Approvals) {
		a.withdraw(unmentioned(a.was.Approvals, a.wanted.Approvals, Approval.key), sources)
	}
	had := byKey(a.was.Approvals, Approval.key)
	var list []tools.Approval
	var at []access.Place // of each
	for i, wanted := range a.wanted.Approvals {
		if had[wanted.key()] == wanted {
			continue
		}
		place := access.Place("approvals").At(i)
		source, there := sources[wanted.Source]
		if !there {
			a.add(place.Field("source"), fmt.Sprintf("%q is no source of this organization%s", wanted.Source, meantSource(wanted.Source, a.state.Access.Sources)))
			continue
		}
		hash, err := tools.ParseHash(wanted.Hash)
		a.blame(place.Field("hash"), err)
		list = append(list, tools.Approval{Source: source.ID, Kind: wanted.Kind, Name: wanted.Name, Hash: hash, Effect: wanted.Effect, At: utc(a.how.Now)})
		at = append(at, place)
	}
	if len(list) > 0 {
		a.blameEach(at, a.state.Access.Approve(list))
	}
}

// withdraw takes back what is approved of sources that are still there.
func (a *applier) withdraw(gone []Approval, sources map[string]tools.Source) {
	withdrawn := map[access.Definition]bool{}
	for _, g := range gone {
		if source, there := sources[g.Source]; there {
			withdrawn[access.Definition{Source: source.ID, Kind: g.Kind, Name: g.Name}] = true
		}
	}
	if len(withdrawn) == 0 {
		return
	}
	c := &a.state.Access
	c.Approvals = slices.DeleteFunc(slices.Clone(c.Approvals), func(x tools.Approval) bool { return withdrawn[access.DefinitionOf(x)] })
}

// blameEach adds what a refused list of approvals says, at the places of its
// entries.
func (a *applier) blameEach(at []access.Place, err error) {
	problems := access.ProblemsOf(err)
	if err != nil && problems == nil {
		problems = []access.Problem{{Path: "approvals", Message: fault.Public(err)}}
	}
	for _, p := range problems {
		place := access.Place(p.Path)
		inside, _ := strings.CutPrefix(p.Path, "approvals[")
		number, rest, _ := strings.Cut(inside, "]")
		if i, err := strconv.Atoi(number); err == nil && i < len(at) {
			place = at[i] + access.Place(rest)
		}
		a.add(place, p.Message)
	}
}

// approvals checks that tools have an effect, and nothing else has.
func (c *checker) approvals(all []Approval) {
	for i, a := range all {
		at := access.Place("approvals").At(i).Field("effect")
		switch tool := a.Kind == tools.KindTool; {
		case tool && a.Effect == "":
			c.add(at, "is missing; say whether running the tool is read, write or destructive")
		case !tool && a.Effect != "":
			c.add(at, "is for tools only; remove it")
		}
	}
}

func meantSource(name string, there []tools.Source) string {
	var known []string
	for _, s := range there {
		known = append(known, s.Name)
	}
	if near := spelling.Nearest(name, known); near != "" {
		return "; did you mean " + near + "?"
	}
	return "; add it under sources"
}
