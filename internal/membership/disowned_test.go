package membership_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

func (d *desk) disown(t *testing.T, refusal *entra.TokenError) membership.Outcome {
	t.Helper()
	out, err := d.Disowned(t.Context(), membership.View{Organization: d.org, Credential: credential{}, Mapped: d.groups}, d.person, refusal)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestWhomEntraDisownsWhileTheyCallIsCutOffLikeWhoIsAway: what is kept decides, and not
// the one token that happened to be shown.
func TestWhomEntraDisownsWhileTheyCallIsCutOffLikeWhoIsAway(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kept    []error
		want    membership.Result
		dropped []int
	}{
		"nothing is kept":               {nil, membership.CutOff, nil},
		"what is kept is refused too":   {[]error{reauth(50057), reauth(70008)}, membership.CutOff, nil},
		"signed in since":               {[]error{reauth(50173), nil, nil}, membership.Unchanged, []int{0}},
		"has to do something":           {[]error{reauth(50173), refused(entra.Interaction)}, membership.Unchanged, []int{0}},
		"nobody has consented":          {[]error{refused(entra.Consent)}, membership.Unchanged, nil},
		"a policy":                      {[]error{refused(entra.Blocked)}, membership.Unchanged, nil},
		"Entra does not answer":         {[]error{refused(entra.Transient)}, membership.Delayed, nil},
		"Entra has too much to do":      {[]error{refused(entra.Throttled)}, membership.Delayed, nil},
		"the app registration is wrong": {[]error{refused(entra.Misconfigured)}, membership.Delayed, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, c.kept...)
			before := d.store.records[d.person]
			got := d.disown(t, &entra.TokenError{Class: entra.Reauth, Code: 50057})
			if got.Result != c.want || (len(d.store.lost) == 1) != (c.want == membership.CutOff) || !slices.Equal(d.pocket.dropped, c.dropped) {
				t.Errorf("%+v, cut off %q, dropped %v", got, d.store.lost, d.pocket.dropped)
			}
			if c.want == membership.CutOff && !strings.Contains(d.store.lost[0], "the account is disabled (AADSTS50057)") {
				t.Errorf("the log says %q", d.store.lost)
			}
			if after := d.store.records[d.person]; c.want != membership.CutOff && (after.Failures != before.Failures || !after.DueAt.Equal(before.DueAt)) {
				t.Errorf("the next refresh is another: %+v", after)
			}
			if d.graph.asked() != 0 {
				t.Error("Graph was asked")
			}
		})
	}
}

func TestWhoSignsInWhileTheyAreDisownedIsNotCutOff(t *testing.T) {
	t.Parallel()
	d := newDesk(t, reauth(50173))
	d.store.signedIn = true
	if got := d.disown(t, &entra.TokenError{Class: entra.Reauth, Code: 50173}); got.Result != membership.Delayed || len(d.store.lost) != 0 {
		t.Errorf("%+v", got)
	}
}

// TestDisownedWhereNobodyIsAskedAbout: Entra has said so all the same.
func TestDisownedWhereNobodyIsAskedAbout(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.org.Connection.GroupSource = tenants.TokenOnly
	if got := d.disown(t, &entra.TokenError{Class: entra.Reauth, Code: 50034}); got.Result != membership.CutOff || len(d.store.lost) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestFailureOfOurOwnDisownsNobody(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]func(*desk){
		"what is kept cannot be read":   func(d *desk) { d.pocket.err = errors.New("database is gone") },
		"what is kept cannot be opened": func(d *desk) { d.pocket.answers = []error{fault.New(fault.Internal, "wrong key")} },
	} {
		d := newDesk(t)
		broken(d)
		_, err := d.Disowned(t.Context(), membership.View{Organization: d.org, Credential: credential{}, Mapped: d.groups}, d.person, &entra.TokenError{Class: entra.Reauth, Code: 50057})
		if err == nil || len(d.store.lost) != 0 {
			t.Errorf("%s: %v, cut off %q", name, err, d.store.lost)
		}
	}
}
