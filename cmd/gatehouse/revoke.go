package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/authz"
	"gatehouse/internal/manage"
)

var revoke = command{"revoke", "cut off a person, an AI app, a connection, a session or everybody", runRevoke}

const revokeUsage = `usage: gatehouse revoke person <object id>     --org <name> --reason <why>
       gatehouse revoke client <client id>     --org <name> --reason <why>
       gatehouse revoke connection <id>        --org <name> --reason <why>
       gatehouse revoke session <id>           --org <name> --reason <why>
       gatehouse revoke organization --yes     --org <name> --reason <why>

`

// revocation is the arguments of revoke.
type revocation struct {
	organization
	reason string
	yes    bool
}

func (r *revocation) register(set *flag.FlagSet) {
	r.organization.register(set)
	set.StringVar(&r.reason, "reason", "", "why, for the organization's log")
	set.BoolVar(&r.yes, "yes", false, "cut off everybody of the organization")
	set.Usage = func() {
		_, _ = fmt.Fprint(set.Output(), revokeUsage)
		set.PrintDefaults()
	}
}

func runRevoke(ctx context.Context, p process, args []string) error {
	var r revocation
	set := p.flags("revoke")
	r.register(set)
	words, err := parseAmong(set, args)
	if err != nil {
		return err
	}
	cut, err := r.cut(words)
	if err != nil {
		return err
	}
	client, err := r.client(p)
	if err != nil {
		return err
	}
	return manage.Revoke(ctx, client, cut, p.out)
}

// kinds are what the first word may be; the last has no second.
var kinds = []authz.RevocationKind{authz.RevokePerson, authz.RevokeClient, authz.RevokeConnection, authz.RevokeSession, authz.RevokeOrganization}

// cut returns what the words say is to be cut off.
func (r *revocation) cut(words []string) (manage.Cut, error) {
	if len(words) == 0 || !slices.Contains(kinds, authz.RevocationKind(words[0])) {
		return manage.Cut{}, errors.New("say what to cut off\n\n" + strings.TrimSuffix(revokeUsage, "\n"))
	}
	cut := manage.Cut{Kind: authz.RevocationKind(words[0]), Reason: strings.TrimSpace(r.reason)}
	all := cut.Kind == authz.RevokeOrganization
	switch {
	case all && len(words) > 1:
		return cut, fmt.Errorf("%q is one too many: --org says which organization, and everybody of it is cut off", words[1])
	case all && !r.yes:
		return cut, errors.New("this cuts off everybody of the organization: people, AI apps, automations, and whoever is signed in to the console; give --yes if that is meant")
	case !all && len(words) == 1:
		return cut, fmt.Errorf("say which %s: gatehouse revoke %s <id>", cut.Kind, cut.Kind)
	case !all && len(words) > 2:
		return cut, fmt.Errorf("%q is one too many: one %s is cut off at a time, and an id with spaces stands in quotes", words[2], cut.Kind)
	case cut.Reason == "":
		return cut, errors.New(`the organization's log has to say why; give --reason, such as --reason "laptop stolen"`)
	case !all:
		cut.Subject = words[1]
	}
	return cut, nil
}

// parseAmong reads flags that stand before, between and after words, and returns the
// words.
func parseAmong(set *flag.FlagSet, args []string) (words []string, err error) {
	for {
		if err := set.Parse(args); err != nil {
			return nil, err
		}
		if set.NArg() == 0 {
			return words, nil
		}
		words, args = append(words, set.Arg(0)), set.Args()[1:]
	}
}
