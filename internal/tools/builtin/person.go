package builtin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/tools"
)

// person is the tools that act as the signed-in person.
type person struct{ deps Deps }

// question is what one of the tools asks Graph, and how the answer reads.
type question func(ctx context.Context, g Graph, as graph.Asking) (tools.Result, error)

// about is the part of a definition that differs between the tools.
var about = map[string]struct{ title, description string }{
	"graph_get_my_profile": {
		"My Microsoft 365 profile",
		"Reads the signed-in person's own profile from Microsoft Graph: name, user principal name, mail address, job title, department " +
			"and office. Use it when the user asks about their own work account. It cannot read other people's profiles. Takes no arguments.",
	},
	"graph_list_my_groups": {
		"My Microsoft Entra groups",
		"Lists the Microsoft Entra groups the signed-in person is in, directly or through other groups, with their names and object IDs. " +
			"Use it when the user asks which groups or teams they belong to. Lists up to 500 groups. Takes no arguments.",
	},
}

func (p person) tool(name string, ask question) tools.Tool {
	return tools.Tool{
		Name: name, Title: about[name].title, Description: about[name].description, Effect: tools.Read,
		InputSchema: mustSchema("nothing.in"), OutputSchema: mustSchema(name + ".out"),
		Invoker: tools.InvokerFunc(func(ctx context.Context, by authz.Caller, call tools.Call) (tools.Result, error) {
			return p.invoke(ctx, by, call, errand{RequiredScopes(name), ask})
		}),
	}
}

// errand is a question with the permissions it takes.
type errand struct {
	scopes []string
	ask    question
}

func (p person) invoke(ctx context.Context, by authz.Caller, call tools.Call, e errand) (tools.Result, error) {
	if !by.Identity().Delegated {
		return failed("This tool acts as the signed-in person, and an app is calling on its own behalf. Sign in as a person to use it."), nil
	}
	g, err := p.deps.Graph(ctx, by)
	if err != nil {
		return tools.Result{}, fmt.Errorf("choose Microsoft Graph: %w", err)
	}
	result, err := e.ask(ctx, g, graph.Asking{
		Priority: graph.High, RequestID: call.Record,
		Token: func(ctx context.Context) (string, error) {
			return p.deps.Tokens.OnBehalfOf(ctx, by, call.Assertion, e.scopes...)
		},
	})
	if err != nil {
		return refused(err, e.scopes)
	}
	return result, nil
}

// refused tells what Entra or Graph refused in words that help; any other
// failure stays a fault.
func refused(err error, scopes []string) (tools.Result, error) {
	if _, demanded := errors.AsType[*tools.ChallengeError](err); demanded {
		return tools.Result{}, err
	}
	text := fault.Public(err)
	switch fault.KindOf(err) {
	case fault.Forbidden:
		return failed(text + "\nThis tool acts as you with the delegated Microsoft Graph permissions " + strings.Join(scopes, ", ") +
			". If consent to them is missing, an Entra admin gives it in the Microsoft Entra admin center: Enterprise applications, " +
			"the application Gatehouse uses for this organization, Permissions, Grant admin consent."), nil
	case fault.Unauthenticated:
		return failed(text + "\nSign out of this connection and sign in again, then repeat the request."), nil
	case fault.Limited:
		return failed(text + wait(err, text)), nil
	case fault.NotFound:
		return failed(text + "\nMicrosoft Graph does not know the signed-in account."), nil
	case fault.Internal, fault.Invalid, fault.Conflict, fault.Upstream, fault.Unavailable:
	}
	return tools.Result{}, fmt.Errorf("ask Microsoft Graph: %w", err)
}

func wait(err error, text string) string {
	if strings.Contains(text, "try again") {
		return ""
	}
	if d := fault.RetryAfter(err); d > 0 {
		return fmt.Sprintf("\nTry again in %d seconds.", int(d.Seconds()+0.999))
	}
	return "\nTry again in a minute."
}

func (p person) profile(ctx context.Context, g Graph, as graph.Asking) (tools.Result, error) {
	me, err := g.Me(ctx, as)
	if err != nil {
		return tools.Result{}, err
	}
	var b strings.Builder
	for _, l := range [][2]string{
		{"Name", me.DisplayName},
		{"User principal name", me.UserPrincipalName},
		{"Mail", me.Mail},
		{"Job title", me.JobTitle},
		{"Department", me.Department},
		{"Office", me.OfficeLocation},
		{"Object ID", me.ID.String()},
	} {
		if l[1] != "" {
			b.WriteString(l[0] + ": " + oneLine(l[1]) + "\n")
		}
	}
	return structured(strings.TrimSuffix(b.String(), "\n"), me)
}

// The bounds of an answer about groups: what a model can use.
const (
	maxListed = 500
	maxInText = 100
)

// groupAnswer has the members of the output schema.
type groupAnswer struct {
	Groups    []graph.Group `json:"groups"`
	Total     int           `json:"total"`
	Truncated bool          `json:"truncated"`
}

func (p person) groups(ctx context.Context, g Graph, as graph.Asking) (tools.Result, error) {
	list, err := g.MyGroups(ctx, as)
	if err != nil {
		return tools.Result{}, err
	}
	a := groupAnswer{Groups: list.Groups, Total: len(list.Groups), Truncated: list.More || len(list.Groups) > maxListed}
	a.Groups = append(make([]graph.Group, 0, min(a.Total, maxListed)), a.Groups[:min(a.Total, maxListed)]...)
	return structured(a.text(), a)
}

func (a groupAnswer) text() string {
	if a.Total == 0 {
		return "You are in no groups."
	}
	var b strings.Builder
	fmt.Fprintf(&b, "You are in %d groups", a.Total)
	if a.Truncated {
		b.WriteString(" or more")
	}
	b.WriteString(":")
	for _, g := range a.Groups[:min(len(a.Groups), maxInText)] {
		name := oneLine(g.DisplayName)
		if name == "" {
			name = "(name not readable)"
		}
		b.WriteString("\n- " + name + " (" + g.ID.String() + ")")
	}
	if rest := a.Total - maxInText; rest > 0 {
		fmt.Fprintf(&b, "\nand %d more", rest)
	}
	return b.String()
}

// oneLine keeps a name from looking like several lines of the answer.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s))
}
