package assertion

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	fetchLimit = 1 << 20         // bytes of an answer
	fetchTime  = 5 * time.Second // for an answer to arrive whole
)

// get reads a JSON document. Redirects are not followed: an issuer is where it
// says it is.
func get(ctx context.Context, by http.RoundTripper, address string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return fmt.Errorf("fetch %s: %w", address, err)
	}
	r.Header.Set("Accept", "application/json")
	response, err := by.RoundTrip(r)
	if err != nil {
		return fmt.Errorf("fetch %s: %w", address, err)
	}
	defer func() { _ = response.Body.Close() }() // read to the end or given up
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("fetch %s: status %d, want 200", address, response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, fetchLimit+1))
	if err != nil {
		return fmt.Errorf("read %s: %w", address, err)
	}
	if len(body) > fetchLimit {
		return fmt.Errorf("read %s: %w", address, errTooLarge)
	}
	if err = json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("decode %s: %w", address, err)
	}
	return nil
}

var errTooLarge = errors.New("the document is larger than 1 MB")
