package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// pacedRate is a load that no side is busy under, in requests a second.
const pacedRate = 300

// measureCalls is P1: the rate of calls, and what one costs the server.
func (l *lab) measureCalls(ctx context.Context) ([]result, error) {
	pairs, err := l.saturated(ctx)
	if err != nil {
		return nil, err
	}
	return []result{
		{target: callRate, figure: across(pairs, rateRatio), detail: rates(pairs)},
		{target: callCPU, figure: across(pairs, cpuRatio), detail: costs(pairs)},
	}, nil
}

// saturated returns rounds in which every connection calls as fast as it is
// answered. They are measured once.
func (l *lab) saturated(ctx context.Context) ([]pair, error) {
	if l.calls != nil {
		return l.calls, nil
	}
	floor, product, err := l.sides(callTool(l.mcp(), calledTool), anyResult)
	if err != nil {
		return nil, err
	}
	if l.calls, err = duel(ctx, l.rounds, floor, product); err != nil {
		return nil, err
	}
	return l.calls, l.profile(ctx, "P1", product)
}

func anyResult([]byte) error { return nil }

// measureTails is P2: how long the slowest hundredth waits, saturated and at a
// fixed rate.
func (l *lab) measureTails(ctx context.Context) ([]result, error) {
	busy, err := l.saturated(ctx)
	if err != nil {
		return nil, err
	}
	floor, product, err := l.sides(callTool(l.mcp(), calledTool), anyResult)
	if err != nil {
		return nil, err
	}
	paced, err := duel(ctx, l.rounds, floor.paced(), product.paced())
	if err != nil {
		return nil, err
	}
	return []result{
		{target: callTail, figure: across(busy, tailRatio), detail: tails(busy)},
		{target: pacedTail, figure: across(paced, tailRatio), detail: tails(paced)},
	}, nil
}

// paced returns the side at the fixed rate, for twice as long: at a low rate, a
// percentile rests on few replies.
func (c contender) paced() contender {
	load := c.phase(0)
	load.rate = pacedRate
	load.lasts *= 2
	c.phase = func(int) phase { return load }
	return c
}

// measureList is P3.
func (l *lab) measureList(ctx context.Context) ([]result, error) {
	floor, product, err := l.sides(listTools(l.mcp()), listsWhatTheRoleMay)
	if err != nil {
		return nil, err
	}
	pairs, err := duel(ctx, l.rounds, floor, product)
	if err != nil {
		return nil, err
	}
	return []result{{target: listRate, figure: across(pairs, rateRatio), detail: rates(pairs)}}, l.profile(ctx, "P3", product)
}

// listsWhatTheRoleMay checks that a list is whole and filtered.
func listsWhatTheRoleMay(answer []byte) error {
	var list struct {
		Tools      []struct{ Name string }
		NextCursor string
	}
	if err := json.Unmarshal(answer, &list); err != nil {
		return fmt.Errorf("read list: %w", err)
	}
	open := 0
	for _, t := range list.Tools {
		if strings.HasPrefix(t.Name, openPrefix) {
			open++
		} else if t.Name != calledTool {
			return fmt.Errorf("list shows %s, which the role does not permit", t.Name)
		}
	}
	if list.NextCursor != "" {
		return errors.New("list comes in several pages; a whole list is measured")
	}
	if open != sampleTools/2 {
		return fmt.Errorf("list shows %d of the %d samples that the role permits", open, sampleTools/2)
	}
	return nil
}

// measureCold is P8: no token is seen twice.
func (l *lab) measureCold(ctx context.Context) ([]result, error) {
	floor, product, err := l.sides(callTool(l.mcp(), calledTool), anyResult)
	if err != nil {
		return nil, err
	}
	rounds := l.rounds
	if l.profiles != "" {
		rounds++
	}
	fresh, err := l.mint().tokens(ctx, rounds*l.coldTokens)
	if err != nil {
		return nil, err
	}
	of := func(round int) []string { return fresh[round*l.coldTokens : (round+1)*l.coldTokens] }
	warm, limited := floor.phase(0), product.phase(0)
	floor.phase = func(round int) phase {
		warm.tokens = &tokens{list: of(round)}
		return warm
	}
	product.phase = func(round int) phase {
		limited.tokens, limited.lasts = &tokens{list: of(round), reuse: once}, maxDuration
		return limited
	}
	pairs, err := duel(ctx, l.rounds, floor, product)
	if err != nil {
		return nil, err
	}
	return []result{{target: coldRate, figure: across(pairs, rateRatio), detail: rates(pairs)}}, l.profile(ctx, "P8", product)
}

// measureGroupCommit is P11.
func (l *lab) measureGroupCommit(ctx context.Context) ([]result, error) {
	in, err := l.around.databases.make(ctx, "records")
	if err != nil {
		return nil, err
	}
	g, err := openGroupCommit(ctx, in)
	if err != nil {
		return nil, err
	}
	single, grouped, err := g.compare(ctx, l.rounds, min(l.lasts, 2*time.Second))
	if err := errors.Join(err, g.close()); err != nil {
		return nil, err
	}
	var ratios []float64
	for i := range single {
		ratios = append(ratios, grouped[i]/single[i])
	}
	detail := fmt.Sprintf("%.0f/s against %.0f/s, %.0f records a commit", median(grouped), median(single),
		float64(g.seen.rows.Load())/float64(g.seen.commits.Load()))
	return []result{{target: groupRate, figure: median(ratios), detail: detail}}, nil
}
