package secrets

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
)

// Doer makes one exchange and bounds its time and its size. *egress.Client is
// one.
type Doer interface {
	Do(ctx context.Context, req *http.Request) (*egress.Response, error)
}

// vaultSilent is what callers are told while the vault does not answer us; its
// own words are the operator's business and go to the log only.
const vaultSilent = "the service that holds the platform's key cannot be asked; try again shortly"

// vaultFault gives a failure its kind: Unavailable for whatever the operator or
// time can mend, no fault for what never gets better.
func vaultFault(ctx context.Context, verb string, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("%s: %w", verb, context.Cause(ctx))
	}
	refusal, refused := errors.AsType[*azcore.ResponseError](err)
	if !refused {
		return fault.Wrap(fault.Unavailable, vaultSilent, fmt.Errorf("%s: %w", verb, err))
	}
	switch refusal.StatusCode {
	case http.StatusBadRequest:
		return fmt.Errorf("%s: the vault cannot read it, it was altered: %w", verb, err)
	case http.StatusNotFound:
		return fmt.Errorf("%s: the vault has no such key or version; recover it if it was deleted: %w", verb, err)
	case http.StatusUnauthorized, http.StatusForbidden:
		err = fmt.Errorf("%s: enable the key, and give this process's identity the role Key Vault Crypto Service Encryption User on it: %w", verb, err)
	default:
		err = fmt.Errorf("%s: %w", verb, err)
	}
	return fault.Wrap(fault.Unavailable, vaultSilent, err).RetryAfter(retryAfter(refusal.RawResponse))
}

// retryAfter reads the header in seconds, which is how Key Vault writes it
// (Microsoft, "Azure Key Vault throttling guidance"); zero without one.
func retryAfter(resp *http.Response) time.Duration {
	if resp == nil {
		return 0
	}
	seconds, err := strconv.ParseUint(resp.Header.Get("Retry-After"), 10, 16)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
