package clients_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"gatehouse/internal/emulator"
)

// graphTokenOf is a token for Microsoft Graph that a person has got by a device.
func (c *cloud) graphTokenOf(t *testing.T, person string, scopes ...string) string {
	t.Helper()
	result, err := c.public(t).AcquireTokenInteractive(t.Context(), scopes, public.WithRedirectURI("http://localhost"), c.opens(t, person))
	if err != nil {
		t.Fatal(err)
	}
	return result.AccessToken
}

func TestGraphClient(t *testing.T) {
	t.Parallel()
	c := shared(t)
	world := c.nodeWorld(t)
	world["tokens"] = map[string]string{
		"reader": c.graphTokenOf(t, alice, "https://graph.microsoft.com/User.Read.All", "https://graph.microsoft.com/Group.Read.All"),
		"weak":   c.inbound(t, bob, graphRead),
	}
	each(t, node(t, "graph.mjs", world), map[string]func(*testing.T, outcome){
		"me": func(t *testing.T, o outcome) {
			t.Helper()
			var got struct{ ID, DisplayName, UserPrincipalName string }
			if o.result(t, &got); got.ID != alice || got.DisplayName != "Alice Adams" || got.UserPrincipalName != "alice@contoso.example" {
				t.Errorf("%+v", got)
			}
		},
		"users":     paged(crowd+4, 3), // with alice, bob, dan and rita
		"groups":    paged(crowd, 3),
		"my groups": paged(crowd, 3),
		"groups by name": func(t *testing.T, o outcome) {
			t.Helper()
			var got struct {
				Count int
				Names []string
			}
			if o.result(t, &got); got.Count != 1 || !slices.Equal(got.Names, []string{"Group 07"}) {
				t.Errorf("%+v", got)
			}
		},
		"batch of 20":    answered(lastMissing),
		"batch in a row": answered(inARow),
		"batch with a body": func(t *testing.T, o outcome) {
			t.Helper()
			var got map[string]struct {
				Status int
				Body   struct{ Value []string }
			}
			if o.result(t, &got); got["1"].Status != 200 || len(got["1"].Body.Value) != crowd {
				t.Errorf("%+v", got)
			}
		},
		"forbidden":   complains(403, "Authorization_RequestDenied"),
		"not found":   complains(404, "Request_ResourceNotFound"),
		"not a token": complains(401, "InvalidAuthenticationToken"),
		"error class": func(t *testing.T, o outcome) {
			t.Helper()
			var got struct{ Is bool }
			if o.result(t, &got); !got.Is {
				t.Error("it throws no GraphError")
			}
		},
	})
}

// The library waits as long as Retry-After says and asks again by itself.
func TestGraphClientWaitsWhenThrottled(t *testing.T) {
	t.Parallel()
	c := fresh(t)
	world := c.nodeWorld(t)
	world["tokens"] = map[string]string{"reader": c.inbound(t, alice, graphRead)}
	if err := c.SetFault(emulator.Fault{Endpoint: emulator.EndpointGraph, Status: http.StatusTooManyRequests, RetryAfter: time.Second, Times: 2}); err != nil {
		t.Fatal(err)
	}
	if err := c.SetFault(emulator.Fault{Endpoint: emulator.EndpointGraph, Path: "/v1.0/me/transitiveMemberOf", Status: http.StatusTooManyRequests, RetryAfter: 9 * time.Second}); err != nil {
		t.Fatal(err)
	}
	each(t, node(t, "throttle.mjs", world), map[string]func(*testing.T, outcome){
		"batch": func(t *testing.T, o outcome) {
			t.Helper()
			type answer struct {
				Status     int
				RetryAfter string
			}
			var got []answer
			if o.result(t, &got); !slices.Equal(got, []answer{{http.StatusOK, ""}, {http.StatusTooManyRequests, "9"}}) {
				t.Errorf("%+v", got)
			}
		},
		"me": func(t *testing.T, o outcome) {
			t.Helper()
			var got struct{ ID string }
			if o.result(t, &got); got.ID != alice {
				t.Errorf("%+v", got)
			}
		},
	})
	var statuses []int
	for _, entry := range c.Journal() {
		if entry.Path == "/v1.0/me" && len(statuses) < 3 { // the batch comes later
			statuses = append(statuses, entry.Status)
		}
	}
	if !slices.Equal(statuses, []int{http.StatusTooManyRequests, http.StatusTooManyRequests, http.StatusOK}) {
		t.Errorf("Graph has answered %v", statuses)
	}
}

// paged checks a list that came in pages: everything once, nothing left out.
func paged(entries, pages int) func(*testing.T, outcome) {
	return func(t *testing.T, o outcome) {
		t.Helper()
		var got struct {
			IDs      []string
			Pages    int
			Complete bool
		}
		o.result(t, &got)
		slices.Sort(got.IDs)
		if n := len(slices.Compact(got.IDs)); n != entries || len(got.IDs) != n || got.Pages != pages || !got.Complete {
			t.Errorf("%d entries, %d different, in %d pages; want %d in %d", len(got.IDs), n, got.Pages, entries, pages)
		}
	}
}

// answered checks the status of each of a batch's 20 answers.
func answered(status func(i int) int) func(*testing.T, outcome) {
	return func(t *testing.T, o outcome) {
		t.Helper()
		var got map[string]struct{ Status int }
		o.result(t, &got)
		if len(got) != 20 {
			t.Errorf("%d answers", len(got))
		}
		for i := 1; i <= 20; i++ {
			if one := got[strconv.Itoa(i)]; one.Status != status(i) {
				t.Errorf("answer %d has status %d, want %d", i, one.Status, status(i))
			}
		}
	}
}

// lastMissing are the answers of a batch whose last request asks for nobody.
func lastMissing(i int) int {
	if i == 20 {
		return http.StatusNotFound
	}
	return http.StatusOK
}

// inARow are the answers of a batch whose requests each depend on the one
// before, and whose third asks for nobody.
func inARow(i int) int {
	switch {
	case i < 3:
		return http.StatusOK
	case i == 3:
		return http.StatusNotFound
	}
	return http.StatusFailedDependency
}

// complains checks a GraphError.
func complains(status int, code string) func(*testing.T, outcome) {
	return func(t *testing.T, o outcome) {
		t.Helper()
		got := o.failure(t)
		if got.StatusCode != status || got.Code != code || got.Message == "" || got.RequestID == "" || !strings.Contains(got.Body, "innerError") && !strings.Contains(got.Body, "request-id") {
			t.Errorf("it throws %+v, want %d %s with a request id", got, status, code)
		}
	}
}
