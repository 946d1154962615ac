package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"gatehouse/internal/manage"
	"gatehouse/internal/tenants"
)

var erasePerson = command{"erase-person", "ask for a person to be erased from the log", runErasePerson}

const erasePersonUsage = `usage: gatehouse audit erase-person <object id> --again <object id> --org <name> [--name <name or address>]…

Nothing is erased before an owner has approved it.

`

// erasure is the arguments of erase-person.
type erasure struct {
	organization
	again string
	names []string
}

func (e *erasure) register(set *flag.FlagSet) {
	e.organization.register(set)
	set.StringVar(&e.again, "again", "", "the object ID once more, because it cannot be undone")
	set.Func("name", "what text may call the person, such as the user principal name; may be given several times", func(name string) error {
		e.names = append(e.names, name)
		return nil
	})
	set.Usage = func() {
		_, _ = fmt.Fprint(set.Output(), erasePersonUsage)
		set.PrintDefaults()
	}
}

func runErasePerson(ctx context.Context, p process, args []string) error {
	var e erasure
	set := p.flags("audit erase-person")
	e.register(set)
	words, err := parseAmong(set, args)
	if err != nil {
		return err
	}
	wanted, err := e.wanted(words)
	if err != nil {
		return err
	}
	client, err := e.client(p)
	if err != nil {
		return err
	}
	return manage.AskErasure(ctx, client, wanted, p.out)
}

// wanted returns who is to be erased, named twice.
func (e *erasure) wanted(words []string) (manage.Erasure, error) {
	if len(words) != 1 {
		return manage.Erasure{}, errors.New("name one person by their object ID, which the Entra admin center shows under Users")
	}
	person, err := tenants.ParseGUID(words[0])
	if err != nil {
		return manage.Erasure{}, fmt.Errorf("%.60q is no object ID; the Entra admin center shows it under Users, and a user name is none", words[0])
	}
	if again, err := tenants.ParseGUID(e.again); err != nil || again != person {
		return manage.Erasure{}, errors.New("an erasure cannot be undone: give the same object ID once more with --again")
	}
	return manage.Erasure{Person: person, Names: e.names}, nil
}
