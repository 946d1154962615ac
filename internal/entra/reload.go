package entra

import (
	"context"
	"net/url"
	"sync"
	"time"

	"gatehouse/internal/fault"
)

// reloadEvery is how soon a credential that was replaced is used. Entra accepts the
// one before for as long as both are registered.
const reloadEvery = 30 * time.Second

// Reload says where a credential comes from that may be replaced while the process
// runs, such as a file. Every field is required.
type Reload struct {
	Again  func() (Credential, error)             // what stands there now
	Failed func(ctx context.Context, cause error) // it cannot be used; called once for each time that begins
	Now    func() time.Time
}

// reloading is the last credential that could be used.
type reloading struct {
	from Reload

	mu     sync.Mutex
	now    Credential
	looked time.Time
	failed bool
}

// ReloadingCredential proves with what stands in a place now: it looks there at most
// every 30 s, when a proof is wanted. What cannot be used there leaves the last good
// one in use. What is wrong with the first is an error.
func ReloadingCredential(from Reload) (Credential, error) {
	if from.Again == nil || from.Failed == nil || from.Now == nil {
		return nil, fault.New(fault.Internal, "a credential that is reloaded needs a place, a clock and somebody to tell")
	}
	first, err := from.Again()
	if err != nil {
		return nil, err
	}
	return &reloading{from: from, now: first, looked: from.Now()}, nil
}

// Apply implements Credential.
func (c *reloading) Apply(ctx context.Context, endpoint string, form url.Values) error {
	return c.current(ctx).Apply(ctx, endpoint, form)
}

func (c *reloading) current(ctx context.Context) Credential {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.from.Now()
	if now.Sub(c.looked) < reloadEvery {
		return c.now
	}
	c.looked = now
	next, err := c.from.Again()
	if err != nil {
		if !c.failed {
			c.from.Failed(ctx, err)
		}
		c.failed = true
		return c.now
	}
	c.now, c.failed = next, false
	return c.now
}

// String implements fmt.Stringer.
func (*reloading) String() string { return dots }
