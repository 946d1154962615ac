package upstream_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// onlyWhileHere is a call whose bytes are overwritten by what it returns, as
// those of a request are once it is answered.
func onlyWhileHere(c tools.Call) (tools.Call, func()) {
	members := [][]wire.Member{c.Others, c.Meta, c.Client.Capabilities.Extensions}
	for _, all := range members {
		for i := range all {
			all[i].Value = bytes.Clone(all[i].Value)
		}
	}
	c.Arguments, c.Responses = bytes.Clone(c.Arguments), bytes.Clone(c.Responses)
	return c, func() {
		for _, all := range members {
			for i := range all {
				overwrite(all[i].Value)
			}
		}
		overwrite(c.Arguments)
		overwrite(c.Responses)
	}
}

func overwrite(b []byte) {
	for i := range b {
		b[i] = 0xA5
	}
}

// withApp is a call of a client that has an extension.
func withApp(c *tools.Call) {
	c.Client.Capabilities.Extensions = []wire.Member{{Name: "io.modelcontextprotocol/ui", Value: []byte(`{"mimeTypes":["text/html"]}`)}}
}

// TestSessionThatIsBegunForSomebodyWhoLeftIsTheirs: it is begun though nobody
// waits for it any more, and nothing of the request is read by then.
func TestSessionThatIsBegunForSomebodyWhoLeftIsTheirs(t *testing.T) {
	t.Parallel()
	s, arrived, goOn := &stub{legacy: true}, make(chan struct{}), make(chan struct{})
	var held bool
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if bytes.Contains(body, []byte(`"extensions"`)) && !held {
			held = true
			close(arrived)
			<-goOn
		}
		s.ServeHTTP(w, r)
	}))
	r := newRig(t)
	server := r.server(url)
	exchange(t, server, r.caller(), call(wire.Modern)) // so that the era is known
	ctx, leave := context.WithCancel(t.Context())
	first, overwritten := onlyWhileHere(call(wire.Modern, withApp))
	ended := make(chan error)
	go func() {
		_, err := server.Exchange(ctx, r.caller(), tool("any"), first)
		ended <- err
	}()
	<-arrived
	leave()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	overwritten()
	close(goOn)
	exchange(t, server, r.caller(), call(wire.Modern, withApp))
	exchange(t, server, r.caller(), call(wire.Modern, withApp))
	began := 0
	for _, r := range s.seen("initialize") {
		if bytes.Contains(r.body, []byte(`"extensions":{"io.modelcontextprotocol/ui":{"mimeTypes":["text/html"]}}`)) {
			began++
		}
	}
	if ids := sessionsOf(s); began != 1 || ids[1] != ids[2] {
		t.Errorf("%d sessions were begun, calls came in %v: want the one that was begun first", began, ids)
	}
}
