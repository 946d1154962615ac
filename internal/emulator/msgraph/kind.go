package msgraph

import "gatehouse/internal/emulator/directory"

// kind is one of Graph's types: its properties, which of them an answer shows
// without $select, and what queries may do with each.
type kind struct {
	name       string // without "microsoft.graph."
	set        string // its entity set, as contexts name it
	resource   string // what errors of the directory call it
	shown      []string
	properties map[string]*property
	basic      map[string]bool      // what a reader of basic information sees
	sight      func(v *visit) sight // how much of it a token shows
}

// form is the type of a property's value.
type form uint8

const (
	text      form = iota // Edm.String
	truth                 // Edm.Boolean
	guid                  // Edm.Guid: compared without quotes
	many                  // a collection
	composite             // anything else; never compared
)

// support says when the directory answers a query.
type support uint8

const (
	never    support = iota
	always           // by default
	advanced         // with ConsistencyLevel: eventual and $count=true
)

// property is one property of a kind.
type property struct {
	form   form
	get    func(*directory.Tenant, any) any // nil: the directory has none, so null
	equal  support                          // eq and in; ne and not are advanced wherever eq works
	prefix support                          // startswith
	null   support                          // eq null
	suffix bool                             // endswith, always an advanced query
	order  support                          // $orderby
}

// record is one entry of a list before anything of it is written down.
type record struct {
	id   string
	kind *kind
	of   any // what getters read
}

// sight is how much of an entry a token shows. An entry that may be known to
// exist but not be read has nulls (Microsoft's "limited information").
type sight uint8

const (
	identityOnly sight = iota
	basicOnly
	everything
)

// hidden is what stands for a property that may not be read.
func (p *property) hidden() any {
	if p.form == many {
		return []string{}
	}
	return nil
}
