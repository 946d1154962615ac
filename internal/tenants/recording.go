package tenants

// Recording says which fields of calls an organization's log keeps in clear. Its name
// is its key. Recordings of the same call add up.
type Recording struct {
	Name      string
	Tool      string   // pattern of the permission names it is for
	Arguments []string // JSON Pointers (RFC 6901) into the arguments, through objects
	Result    []string // the same, into the result
}
