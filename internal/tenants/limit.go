package tenants

// Limit is what an organization allows of the calls of its tools, prompts and
// resources, within what the deployment does. Its name is its key. It has a rate,
// a number of calls per day, or both.
type Limit struct {
	Name      string // callers who reach it are told
	Per       LimitSubject
	Client    string // per client: the only one it is for; empty: every client by itself
	Tool      string // per tool: pattern of the permission names it is for, each by itself
	Rate      LimitRate
	PerDay    int64     // from midnight to midnight UTC; 0: there is a rate only
	Uncounted Admission // of calls while replicas cannot tell each other what they have let in
}

// LimitSubject is what a limit counts apart.
type LimitSubject string

// The subjects.
const (
	PerCaller LimitSubject = "caller" // a person, or an application on its own behalf
	PerClient LimitSubject = "client" // an AI app, over all its people
	PerTool   LimitSubject = "tool"   // over all its callers
)

// LimitRate is so many calls in an interval on average, and so many at once. The
// zero rate is none.
type LimitRate struct {
	Calls int
	Every LimitInterval
	Burst int
}

// LimitInterval is what the calls of a rate are counted in.
type LimitInterval string

// The intervals.
const (
	EverySecond LimitInterval = "second"
	EveryMinute LimitInterval = "minute"
)
