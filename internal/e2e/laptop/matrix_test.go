package laptop_test

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The revisions that begin with initialize, and the one without sessions.
const (
	legacy = "2025-11-25"
	modern = "2026-07-28"
)

// step is a part of what a client can do.
type step string

const (
	signsIn        step = "signs in"
	lists          step = "lists"
	calls          step = "calls"
	refreshes      step = "refreshes"         // goes on without a browser after its access token is over
	stepsUp        step = "steps up"          // gets a further scope when a call needs one, and keeps the ones it had
	proves         step = "signs in stronger" // signs in anew when a call needs an authentication context; in brokered mode
	registersAgain step = "registers again"   // finds its way back after its registration is gone
)

// steps are all of them, in the order of the table.
var steps = []step{signsIn, lists, calls, refreshes, stepsUp, proves, registersAgain}

// outcome is what a client has done.
type outcome struct {
	Did      []step
	Failed   map[step]string
	Tools    []string
	Revision string   // empty: it does not tell
	Requests []string // empty: it does not tell
	Before   int      // how many of them were sent before the first call
	flags    string   // what it was told besides the URL and a client id
}

// kind is a client that people use, driven as it is published.
type kind struct {
	name, note string
	eras       []string
	drive      func(*testing.T, *world, combination) outcome
}

// kinds are all of them.
var kinds = []kind{
	{"@modelcontextprotocol/sdk", "", []string{legacy}, driveNode("signin-sdk-v1.mjs")},
	{"@modelcontextprotocol/client", "", []string{legacy, modern}, driveNode("signin-client-v2.mjs")},
	{"@modelcontextprotocol/client", "pinned", []string{modern}, driveNode("signin-client-v2.mjs")},
	{"mcp-remote", "", []string{legacy, modern}, driveNode("signin-mcp-remote.mjs")},
	{"@modelcontextprotocol/inspector", "command line", []string{legacy, modern}, driveInspector},
	{"github.com/modelcontextprotocol/go-sdk", "", []string{legacy, modern}, driveGoSDK},
	{"github.com/mark3labs/mcp-go", "", []string{legacy, modern}, driveMCPGo},
}

// combination is one client in one mode and one revision.
type combination struct {
	kind kind
	mode string
	era  string
}

func (c combination) String() string {
	return strings.TrimSpace(c.kind.name+" "+c.kind.note) + "/" + strings.ReplaceAll(c.mode, "`", "") + "/" + c.era
}

// combinations are all that there are.
func combinations() []combination {
	var all []combination
	for _, k := range kinds {
		for _, mode := range modes {
			for _, era := range k.eras {
				all = append(all, combination{k, mode, era})
			}
		}
	}
	return all
}

// pairs are the pairs of two things that a combination tries.
func (c combination) pairs() []string {
	who := c.kind.name + c.kind.note
	return []string{who + " in " + c.mode, who + " in " + c.era, c.mode + " in " + c.era}
}

// pairwise returns combinations that together try every pair that there is, each
// time the one that tries most of what is left.
func pairwise() []combination {
	left := map[string]bool{}
	for _, c := range combinations() {
		for _, p := range c.pairs() {
			left[p] = true
		}
	}
	var chosen []combination
	for len(left) > 0 {
		best := slices.MaxFunc(combinations(), func(a, b combination) int { return a.tries(left) - b.tries(left) })
		chosen = append(chosen, best)
		for _, p := range best.pairs() {
			delete(left, p)
		}
	}
	return chosen
}

func (c combination) tries(left map[string]bool) int {
	n := 0
	for _, p := range c.pairs() {
		if left[p] {
			n++
		}
	}
	return n
}

// TestEveryPairIsTried of a client, a mode and a revision, and every client in every
// mode once, which are the rows of the table.
func TestEveryPairIsTried(t *testing.T) {
	t.Parallel()
	tried, rows := map[string]bool{}, map[string]int{}
	for _, c := range pairwise() {
		rows[c.row()]++
		for _, p := range c.pairs() {
			tried[p] = true
		}
	}
	for _, c := range combinations() {
		for _, p := range c.pairs() {
			if !tried[p] {
				t.Errorf("nobody tries %s", p)
			}
		}
		if rows[c.row()] == 0 {
			t.Errorf("no row of %s", c)
		}
	}
	if all := len(combinations()); len(pairwise()) >= all {
		t.Errorf("%d of %d combinations", len(pairwise()), all)
	}
}

