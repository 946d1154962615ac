package main

import (
	"context"
	"errors"
	"fmt"
)

// measureGrowth is P9: how much of the rate of calls is kept when there are many
// organizations, when one has many tools, and when its people are in many groups.
func (l *lab) measureGrowth(ctx context.Context) ([]result, error) {
	organizations, err := l.growOrganizations(ctx)
	if err != nil {
		return nil, err
	}
	tools, err := l.growTools(ctx)
	if err != nil {
		return nil, err
	}
	groups, err := l.growGroups(ctx)
	if err != nil {
		return nil, err
	}
	return []result{organizations, tools, groups}, nil
}

// growOrganizations calls a built-in tool of the same organization in two
// processes: one with few organizations beside it, one with many.
func (l *lab) growOrganizations(ctx context.Context) (_ result, err error) {
	in, err := l.idleDatabase(ctx)
	if err != nil {
		return result{}, err
	}
	on, err := listen(ctx)
	if err != nil {
		return result{}, err
	}
	defer func() { err = errors.Join(err, on.close()) }()
	large, err := start(ctx, spec{role: productRole, setup: productSetup{Environ: l.around.environ(on, in)}, socket: on})
	if err != nil {
		return result{}, err
	}
	defer func() { err = errors.Join(err, large.stop()) }()
	if err := ready(ctx, large.addr); err != nil {
		return result{}, err
	}
	// What nobody has asked for is not in memory.
	err = errors.Join(
		knock(ctx, l.product.addr, 0, fewOrganizations-len(l.around.worlds.all())),
		knock(ctx, large.addr, 0, fewOrganizations+l.idle),
	)
	if err != nil {
		return result{}, err
	}
	pairs, err := l.sameCalls(ctx, l.product, large)
	if err != nil {
		return result{}, err
	}
	return result{target: organizationGrowth, figure: across(pairs, rateRatio), detail: rates(pairs) + ", " + costs(pairs)}, nil
}

// sameCalls measures calls of a built-in tool in two processes of the product.
func (l *lab) sameCalls(ctx context.Context, one, other *process) (pairs []pair, err error) {
	by := l.around.worlds.plain
	bearers, err := l.tokens(ctx, by)
	if err != nil {
		return nil, err
	}
	at := func(name string, p *process) side {
		return side{name, p.addr, p, l.load(callTool(endpoint{p.addr, endpointOf(by.slug)}), bearers), anyResult}
	}
	var m match
	defer func() { err = errors.Join(err, m.close()) }()
	if m.floor, _, err = meet(ctx, at("few organizations", one)); err != nil {
		return nil, err
	}
	if m.product, _, err = meet(ctx, at("many organizations", other)); err != nil {
		return nil, err
	}
	if pairs, err = m.duel(ctx, l.rounds); err != nil {
		return nil, err
	}
	return pairs, l.profile(ctx, "P9", m.product)
}

// growTools calls the last tool of an organization with many tools, and of one
// with few. Both are in the same process and have the same upstream behind them.
func (l *lab) growTools(ctx context.Context) (_ result, err error) {
	var m match
	defer func() { err = errors.Join(err, m.close()) }()
	if m.floor, err = l.federated(ctx, l.around.worlds.few, backTool(fewTools-1)); err != nil {
		return result{}, err
	}
	if m.product, err = l.federated(ctx, l.around.worlds.many, backTool(manyTools-1)); err != nil {
		return result{}, err
	}
	pairs, err := m.duel(ctx, l.rounds)
	if err != nil {
		return result{}, err
	}
	return result{target: toolGrowth, figure: across(pairs, rateRatio), detail: rates(pairs) + ", " + costs(pairs)}, nil
}

// growGroups calls a built-in tool with tokens that name many groups, and with
// tokens that name the usual ones, each against the floor with the same header.
func (l *lab) growGroups(ctx context.Context) (result, error) {
	var usual, crowded, kept []float64
	for range l.rounds {
		few, err := l.against(ctx, l.around.worlds.plain)
		if err != nil {
			return result{}, err
		}
		many, err := l.against(ctx, l.around.worlds.crowded)
		if err != nil {
			return result{}, err
		}
		usual, crowded, kept = append(usual, few), append(crowded, many), append(kept, many/few)
	}
	detail := fmt.Sprintf("%.2f × floor against %.2f × floor", median(crowded), median(usual))
	return result{target: groupGrowth, figure: median(kept), detail: detail}, nil
}

// against measures one round of calls by an organization's people.
func (l *lab) against(ctx context.Context, by world) (ratio float64, err error) {
	m, err := l.match(ctx, work{by: by, request: callTool(l.mcp(by)), check: anyResult})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	pairs, err := m.duel(ctx, 1)
	if err != nil {
		return 0, err
	}
	return rateRatio(pairs[0]), nil
}
