package whatif_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/asof"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/whatif"
)

var (
	argumentsOf = []string{`{}`, `{"amount":4}`, `{"amount":9}`, `{"amount":4,"force":true}`}
	keptOf      = map[string]string{`{}`: "", `{"amount":4}`: `{"/amount":4}`, `{"amount":9}`: `{"/amount":9}`, `{"amount":4,"force":true}`: `{"/amount":4}`}
)

func (r random) inputs() inputs {
	x := inputs{tool: pick(r, "pay", "read", "roll"), args: pick(r, argumentsOf...), at: noon.Add(time.Duration(r.IntN(5)-2) * 20 * time.Minute), entras: r.one(2)}
	x.id = authz.Identity{OID: pick(r, alice, bob), Kind: pick(r, authz.User, authz.User, authz.Guest), Delegated: true, Client: pick(r, "editor", "chat"), Scopes: []string{scope}}
	if r.one(4) {
		x.id.Scopes = []string{"small", scope}
	}
	if r.one(2) {
		x.id.AppRoles = []string{"Approve"}
	}
	if r.one(2) {
		x.id.AuthContexts = []string{"c1"}
	}
	for _, g := range groups {
		if r.one(2) {
			x.groups = append(x.groups, g)
		}
	}
	if r.one(3) {
		x.kept = keptOf[x.args]
	}
	return x
}

// variants calls each with every call that is the same but for what the log does not say.
func (x inputs) variants(open []tenants.GUID, each func(inputs)) {
	for set := range 1 << len(open) {
		y := x
		y.groups = slices.DeleteFunc(slices.Clone(x.groups), func(g tenants.GUID) bool { return slices.Contains(open, g) })
		for i, g := range open {
			if set&(1<<i) != 0 {
				y.groups = append(y.groups, g)
			}
		}
		for _, args := range argumentsOf {
			if x.kept != "" && keptOf[args] != x.kept {
				continue
			}
			for bits := range 8 {
				y.args, y.entras, y.id.AppRoles, y.id.AuthContexts = args, bits&1 != 0, nil, nil
				if bits&2 != 0 {
					y.id.AppRoles = []string{"Approve"}
				}
				if bits&4 != 0 {
					y.id.AuthContexts = []string{"c1"}
				}
				each(y)
			}
		}
	}
}

// decision is what a world decides, for comparison.
func (x inputs) decision(w court) (through bool) {
	_, v := x.decided(w)
	return x.admitted(w) && v == authz.Allowed
}

// claim is what a tally of one record says of it.
func claim(tally whatif.Tally, then bool) string {
	switch {
	case tally.CannotTell == 1:
		return "cannot tell"
	case tally.Unchanged == 1:
		return fmt.Sprint(then)
	case tally.Gains == 1 && !then:
		return "true"
	case tally.Loses == 1 && then:
		return "false"
	}
	return "nothing"
}

// TestEveryClaimIsWhatThePredicateWouldHaveDecided draws organizations, proposals and
// calls. Each recorded call is decided anew by the predicate, with everything that the
// log leaves out taken to be as it may have been: wherever that makes a difference
// nothing is claimed, and wherever something is claimed it is what was decided.
func TestEveryClaimIsWhatThePredicateWouldHaveDecided(t *testing.T) {
	t.Parallel()
	r := random{rand.New(rand.NewPCG(3, 14))}
	told, cautious, silent := 0, 0, 0
	for range 250 {
		was := r.organization()
		is := r.changed(was)
		would := r.changed(is)
		then, proposed := courtOf(t, was), courtOf(t, would)
		bases := map[string]*whatif.Basis{"then": basis(t, was), "present": basis(t, is), "proposed": basis(t, would)}
		for range 4 {
			x := r.inputs()
			if then.Access.Toolsets != nil && r.one(3) {
				x.toolset = "some"
			}
			if !x.admitted(then) {
				continue
			}
			open := groups
			p := whatif.Parts{Proposed: bases["proposed"], Present: bases["present"], Then: func(int64) (*whatif.Basis, error) { return bases["then"], nil }}
			if r.one(2) {
				open = nil
				p.Said = func(tenants.GUID) ([]asof.Said, error) { return []asof.Said{x.said()}, nil }
			}
			if r.one(4) {
				p.Then = func(int64) (*whatif.Basis, error) { return nil, nil }
			}
			by, verdict := x.decided(then)
			tally := replayed(t, p, x.record(t, then, nil))
			got := claim(tally, verdict == authz.Allowed)
			seen := map[bool]bool{}
			x.variants(open, func(y inputs) {
				also, same := y.decided(then)
				if y.admitted(then) && same == verdict && slices.Equal(also.Roles(), by.Roles()) {
					seen[y.decision(proposed)] = true
				}
			})
			truth := fmt.Sprint(x.decision(proposed))
			switch {
			case !seen[x.decision(proposed)]:
				t.Fatal("the call is not among its variants")
			case got == "nothing", got != "cannot tell" && (got != truth || len(seen) > 1):
				t.Fatalf("claimed %s, and it is %s in %v: %+v\n%+v\nwas %+v\nand would be %+v", got, truth, seen, x, tally, then.Access.Rules, proposed.Access.Rules)
			case got == "cannot tell" && len(seen) == 1:
				cautious++
			case got == "cannot tell":
				silent++
			default:
				told++
			}
		}
	}
	if told < 300 || silent < 20 || cautious > told/8 {
		t.Errorf("%d calls were told of, %d rightly not, and %d could have been", told, silent, cautious)
	}
}

// said is what was said of all groups when the call was made.
func (x inputs) said() asof.Said {
	s := asof.Said{Since: x.at.Add(-time.Minute), Until: x.at, Answers: map[tenants.GUID]authz.Answer{}}
	for _, g := range groups {
		s.Answers[g] = authz.NotMember
		if slices.Contains(x.groups, g) {
			s.Answers[g] = authz.Member
		}
	}
	return s
}
