package console

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Cursors makes and opens the tokens by which a client goes on with a list. A
// token opens only for the organization and the binding it was made for; others
// and expired ones are faults.
type Cursors interface {
	MakeCursor(ctx context.Context, org tenants.ID, binding, payload []byte) (string, error)
	OpenCursor(ctx context.Context, org tenants.ID, binding []byte, cursor string) ([]byte, error)
}

// Paging is the part of the input of every operation that lists.
type Paging struct {
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200" doc:"How many to return at most."`
	Cursor string `query:"cursor" maxLength:"4000" doc:"nextCursor of the page before; valid for an hour, for this list only."`
}

// Page is one page of a list.
type Page[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"nextCursor,omitempty" doc:"Goes on after the last item; absent on the last page."`
}

// Listed is an answer that lists.
type Listed[T any] struct{ Body Page[T] }

const badCursor = "cursor: it has expired or belongs to another list; begin again without one"

// listing is a list to be cut into pages: sorted by a key that no two share, so
// that what comes or goes between two pages neither hides nor repeats others.
type listing[T any] struct {
	operation string
	items     []T
	key       func(T) string
}

// byName is the key of what has a name that people look for and an id that tells
// namesakes apart.
func byName(name string, id tenants.GUID) string {
	return strings.ToLower(name) + "\x00" + id.String()
}

// cut returns one page.
func cut[T any](ctx context.Context, c *Console, by Actor, p Paging, l listing[T]) (*Listed[T], error) {
	binding := []byte("console " + l.operation)
	items := slices.SortedFunc(slices.Values(l.items), func(a, b T) int { return cmp.Compare(l.key(a), l.key(b)) })
	if p.Cursor != "" {
		after, err := c.Cursors.OpenCursor(ctx, by.Org(), binding, p.Cursor)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, badCursor, err)
		}
		items = slices.DeleteFunc(items, func(item T) bool { return l.key(item) <= string(after) })
	}
	page := &Listed[T]{Page[T]{Items: list(items)}}
	if len(items) <= p.Limit {
		return page, nil
	}
	var err error
	page.Body.Items = items[:p.Limit]
	page.Body.NextCursor, err = c.Cursors.MakeCursor(ctx, by.Org(), binding, []byte(l.key(items[p.Limit-1])))
	return page, err
}
