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
	pairs, err := l.fight(ctx, "P1", l.calling())
	if err != nil {
		return nil, err
	}
	l.calls = pairs
	return pairs, nil
}

// calling is work with a built-in tool.
func (l *lab) calling() work {
	by := l.around.worlds.plain
	return work{by: by, request: callTool(l.mcp(by)), check: anyResult}
}

// fight measures one kind of request on both sides, and profiles the product
// afterwards if that is asked for.
func (l *lab) fight(ctx context.Context, row string, w work) ([]pair, error) {
	m, err := l.match(ctx, w)
	if err != nil {
		return nil, err
	}
	pairs, err := m.duel(ctx, l.rounds)
	if err == nil {
		err = l.profile(ctx, row, m.product)
	}
	return pairs, errors.Join(err, m.close())
}

func anyResult([]byte) error { return nil }

// measureTails is P2: how long the slowest hundredth waits, saturated and at a
// fixed rate.
func (l *lab) measureTails(ctx context.Context) ([]result, error) {
	busy, err := l.saturated(ctx)
	if err != nil {
		return nil, err
	}
	m, err := l.match(ctx, l.calling())
	if err != nil {
		return nil, err
	}
	m.floor, m.product = m.floor.paced(), m.product.paced()
	paced, err := m.duel(ctx, l.rounds)
	if err := errors.Join(err, m.close()); err != nil {
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
	load := c.warm
	load.rate = pacedRate
	load.lasts *= 2
	return c.send(load)
}

// measureList is P3. The catalog has prompts, resources and templates beside the
// tools.
func (l *lab) measureList(ctx context.Context) ([]result, error) {
	by := l.around.worlds.federated
	pairs, err := l.fight(ctx, "P3", work{by: by, request: listTools(l.mcp(by)), check: listsWhatTheRoleMay})
	if err != nil {
		return nil, err
	}
	return []result{{target: listRate, figure: across(pairs, rateRatio), detail: rates(pairs)}}, nil
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
	open, others := 0, map[string]bool{}
	for _, t := range list.Tools {
		if strings.HasPrefix(t.Name, openPrefix) {
			open++
			continue
		}
		if t.Name != calledTool && t.Name != backTool(0) {
			return fmt.Errorf("list shows %s, which the role does not permit", t.Name)
		}
		others[t.Name] = true
	}
	if len(others) != 2 {
		return fmt.Errorf("list lacks %s or %s", calledTool, backTool(0))
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
	rounds := l.rounds
	if l.profiles != "" {
		rounds++
	}
	fresh, err := l.mint(l.around.worlds.plain).tokens(ctx, rounds*l.coldTokens)
	if err != nil {
		return nil, err
	}
	m, err := l.match(ctx, l.calling())
	if err != nil {
		return nil, err
	}
	m.floor, m.product = m.floor.cold(fresh, l.coldTokens, cycle), m.product.cold(fresh, l.coldTokens, once)
	pairs, err := m.duel(ctx, l.rounds)
	if err == nil {
		err = l.profile(ctx, "P8", m.product)
	}
	if err := errors.Join(err, m.close()); err != nil {
		return nil, err
	}
	return []result{{target: coldRate, figure: across(pairs, rateRatio), detail: rates(pairs)}}, nil
}

// cold returns the side with tokens of its own in every round, which is warmed
// up with others. A side that uses each once is done when they are used up.
func (c contender) cold(fresh []string, each int, how reuse) contender {
	load := c.warm
	if how == once {
		load.lasts = maxDuration
	}
	c.phase = func(round int) phase {
		load.tokens = &tokens{list: fresh[round*each : (round+1)*each], reuse: how}
		return load
	}
	return c
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
