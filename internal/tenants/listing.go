package tenants

import "time"

// Listing is all that operators of the platform see of an organization.
type Listing struct {
	ID        ID
	Slug      Slug
	Name      string
	TID       TID
	State     State
	CreatedAt time.Time
	Version   int64
}

// ListingCursor is a position in the list of organizations, which is in order
// of creation. The zero cursor is its beginning.
type ListingCursor struct {
	CreatedAt time.Time
	ID        ID
}

// After returns the position behind the listing.
func (l Listing) After() ListingCursor { return ListingCursor{l.CreatedAt, l.ID} }
