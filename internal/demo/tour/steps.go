package tour

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/demo"
)

// steps are what is shown, in order: some rest on those before.
func (t *tour) steps() []step {
	return []step{
		{
			"Alice's AI app lists its tools", `ask "$(token contoso.example alice)" tools/list`,
			"The app had never heard of Contoso: it registered itself, she signed in at Entra and agreed, and her group Staff has a role that gives these tools.", t.alicesTools,
		},
		{
			"Bob's lists none", `ask "$(token contoso.example bob)" tools/list`,
			"To him the tools do not exist, and he is told why, with a reference that an admin can look up.", t.bobsTools,
		},
		{
			"Carol is in 250 groups, too many for a token", `ask "$(token contoso.example carol)" tools/list; control /journal | grep -o '"path":"/v1.0/me/checkMemberGroups"' | wc -l`,
			"Her token lists no group at all (overage); one request of Microsoft Graph answers for every group that a rule mentions, one that was added a moment ago included.", t.carolsGroups,
		},
		{
			"Alice's token at Fabrikam's door", `curl -si "$GATEHOUSE_URL/t/fabrikam/mcp" -X POST -H "Authorization: Bearer $(token contoso.example alice)" | grep -i '^www-authenticate'`,
			"A token is good at the organization that it was issued for and nowhere else, and the answer says whose it is.", t.wrongDoor,
		},
		{
			"Why may Alice?", fmt.Sprintf(`api carol POST /decisions '{"person":%q,"client":%q,"tool":"whoami"}'`, t.person("alice").OID, t.contoso.Clients[0].ClientID),
			"The same rules that decide calls explain themselves, before or after the fact.", t.explain,
		},
		{
			"Alice leaves Staff in Entra", "control /members '" + t.leaving() + "'",
			"Her session stayed open: at her next call Graph is asked behind the answer, the server tells the app that the list has changed, and the tools are gone. Then she joins again, and they are back.", t.leaveGroup,
		},
		{
			"Carol revokes Alice's app", `api carol POST /revocations '{"kind":"connection","subject":"'$(api carol GET /connections | sed -n 's/.*"items":\[{"id":"\([^"]*\)".*/\1/p')'","reason":"tour"}'`,
			"The open session is refused, and the app may go no further without asking Alice again.", t.revoke,
		},
		{
			"Somebody edits a row in PostgreSQL", t.tampering("edit", "edited", ""),
			"Each record is a leaf of a tree whose root is signed: verify names the one that was touched.", t.editRow,
		},
		{
			"The operator writes the whole log anew, and signs it", t.tampering("rewrite", "rewritten", " --checkpoint "+t.file("checkpoint.txt")),
			"Signed with the operator's own key, the new log is sound in itself; it does not match the checkpoint that Contoso has held since before. That is why checkpoints leave the house. The worker that runs may notice as well and say so in its log.", t.rewriteLog,
		},
		{
			"The log as it was", t.tampering("undo", "whole", " --checkpoint "+t.file("checkpoint.txt")),
			"What was tampered with is put back: nothing is missing or altered, and it is the log that Contoso's checkpoint is of.", t.restoreLog,
		},
	}
}

// staff is what the role of the group Staff gives.
var staff = []string{"graph_get_my_profile", "graph_list_my_groups", "greeting_card", "roll_dice", "whoami"}

func (t *tour) alicesTools(ctx context.Context) (came string, err error) {
	if t.alice, err = t.signIn(ctx, t.person("alice")); err != nil {
		return "", err
	}
	t.later(func(context.Context) error {
		_ = t.alice.session.Close() // whoever was revoked cannot say goodbye
		return nil
	})
	t.later(t.disconnect)
	names, err := t.alice.tools(ctx)
	if err == nil && !slices.Equal(names, staff) {
		err = fmt.Errorf("her tools are %q, want %q", names, staff)
	}
	if err == nil {
		err = t.alice.call(ctx)
	}
	return strings.Join(names, ", "), err
}

func (t *tour) bobsTools(ctx context.Context) (string, error) {
	p, err := t.script(ctx, t.person("bob"))
	if err != nil {
		return "", err
	}
	defer func() { _ = p.session.Close() }()
	names, err := p.tools(ctx)
	said := p.lists
	if said == "" {
		said = p.session.InitializeResult().Instructions
	}
	switch {
	case err != nil:
		return "", err
	case len(names) > 0:
		return "", fmt.Errorf("his tools are %q, want none", names)
	case !strings.Contains(said, "Reference: "):
		return "", fmt.Errorf("nothing says why: %q", said)
	case p.call(ctx) == nil:
		return "", errors.New("he can call a tool that he cannot see")
	}
	return said, nil
}

