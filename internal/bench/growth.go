package main

import (
	"context"
	"errors"
	"fmt"
)

// measureGrowth is P9: how much of the rate of calls is kept when an
// organization has many tools, and when its people are in many groups.
func (l *lab) measureGrowth(ctx context.Context) ([]result, error) {
	tools, err := l.growTools(ctx)
	if err != nil {
		return nil, err
	}
	groups, err := l.growGroups(ctx)
	if err != nil {
		return nil, err
	}
	return []result{tools, groups}, nil
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
	return result{target: toolGrowth, figure: across(pairs, rateRatio), detail: rates(pairs)}, nil
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
