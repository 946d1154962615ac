package limit_test

import (
	"fmt"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/limit"
)

func TestVisitorsHaveABucketEach(t *testing.T) {
	t.Parallel()
	v, err := limit.NewVisitors("visitor", limit.Rate{PerSecond: 0.001, Burst: 2}, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ann", "bob"} {
		for range 2 {
			if err := v.Admit(name); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := v.Admit(name); fault.KindOf(err) != fault.Limited || fault.RetryAfter(err) <= 0 {
			t.Errorf("%s comes a third time: %v", name, err)
		}
	}
	for i := range 10_000 {
		if err := v.Admit(fmt.Sprint(i)); err != nil {
			t.Fatalf("a flood of names keeps the %dth out: %v", i, err)
		}
	}
	for _, c := range []struct {
		rate limit.Rate
		most int
	}{{limit.Rate{PerSecond: 1}, 1}, {limit.Rate{Burst: 1}, 1}, {limit.Rate{PerSecond: 1, Burst: 1}, 0}} {
		if _, err := limit.NewVisitors("visitor", c.rate, c.most); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}