// carolsTries is how often Carol's groups are looked up, each time anew: the worker may
// be asking for her at the very moment, or the mention not be in effect yet.
const carolsTries = 3

func (t *tour) carolsGroups(ctx context.Context) (string, error) {
	var counts []int
	first := int(time.Now().Unix())
	for try := range carolsTries {
		said, n, err := t.lookUpCarol(ctx, 1+(first+try)%carolsProjects)
		if err != nil || n == 1 {
			return said, err
		}
		counts = append(counts, n)
	}
	return "", fmt.Errorf("the emulated Microsoft Graph was asked %v times, want once each time", counts)
}

// carolsProjects is how many groups Carol is in that mean nothing.
const carolsProjects = 247

// lookUpCarol lists her tools, once a rule mentions a project of hers that none has
// mentioned: nothing is known of it yet. It returns how often Graph was asked for her.
func (t *tour) lookUpCarol(ctx context.Context, project int) (said string, requests int, err error) {
	carol := t.person("carol")
	if err := t.mention(ctx, demo.Group(t.contoso.Slug, fmt.Sprintf("Project %03d", project))); err != nil {
		return "", 0, err
	}
	before, err := t.askedOfGraph(ctx, carol)
	if err != nil {
		return "", 0, err
	}
	p, err := t.script(ctx, carol)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = p.session.Close() }()
	names, err := p.tools(ctx)
	if err != nil {
		return "", 0, err
	}
	after, err := t.askedOfGraph(ctx, carol)
	if err != nil {
		return "", 0, err
	}
	if !slices.Contains(names, "notes_search") || !slices.Contains(names, "whoami") {
		return "", 0, fmt.Errorf("her tools are %q: the groups behind the overage are not known", names)
	}
	if requests = len(after) - len(before); requests == 0 {
		return "", 0, nil
	}
	last := after[len(after)-1]
	return fmt.Sprintf("%s\nMicrosoft Graph was asked once: %s %s", strings.Join(names, ", "), last.Method, last.Path), requests, nil
}

// mention has a rule of Contoso's mention a group until the end.
func (t *tour) mention(ctx context.Context, group string) error {
	var roles struct {
		Items []struct{ ID, Name string }
	}
	if _, err := t.api(ctx, http.MethodGet, "/roles", nil, &roles); err != nil {
		return err
	}
	i := slices.IndexFunc(roles.Items, func(r struct{ ID, Name string }) bool { return r.Name == "staff" })
	if i < 0 {
		return errors.New("there is no role staff at Contoso any more")
	}
	wanted := map[string]any{"role": roles.Items[i].ID, "subject": map[string]string{"kind": "group", "value": group}, "name": "One of Carol's projects"}
	var made struct{ ID string }
	resp, err := t.api(ctx, http.MethodPost, "/assignments", wanted, &made)
	if err != nil {
		return err
	}
	tag := resp.Header.Get("Etag")
	t.later(func(ctx context.Context) error {
		_, err := t.apiMatching(ctx, http.MethodDelete, "/assignments/"+made.ID, tag, nil, nil)
		return err
	})
	return nil
}

func (t *tour) wrongDoor(ctx context.Context) (string, error) {
	token, err := t.alice.token()
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.fabrikam.MCPURL, strings.NewReader("{}"))
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := t.exchange(req, nil)
	if err != nil {
		return "", err
	}
	if challenge := resp.Header.Get("Www-Authenticate"); resp.Code != http.StatusUnauthorized || !strings.Contains(challenge, "invalid_token") {
		return "", fmt.Errorf("the answer of Fabrikam is %s %q, want 401 with a challenge", resp.Status, challenge)
	}
	return resp.Status + "\n" + resp.Header.Get("Www-Authenticate"), nil
}

func (t *tour) explain(ctx context.Context) (string, error) {
	question := map[string]string{"person": t.person("alice").OID, "client": t.contoso.Clients[0].ClientID, "tool": "whoami"}
	var d struct {
		Verdict string
		Reasons []string
	}
	if _, err := t.api(ctx, http.MethodPost, "/decisions", question, &d); err != nil {
		return "", err
	}
	for _, reason := range d.Reasons {
		if d.Verdict == "allowed" && strings.Contains(reason, "allows whoami") {
			return d.Verdict + ": " + reason, nil
		}
	}
	return "", fmt.Errorf("the answer is %s: %q", d.Verdict, d.Reasons)
}
