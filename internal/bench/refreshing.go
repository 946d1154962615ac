package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"gatehouse/internal/demo/browser"
)

// The AI app through which people of the brokered organization have signed in.
const (
	appName     = "Benchmark editor"
	appRedirect = "http://127.0.0.1:33418/callback"
	appVerifier = "a-verifier-of-the-benchmark-long-enough-for-PKCE"
)

// measureRefreshes is P13: everybody's app exchanges its refresh token for the next,
// again and again, beside as many writers of bare transactions.
func (l *lab) measureRefreshes(ctx context.Context) ([]result, error) {
	apps, err := l.signIn(ctx)
	if err != nil {
		return nil, err
	}
	bare, err := l.openBare(ctx)
	if err != nil {
		return nil, err
	}
	defer bare.Close()
	var refreshes, transactions, ratios []float64
	asked := int64(0) // while tokens are refreshed: signing in has asked a lot
	for range l.rounds {
		floor, err := steady(ctx, apps, l.lasts, func(ctx context.Context, a *signedIn) error { return a.write(ctx, bare) })
		if err != nil {
			return nil, err
		}
		before := l.around.line.asked.Load()
		rate, err := steady(ctx, apps, l.lasts, func(ctx context.Context, a *signedIn) error { return a.refresh(ctx) })
		if err != nil {
			return nil, err
		}
		asked += l.around.line.asked.Load() - before
		refreshes, transactions, ratios = append(refreshes, rate), append(transactions, floor), append(ratios, rate/floor)
	}
	if err := unasked(asked); err != nil {
		return nil, err
	}
	detail := fmt.Sprintf("%.0f/s against %.0f/s; Entra was asked 0 times", median(refreshes), median(transactions))
	return []result{
		{target: refreshRate, figure: median(refreshes), detail: fmt.Sprintf("%d apps, each when its last answer has come", len(apps))},
		{target: refreshShare, figure: median(ratios), detail: detail},
	}, nil
}

// unasked fails a row in which Entra was asked.
func unasked(times int64) error {
	if times == 0 {
		return nil
	}
	return fmt.Errorf("the product asked Entra %d times while tokens were refreshed; it has to go on without", times)
}

// steady is together after a warm-up.
func steady[T any](ctx context.Context, all []T, lasts time.Duration, do func(context.Context, T) error) (float64, error) {
	if _, err := together(ctx, all, warmUp, do); err != nil {
		return 0, err
	}
	return together(ctx, all, lasts, do)
}

// openBare opens a database of the same server with one row for each app.
func (l *lab) openBare(ctx context.Context) (*pgxpool.Pool, error) {
	in, err := l.around.databases.make(ctx, "transactions")
	if err != nil {
		return nil, err
	}
	conf, err := pgxpool.ParseConfig(in.owner)
	if err != nil {
		return nil, fmt.Errorf("read database URL: %w", err)
	}
	conf.MaxConns = plainConnections
	pool, err := pgxpool.NewWithConfig(ctx, conf)
	if err != nil {
		return nil, fmt.Errorf("open connections: %w", err)
	}
	for _, statement := range []string{
		"CREATE TABLE counted (id int PRIMARY KEY, generation int NOT NULL)",
		fmt.Sprintf("INSERT INTO counted SELECT n, 1 FROM generate_series(0, %d) n", people-1),
	} {
		if _, err := pool.Exec(ctx, statement); err != nil {
			pool.Close()
			return nil, fmt.Errorf("make rows: %w", err)
		}
	}
	return pool, nil
}

// signedIn is the app as one person has let it act for them.
type signedIn struct {
	number int
	server string // issuer
	id     string // "client_id"
	http   *http.Client
	next   string // refresh token
}

// signIn registers the app and has everybody agree to it, as people do in a browser.
func (l *lab) signIn(ctx context.Context) ([]*signedIn, error) {
	w := l.around.worlds.brokered
	transport := &http.Transport{MaxIdleConnsPerHost: people}
	l.stop = append(l.stop, func() error { transport.CloseIdleConnections(); return nil })
	one := signedIn{server: w.places.Base + "/t/" + w.slug, http: &http.Client{Transport: transport, Timeout: patience}}
	var registered struct {
		ID string `json:"client_id"`
	}
	body := fmt.Sprintf(`{"client_name":%q,"redirect_uris":[%q],"token_endpoint_auth_method":"none"}`, appName, appRedirect)
	if err := one.post(ctx, "/register", "application/json", body, &registered); err != nil {
		return nil, err
	}
	one.id = registered.ID
	apps, failures := make([]*signedIn, people), make([]error, people)
	var all sync.WaitGroup
	for n := range apps {
		app := one
		app.number, apps[n] = n, &app
		all.Go(func() { failures[n] = app.agree(ctx, w) })
	}
	all.Wait()
	return apps, errors.Join(failures...)
}

// agree walks the pages for one person and redeems the code.
func (a *signedIn) agree(ctx context.Context, w world) error {
	sum := sha256.Sum256([]byte(appVerifier))
	b := browser.New(a.http.Transport, w.places.Entra, w.people[a.number].String())
	b.Also, b.Wish = []string{w.places.Base}, "allow"
	code, err := b.Authorize(ctx, a.server+"/authorize?"+url.Values{
		"response_type": {"code"}, "client_id": {a.id}, "redirect_uri": {appRedirect}, "resource": {w.resource()},
		"code_challenge_method": {"S256"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])},
	}.Encode())
	if err != nil {
		return fmt.Errorf("sign in person %d: %w", a.number, err)
	}
	return a.token(ctx, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {appRedirect}, "code_verifier": {appVerifier}})
}

func (a *signedIn) refresh(ctx context.Context) error {
	return a.token(ctx, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.next}})
}

// token asks the token endpoint and checks that its answer is another refresh token
// beside an access token.
func (a *signedIn) token(ctx context.Context, form url.Values) error {
	form.Set("client_id", a.id)
	var got struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if err := a.post(ctx, "/token", "application/x-www-form-urlencoded", form.Encode(), &got); err != nil {
		return err
	}
	if got.Access == "" || got.Refresh == "" || got.Refresh == a.next {
		return errors.New("the answer has not the next tokens")
	}
	a.next = got.Refresh
	return nil
}

func (a *signedIn) post(ctx context.Context, path, kind, body string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.server+path, strings.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask %s: %w", path, err)
	}
	req.Header.Set("Content-Type", kind)
	resp, err := a.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask %s: %w", path, err)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return fmt.Errorf("ask %s: %w", path, err)
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("ask %s: HTTP %d: %.300s", path, resp.StatusCode, text)
	}
	return json.Unmarshal(text, into)
}

// write is a transaction of one row, the app's own.
func (a *signedIn) write(ctx context.Context, bare *pgxpool.Pool) error {
	if _, err := bare.Exec(ctx, "UPDATE counted SET generation = generation + 1 WHERE id = $1", a.number); err != nil {
		return fmt.Errorf("write row: %w", err)
	}
	return nil
}
