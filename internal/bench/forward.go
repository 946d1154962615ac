package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// measureForward is P7: what a federated call costs the product, against what
// forwarding the same request costs a proxy that does nothing else.
func (l *lab) measureForward(ctx context.Context) ([]result, error) {
	on, err := listen(ctx)
	if err != nil {
		return nil, err
	}
	proxy, err := start(ctx, spec{role: proxyRole, setup: proxySetup{To: "http://" + l.upstream.addr}, socket: on})
	if err != nil {
		return nil, errors.Join(err, on.close())
	}
	pairs, err := l.forward(ctx, side{name: "proxy", addr: proxy.addr, server: proxy}, func(to endpoint) request {
		to.path = everyKind
		return callBack(to, backOpen+number(0))
	})
	if err == nil {
		err = l.profileForwarding(ctx)
	}
	if err := errors.Join(err, proxy.stop(), on.close()); err != nil {
		return nil, err
	}
	return []result{{target: forwardCPU, figure: across(pairs, cpuRatio), detail: costs(pairs) + ", " + rates(pairs)}}, nil
}

// forward measures federated calls by the product against another server that
// forwards to the same upstream.
func (l *lab) forward(ctx context.Context, other side, ask func(to endpoint) request) (pairs []pair, err error) {
	by := l.around.worlds.federated
	bearers, err := l.tokens(ctx, by)
	if err != nil {
		return nil, err
	}
	var m match
	defer func() { err = errors.Join(err, m.close()) }()
	other.load, other.check = l.load(ask(endpoint{addr: other.addr}), bearers), takesNote
	if m.floor, _, err = meet(ctx, other); err != nil {
		return nil, err
	}
	if m.product, err = l.federated(ctx, by, backTool(0)); err != nil {
		return nil, err
	}
	return m.duel(ctx, l.rounds)
}

// federated is the product under calls of a tool of the server behind an
// organization.
func (l *lab) federated(ctx context.Context, by world, tool string) (contender, error) {
	bearers, err := l.tokens(ctx, by)
	if err != nil {
		return contender{}, err
	}
	load := l.load(callBack(l.mcp(by), tool), bearers)
	c, _, err := meet(ctx, side{by.slug, l.product.addr, l.product, load, takesNote})
	return c, err
}

// profileForwarding profiles the product under federated calls, if that is asked
// for.
func (l *lab) profileForwarding(ctx context.Context) error {
	if l.profiles == "" {
		return nil
	}
	c, err := l.federated(ctx, l.around.worlds.federated, backTool(0))
	if err == nil {
		err = l.profile(ctx, "P7", c)
	}
	return errors.Join(err, match{product: c}.close())
}

// takesNote checks that an answer is the upstream's.
func takesNote(answer []byte) error {
	var said struct {
		Content []struct{ Type, Text string }
	}
	if err := json.Unmarshal(answer, &said); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if len(said.Content) != 1 || said.Content[0].Text != noted {
		return fmt.Errorf("the answer is not the upstream's: %.200s", strings.ToValidUTF8(string(answer), "?"))
	}
	return nil
}
