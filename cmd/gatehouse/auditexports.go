package main

import (
	"context"
	"errors"

	"gatehouse/internal/manage"
	"gatehouse/internal/tenants"
)

var exportsToSinks = command{"exports", "list exports to sinks, and cancel one", runExports}

// runExports lists, or cancels the one that is named.
func runExports(ctx context.Context, p process, args []string) error {
	var o organization
	set := p.flags("audit exports")
	o.register(set)
	words, err := parseAmong(set, args)
	if err != nil {
		return err
	}
	id, err := cancelled(words)
	if err != nil {
		return err
	}
	client, err := o.client(p)
	if err != nil {
		return err
	}
	if id == "" {
		return manage.ListExports(ctx, client, p.out)
	}
	return manage.CancelExport(ctx, client, id, p.out)
}

// cancelled is the export that is to be cancelled; empty: none is.
func cancelled(words []string) (string, error) {
	switch {
	case len(words) == 0:
		return "", nil
	case words[0] != "cancel" || len(words) != 2:
		return "", errors.New("say nothing to list the exports, or cancel and the id of one")
	}
	id, err := tenants.ParseGUID(words[1])
	if err != nil {
		return "", errors.New("that is no id of an export; gatehouse audit exports lists them")
	}
	return id.String(), nil
}
