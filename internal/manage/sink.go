package manage

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"gatehouse/internal/access"
	"gatehouse/internal/orgfile"
)

// sinkSecret is the secret of a sink that is to be sent.
type sinkSecret struct {
	name   string
	at     access.Place // of the sink in the document
	from   *orgfile.From
	secret string
}

// dueSinks returns the sinks whose secrets are to be sent: those that say where it is
// and are new, or somewhere else than before, or whose secrets are to be sent always.
func dueSinks(current, wanted orgfile.Document, when Renewal) (due []sinkSecret) {
	had := map[string]string{}
	for _, s := range current.Sinks {
		had[s.Name] = s.Destination()
	}
	for i, s := range wanted.Sinks {
		if s.From != nil && (when == Always || had[s.Name] != s.Destination()) {
			due = append(due, sinkSecret{name: s.Name, at: access.Place("sinks").At(i), from: s.From})
		}
	}
	return due
}

// readSinks reads the secrets of sinks.
func (s Secrets) readSinks(due []sinkSecret) (err error) {
	for i := range due {
		if due[i].secret, err = s.read(due[i].at, "the sink", due[i].from); err != nil {
			return err
		}
	}
	return nil
}

// PutSinkSecret gives a sink its secret.
func (c *Client) PutSinkSecret(ctx context.Context, sink, secret string) error {
	path := "sinks/" + url.PathEscape(sink)
	now, err := c.exchange(ctx, call{method: http.MethodGet, path: path})
	if err != nil {
		return err
	}
	_, err = c.exchange(ctx, call{
		method: http.MethodPut, path: path + "/credential", ifMatch: now.Header.Get("ETag"),
		body: struct {
			Secret string `json:"secret"`
		}{secret},
	})
	return err
}

// withoutSinkSecrets returns the sinks without where their reader keeps secrets.
func withoutSinkSecrets(all []orgfile.Sink) []orgfile.Sink {
	all = slices.Clone(all)
	for i := range all {
		all[i].From = nil
	}
	return all
}
