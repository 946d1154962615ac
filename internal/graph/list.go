package graph

import "context"

// pages reads a list to its end, or to the bounds: some pages, or most entries.
// More tells that there is more than is returned.
func pages[T any](ctx context.Context, c *Client, as Asking, q question, most int) (all []T, more bool, err error) {
	for range maxPages {
		var page struct {
			Value []T    `json:"value"`
			Next  string `json:"@odata.nextLink"`
		}
		if err = c.ask(ctx, as, q, &page); err != nil {
			return nil, false, err
		}
		all = append(all, page.Value...)
		if len(all) > most {
			return all[:most], true, nil
		}
		if page.Next == "" {
			return all, false, nil
		}
		next, err := c.follow(page.Next)
		if err != nil {
			return nil, false, err
		}
		q = question{next: next, eventual: q.eventual}
	}
	return all, true, nil
}

// whole is pages of a list that is of use only as a whole.
func whole[T any](ctx context.Context, c *Client, as Asking, q question) ([]T, error) {
	all, more, err := pages[T](ctx, c, as, q, maxGroups)
	if err == nil && more {
		err = errTooMany
	}
	if err != nil {
		return nil, err
	}
	return all, nil
}
