package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// part is one request of a batch as it arrives.
type part struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
}

func (p part) person() string { return strings.Split(p.URL, "/")[2] }

// said is what is answered to one.
type said struct {
	status int
	header map[string]string
	body   string
}

// batches is a Graph that answers each request of a batch by itself.
type batches struct {
	t     *testing.T
	sizes []int
	at    []time.Time
	tell  func(batch int, p part) said
	long  int // batches of more requests are too long to be answered
}

func (g *batches) Do(_ context.Context, req *http.Request) (*egress.Response, error) {
	raw, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(req.URL.Path, "/$batch") {
		return &egress.Response{Status: http.StatusOK, Header: http.Header{}, Body: []byte(`{"value":["` + groupID(1) + `"]}`)}, nil
	}
	if req.URL.String() != "https://graph.microsoft.com/v1.0/$batch" || req.Method != http.MethodPost || req.Header.Get("Authorization") != "Bearer "+token {
		g.t.Errorf("asked %s %s %v", req.Method, req.URL, req.Header)
	}
	var sent struct {
		Requests []part `json:"requests"`
	}
	if err := json.Unmarshal(raw, &sent); err != nil || len(sent.Requests) > 20 {
		g.t.Errorf("%d requests: %v", len(sent.Requests), err)
	}
	g.sizes, g.at = append(g.sizes, len(sent.Requests)), append(g.at, time.Now())
	if g.long != 0 && len(sent.Requests) > g.long {
		return nil, fault.Wrap(fault.Upstream, "too long", egress.ErrTooLong)
	}
	var all []map[string]any
	for _, p := range sent.Requests {
		s := g.tell(len(g.sizes), p)
		if s.status == 0 {
			continue
		}
		all = append(all, map[string]any{"id": p.ID, "status": s.status, "headers": s.header, "body": json.RawMessage(s.body)})
	}
	slices.Reverse(all) // Graph answers in any order
	body, err := json.Marshal(map[string]any{"responses": all})
	return &egress.Response{Status: http.StatusOK, Header: http.Header{}, Body: body}, err
}

func (g *batches) client() *graph.Client {
	c, err := graph.New("https://graph.microsoft.com", g)
	if err != nil {
		g.t.Fatal(err)
	}
	return c
}

// in tells that somebody is in groups.
func in(groups ...int) said {
	ids := make([]string, len(groups))
	for i, n := range groups {
		ids[i] = `"` + groupID(n) + `"`
	}
	return said{http.StatusOK, map[string]string{"x-ms-resource-unit": "2"}, `{"value":[` + strings.Join(ids, ",") + `]}`}
}

func refused(status int, code string, header ...string) said {
	h := map[string]string{}
	for i := 0; i < len(header); i += 2 {
		h[header[i]] = header[i+1]
	}
	return said{status, h, `{"error":{"code":"` + code + `","message":"alice@contoso.example","innerError":{"request-id":"r-1"}}}`}
}

func crowd(n int) []tenants.GUID {
	all := make([]tenants.GUID, n)
	for i := range all {
		all[i] = tenants.MustGUID(fmt.Sprintf("66666666-6666-4666-8666-%012d", i))
	}
	return all
}

func groupsOf(numbers ...int) []tenants.GUID {
	all := make([]tenants.GUID, len(numbers))
	for i, n := range numbers {
		all[i] = tenants.MustGUID(groupID(n))
	}
	return all
}

func TestManyPeopleAreAskedAboutByTwenties(t *testing.T) {
	t.Parallel()
	people := crowd(45)
	g := &batches{t: t, tell: func(_ int, p part) said {
		if p.Method != http.MethodPost || !strings.HasSuffix(p.URL, "/getMemberGroups") || string(p.Body) != `{"securityEnabledOnly":false}` ||
			p.Headers["Content-Type"] != "application/json" || p.Headers["x-ms-throttle-priority"] != "low" {
			t.Errorf("asked %+v", p)
		}
		if p.person() == people[7].String() {
			return in(1, 3, 9)
		}
		return in()
	}}
	got := g.client().MembersOf(t.Context(), charged(graph.Low), people, groupsOf(1, 2, 3))
	if !slices.Equal(g.sizes, []int{20, 20, 5}) || len(got) != 45 {
		t.Fatalf("batches of %v, %d answers", g.sizes, len(got))
	}
	for i, m := range got {
		want := []tenants.GUID(nil)
		if i == 7 {
			want = groupsOf(1, 3)
		}
		if m.Err != nil || m.Person != people[i] || len(m.Groups) != len(want) || !slices.Equal(m.Groups, want) && want != nil {
			t.Errorf("%d: %+v", i, m)
		}
	}
}

// TestThrottledQuestionsOfABatchAreAskedAgain, those alone, and when Graph says so.
func TestThrottledQuestionsOfABatchAreAskedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		people := crowd(20)
		g := &batches{t: t, tell: func(batch int, p part) said {
			switch {
			case p.person() == people[3].String() && batch < 3:
				return refused(http.StatusTooManyRequests, "TooManyRequests", "Retry-After", "7")
			case p.person() == people[4].String() && batch < 2:
				return refused(http.StatusTooManyRequests, "TooManyRequests", "Retry-After", "2")
			case p.person() == people[5].String() && batch < 2:
				return refused(http.StatusFailedDependency, "FailedDependency")
			case p.person() == people[6].String():
				return refused(http.StatusNotFound, "Request_ResourceNotFound")
			}
			return in(1)
		}}
		as := charged(graph.High)
		got := g.client().MembersOf(t.Context(), as, people, groupsOf(1))
		if !slices.Equal(g.sizes, []int{20, 3, 1}) || g.at[1].Sub(g.at[0]) != 7*time.Second || g.at[2].Sub(g.at[1]) != 7*time.Second {
			t.Errorf("batches of %v at %v", g.sizes, g.at)
		}
		for i, m := range got {
			if i == 6 {
				wants(t, m.Err, fault.NotFound)
				continue
			}
			if m.Err != nil || !slices.Equal(m.Groups, groupsOf(1)) {
				t.Errorf("%d: %+v", i, m)
			}
		}
	})
}

