package graph

// Signal is what has become of a question's resource units.
type Signal string

// The signals.
const (
	Spent     Signal = "spent"     // Graph has answered
	HeldBack  Signal = "held back" // the background has had its share, and Graph was not asked
	Throttled Signal = "throttled" // Graph has refused, which costs nothing
)

// Observation is what one question, each of a batch by itself, has done to the budget
// of Graph.
type Observation struct {
	Signal   Signal
	Priority Priority // empty: normal
	Units    int64    // what it has cost, by Graph's word, else what was expected; of one held back, of all of its batch
}

// Observe has every question that belongs to an Account observed from then on, by what
// may be called concurrently. It is for whoever has made the client, before others ask.
func (c *Client) Observe(by func(Observation)) { c.budget.observe = by }