// TestClientsSignIn drives the clients people use, unmodified, through all that
// they can do, and writes down what that is.
func TestClientsSignIn(t *testing.T) {
	t.Parallel()
	if err := installed(); err != nil {
		t.Fatal(err)
	}
	w, table := newWorld(t), newTable(t)
	t.Cleanup(func() { table.hold(t) }) // when all of them are through
	for _, c := range pairwise() {
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			got := c.kind.drive(t, w, c)
			got.hold(t, c)
			table.note(t, c, got)
		})
	}
}

// beforeScope are the tools of a token without the scope for dice.
var beforeScope = []string{"graph_get_my_profile", "greeting_card", "whoami"}

// hold holds an outcome to what it has to be whoever the client is.
func (o outcome) hold(t *testing.T, c combination) {
	t.Helper()
	for _, s := range steps {
		why, failed := o.Failed[s]
		if failed && reason(why) == "" {
			t.Errorf("it does not do what is called %q, and nobody knows why: %s", s, why)
		}
		if failed && c.mode == brokered && !slices.Contains([]step{stepsUp, proves, registersAgain}, s) {
			t.Errorf("with nothing but the URL, it does not do what is called %q: %s", s, why)
		}
		if failed == slices.Contains(o.Did, s) && (failed || slices.Contains(o.Did, signsIn)) && (c.mode == brokered || s != registersAgain && s != proves) {
			t.Errorf("of what is called %q it is not known whether it does it", s)
		}
	}
	if slices.Contains(o.Did, lists) && !slices.Equal(o.Tools, beforeScope) {
		t.Errorf("it lists %v, want %v", o.Tools, beforeScope)
	}
	if o.Revision != "" && slices.Contains(o.Did, signsIn) && o.Revision != c.era {
		t.Errorf("it speaks %s, want %s", o.Revision, c.era)
	}
	if c.kind.name == "@modelcontextprotocol/sdk" && c.mode == brokered && slices.Contains(o.Did, signsIn) && (o.Before == 0 || o.Before > mostRequests) {
		t.Errorf("%d requests go before the first call, want %d at most: %v", o.Before, mostRequests, o.Requests)
	}
}

// mostRequests is how many requests a client that keeps what it discovers may need
// from knowing nothing but a URL to the first call.
const mostRequests = 8

// reasons are why a step fails, as the table says it. The first that is found
// counts.
var reasons = []struct {
	in  *regexp.Regexp
	say string
}{
	{regexp.MustCompile(`AADSTS9010010`), "Entra refuses its `resource`, AADSTS9010010"},
	{regexp.MustCompile(`does not implement PKCE`), "Entra's document promises no PKCE"},
	{regexp.MustCompile(`it has no refresh token`), "it asks Entra for no `offline_access`"},
	{regexp.MustCompile(`invalid_client`), "it ends with `invalid_client`"},
	{regexp.MustCompile(`tool_not_found`), "it calls only what is listed"},
	{regexp.MustCompile(`403 after trying upscoping|returned AUTHORIZED without authorization code`), "it refreshes instead, for the scopes that it has"},
	{regexp.MustCompile(`the token's scopes do not permit this|only after a stronger sign-in`), "it takes the challenge for an error"},
}

// reason is why a step fails; empty if that is not known.
func reason(text string) string {
	for _, r := range reasons {
		if r.in.MatchString(text) {
			return r.say
		}
	}
	return ""
}

// clientLimit bounds one client's whole journey, ten times what is usual.
const clientLimit = 5 * time.Minute

// patient is a context for one journey.
func patient(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), clientLimit)
	t.Cleanup(cancel)
	return ctx
}

// endWhole has a process that takes too long end with everything it has started.
func endWhole(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = stopLimit
}

// try notes what came of a step, and returns whether it worked.
func (o *outcome) try(s step, take func() error) bool {
	if err := take(); err != nil {
		if o.Failed == nil {
			o.Failed = map[step]string{}
		}
		o.Failed[s] = fmt.Sprint(err)
		return false
	}
	o.Did = append(o.Did, s)
	return true
}