// TestBatchGivesUp: after three times, where Graph wants to be left alone for long,
// and where nobody waits that long.
func TestBatchGivesUp(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		status  int
		header  []string
		as      graph.Priority
		patient time.Duration
		sizes   int
		kind    fault.Kind
	}{
		"throttled without end":     {429, nil, graph.High, time.Hour, 3, fault.Limited},
		"unavailable without end":   {503, nil, graph.High, time.Hour, 3, fault.Unavailable},
		"dependent without end":     {424, nil, graph.High, time.Hour, 3, fault.Upstream},
		"to be left alone for long": {429, []string{"Retry-After", "60"}, graph.High, time.Hour, 1, fault.Limited},
		"nobody waits that long":    {429, []string{"Retry-After", "10"}, graph.High, 9 * time.Second, 1, fault.Limited},
		"in the background":         {429, []string{"Retry-After", "10"}, graph.Low, time.Hour, 3, fault.Limited},
		"for good":                  {403, nil, graph.High, time.Hour, 1, fault.Forbidden},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), row.patient)
			defer cancel()
			g := &batches{t: t, tell: func(int, part) said { return refused(row.status, "Code", row.header...) }}
			began := time.Now()
			got := g.client().MembersOf(ctx, charged(row.as), crowd(3), groupsOf(1))
			if len(g.sizes) != row.sizes || time.Since(began) > 20*time.Second {
				t.Errorf("%s: %d batches in %s", name, len(g.sizes), time.Since(began))
			}
			for _, m := range got {
				if m.Err == nil || fault.KindOf(m.Err) != row.kind || strings.Contains(m.Err.Error(), "alice") || m.Groups != nil {
					t.Errorf("%s: %+v", name, m)
				}
			}
		})
	}
}

func TestBatchThatFailsAsAWholeFailsForEach(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		answer func() (*egress.Response, error)
		kind   fault.Kind
	}{
		"refused":   {func() (*egress.Response, error) { return answered(http.StatusUnauthorized), nil }, fault.Unauthenticated},
		"throttled": {func() (*egress.Response, error) { return answered(http.StatusTooManyRequests), nil }, fault.Limited},
		"no JSON": {func() (*egress.Response, error) {
			return &egress.Response{Status: http.StatusOK, Body: []byte("<html>")}, nil
		}, fault.Upstream},
		"forgotten": {func() (*egress.Response, error) {
			return &egress.Response{Status: http.StatusOK, Body: []byte(`{"responses":[]}`)}, nil
		}, fault.Upstream},
		"no ids": {func() (*egress.Response, error) {
			return &egress.Response{Status: http.StatusOK, Body: []byte(`{"responses":[{"id":"0","status":200,"body":{"value":["x"]}},{"id":"1","status":200,"body":{"value":["x"]}}]}`)}, nil
		}, fault.Upstream},
	} {
		c, err := graph.New("https://graph.microsoft.com", doing(row.answer))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range c.MembersOf(t.Context(), charged(graph.Low), crowd(2), groupsOf(1)) {
			if m.Err == nil || fault.KindOf(m.Err) != row.kind {
				t.Errorf("%s: %v", name, m.Err)
			}
		}
	}
}

type doing func() (*egress.Response, error)

func (d doing) Do(context.Context, *http.Request) (*egress.Response, error) { return d() }

// TestBatchStopsWhereTheBackgroundsShareEnds: whoever is left is to be asked about
// later, and nobody has been asked about in vain.
func TestBatchStopsWhereTheBackgroundsShareEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &batches{t: t, tell: func(int, part) said { return in(1) }}
		got := g.client().MembersOf(t.Context(), charged(graph.Low), crowd(400), groupsOf(1))
		told := 0
		for _, m := range got {
			switch {
			case m.Err == nil:
				told++
			case !errors.Is(m.Err, graph.ErrBudget) || fault.RetryAfter(m.Err) <= 0:
				t.Fatal(m.Err)
			}
		}
		if told != 20*len(g.sizes) || told < 60 || told > 100 {
			t.Errorf("%d told by %d batches", told, len(g.sizes))
		}
	})
}

// TestLongAnswersAreAskedForInParts, down to one person, who is asked about by
// twenties.
func TestLongAnswersAreAskedForInParts(t *testing.T) {
	t.Parallel()
	people := crowd(4)
	g := &batches{t: t, long: 1, tell: func(_ int, p part) said {
		if p.person() == people[2].String() {
			return refused(http.StatusBadRequest, "Directory_ResultSizeLimitExceeded")
		}
		return in(1)
	}}
	for i, m := range g.client().MembersOf(t.Context(), asking(), people, groupsOf(1, 2)) {
		if m.Err != nil || m.Person != people[i] || !slices.Equal(m.Groups, groupsOf(1)) {
			t.Errorf("%d: %+v", i, m)
		}
	}
	if !slices.Equal(g.sizes, []int{4, 2, 1, 1, 2, 1, 1}) {
		t.Errorf("batches of %v", g.sizes)
	}
}
