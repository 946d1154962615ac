package msgraph

import (
	"math"
	"net/http"
	"strconv"

	"gatehouse/internal/emulator/msgraph/throttle"
)

// Limits are how much an app may ask of the directory. Zero fields are
// Microsoft's own limits.
type Limits = throttle.Limits

// admitted charges the app for the request. Without room for it the request is
// answered with 429 and costs nothing.
func (v *visit) admitted() bool {
	price := throttle.PriceOf(v.r.Method, v.r.URL)
	if price.Units == 0 {
		return true
	}
	got := v.s.meter.Spend(v.s.now(), throttle.Request{
		Client: v.client, Tenant: v.tenant.ID, People: len(v.tenant.People), Priority: v.r.Header.Get("X-Ms-Throttle-Priority"), Price: price,
	})
	h := v.w.Header()
	if !got.Refused {
		h.Set("X-Ms-Resource-Unit", strconv.Itoa(price.Units))
		if got.Used >= throttle.NearLimit {
			h.Set("X-Ms-Throttle-Limit-Percentage", strconv.FormatFloat(math.Floor(got.Used*100)/100, 'f', -1, 64))
		}
		return true
	}
	h.Set("X-Ms-Throttle-Scope", got.Scope)
	h.Set("X-Ms-Throttle-Information", got.Because)
	if !v.s.limits.NoRetryAfter {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(got.Wait.Seconds()))))
	}
	v.refuse(injected(http.StatusTooManyRequests))
	return false
}
