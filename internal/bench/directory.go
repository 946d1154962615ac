package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

// crowd is the tenant that the emulated Entra ID promises to be quick with.
var crowd = seed.Crowd{People: 10_000, Groups: 2_000, Depth: 6, Each: 10}

// Where the emulated services of a crowd say they are. Nobody listens there:
// their handlers are asked directly.
const crowdEntra, crowdGraph = "http://localhost:8081", "http://localhost:8082"

// askers are the people whose groups are asked for, in turn.
const askers = 100

// measureDirectory is E1 and E2: an emulator with a large directory, loaded, and
// asked who is in which groups.
func (l *lab) measureDirectory(ctx context.Context) ([]result, error) {
	tenant := crowd.Tenant()
	var loads []float64
	var loaded *emulator.Emulator
	for range l.rounds {
		began := time.Now()
		e, err := emulator.New(emulator.Options{
			EntraURL: crowdEntra, GraphURL: crowdGraph, ControlToken: rand.Text(), Tenants: []seed.Tenant{tenant},
		})
		if err != nil {
			return nil, fmt.Errorf("load crowd: %w", err)
		}
		loads, loaded = append(loads, time.Since(began).Seconds()), e
	}
	times, err := l.askForGroups(ctx, loaded, tenant)
	if err != nil {
		return nil, err
	}
	about := fmt.Sprintf("%d people, %d groups, %d deep", len(tenant.Users), len(tenant.Groups), crowd.Depth)
	slowest := times.percentile(0.99)
	return []result{
		{target: crowdLoad, figure: median(loads), detail: about},
		{target: crowdTail, figure: slowest.Seconds() * 1000, detail: fmt.Sprintf("median %s of %d requests, %d groups each",
			micros(float64(times.percentile(0.5))), len(times), crowd.Each*crowd.Depth)},
	}, nil
}

// askForGroups asks Microsoft Graph for the groups of one person after the other.
func (l *lab) askForGroups(ctx context.Context, e *emulator.Emulator, of seed.Tenant) (latencies, error) {
	tokens := make([]string, askers)
	for n := range tokens {
		person := of.Users[1+n*(len(of.Users)-1)/askers]
		token, err := signIn(ctx, e.Entra(), crowdEntra+"/"+of.ID+"/oauth2/v2.0/token", url.Values{
			"scope": {"User.Read GroupMember.Read.All"}, "username": {person.Username}, "password": {seed.CrowdPassword},
		})
		if err != nil {
			return nil, err
		}
		tokens[n] = token
	}
	var times latencies
	for until := time.Now().Add(l.lasts); time.Now().Before(until) || len(times) < askers; {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, crowdGraph+"/v1.0/me/transitiveMemberOf?$top=999", nil)
		if err != nil {
			return nil, fmt.Errorf("ask for groups: %w", err)
		}
		r.Header.Set("Authorization", "Bearer "+tokens[len(times)%askers])
		answer := written{header: http.Header{}, status: http.StatusOK}
		began := time.Now()
		e.Graph().ServeHTTP(&answer, r)
		times = append(times, time.Since(began))
		if err := inAllGroups(answer); err != nil {
			return nil, err
		}
	}
	slices.Sort(times)
	return times, ctx.Err()
}

// inAllGroups checks that an answer has every group of a person of the crowd.
func inAllGroups(answer written) error {
	var page struct{ Value []struct{ ID string } }
	if err := json.Unmarshal(answer.body.Bytes(), &page); err != nil {
		return fmt.Errorf("read groups (HTTP %d): %w", answer.status, err)
	}
	if len(page.Value) != crowd.Each*crowd.Depth {
		return fmt.Errorf("ask for groups: HTTP %d with %d groups, want %d", answer.status, len(page.Value), crowd.Each*crowd.Depth)
	}
	return nil
}
