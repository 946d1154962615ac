package sinks

import (
	"bytes"
	"context"
	"net/http"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// AppTokens gets tokens of an organization's own app; one that was refused is given,
// so that another is asked for.
type AppTokens interface {
	ForApp(ctx context.Context, o tenants.Organization, scope, refused string) (string, error)
}

// Sentinel sends rows to the Logs Ingestion API of Azure Monitor, as the app that the
// organization has connected (Microsoft, "Logs Ingestion API in Azure Monitor"). It
// has taken them if it answers 204, and with nothing else: the interface knows no
// other success.
type Sentinel struct {
	Web    Web
	Tokens AppTokens
}

// The bounds of the interface: 1 MB a request, of which the array takes a little.
const (
	sentinelRows  = 1_000
	sentinelBytes = 1_000_000 - 10_000
	sentinelAPI   = "2023-01-01"
)

// Bounds implements Carrier.
func (Sentinel) Bounds() (records, size int) { return sentinelRows, sentinelBytes }

// Anchor implements Carrier.
func (s Sentinel) Anchor(ctx context.Context, to For, a Anchor) error {
	row := append([]Member{{timeGenerated, quoted(a.At.UTC().Format(anchorTime))}}, a.entry()...)
	return s.send(ctx, to, append(append([]byte{'['}, object(row)...), ']'))
}

// timeGenerated is the column that every table of Log Analytics has.
const timeGenerated = "TimeGenerated"

// Records implements Carrier.
func (s Sentinel) Records(ctx context.Context, to For, b Batch) error {
	body := []byte{'['}
	for i, e := range b.Entries {
		if i > 0 {
			body = append(body, ',')
		}
		body = e.appendJSON(body, b.Origin, Member{timeGenerated, quoted(e.at().Format(anchorTime))})
	}
	body = append(body, ']')
	if len(body) > 1_000_000 {
		return refused(fault.New(fault.Upstream, "the rows are longer than the 1 MB that Azure Monitor takes at a time"))
	}
	return s.send(ctx, to, body)
}

// monitors are the resources that tokens are asked for, by cloud.
var monitors = map[tenants.Cloud]string{
	tenants.PublicCloud: "https://monitor.azure.com/.default",
	tenants.USGovCloud:  "https://monitor.azure.us/.default",
	tenants.ChinaCloud:  "https://monitor.azure.cn/.default",
}

// send sends rows, once more with another token if the first is not taken.
func (s Sentinel) send(ctx context.Context, to For, body []byte) error {
	scope, refusedToken := monitors[to.Organization.Connection.Cloud], ""
	for {
		token, err := s.Tokens.ForApp(ctx, to.Organization, scope, refusedToken)
		if err != nil {
			return fault.Wrap(fault.Upstream, "no token for Azure Monitor: "+fault.Public(err), err).RetryAfter(fault.RetryAfter(err))
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(to.Sink.URL, "/")+
			"/dataCollectionRules/"+to.Sink.Rule+"/streams/"+to.Sink.Stream+"?api-version="+sentinelAPI, bytes.NewReader(body))
		if err != nil {
			return fault.New(fault.Invalid, "url, rule and stream make no request")
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("User-Agent", userAgent)
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := s.Web.Do(ctx, req)
		switch {
		case err != nil:
			return err
		case resp.Status == http.StatusNoContent:
			return nil
		case resp.Status == http.StatusUnauthorized && refusedToken == "":
			refusedToken = token
			continue
		case resp.Status == http.StatusForbidden:
			return fault.Newf(fault.Upstream, "%s answered with status 403: the app needs the role Monitoring Metrics Publisher on the data collection rule, and gets it some minutes after it was assigned", req.URL.Host)
		case resp.Status == http.StatusNotFound:
			return fault.Newf(fault.Upstream, "%s answered with status 404: there is no such rule or stream at this endpoint", req.URL.Host)
		}
		return answered(req.URL.Host, resp, to.Now)
	}
}
