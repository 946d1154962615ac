// Package msgraph is Microsoft Graph over the emulated directory.
//
// It owns graph.microsoft.com: which permissions a token needs, the shape of
// every answer and error, paging and prices. It reads the directory and changes
// it; who may sign in and what tokens say is not its business.
//
// The rooms below it:
//
//	throttle  what requests cost and what apps have spent
//	webhook   delivery of notifications
//
// Here, a file a noun; what belongs to one begins with its name:
//
//	service.go routes.go                assembly, the table of contents
//	visit.go address.go crossorigin.go  one request: whose token, OData's other spellings of a path, scripts of other origins
//	body.go answer.go change.go         reading, replying, changing the directory
//	problem.go problem_query.go         errors, and what OData's library says of a query
//	permission.go administrator.go      what tokens may read, and which people may change what
//	throttle.go challenge.go            limits, claims challenges
//	batch.go batch_step.go              many requests in one
//	kind.go list*.go bookmark.go        types of directory objects, and what queries may do with them
//	user*.go group*.go role*.go         people, groups and directory roles
//	object*.go organization.go          objects of any type, what they are members of, the tenant
//	application*.go principal.go        app registrations and service principals
//	assignment*.go grant.go             app roles and delegated permissions given away
//	entry_list.go                       lists of those four
//	delta*.go subscription*.go          what has changed, asked for and told
//	workload.go item*.go                services that are not the directory, and queries of theirs
//	outlook*.go calendar*.go mail*.go people.go   Exchange
//	drive*.go                           OneDrive
package msgraph

import (
	"net/http"
	"strings"
	"time"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/keyring"
	"gatehouse/internal/emulator/msgraph/throttle"
	"gatehouse/internal/emulator/msgraph/webhook"
)

// Options are what a Service works with; all but Random, Outbound, Limits and
// Around are required.
type Options struct {
	URL       string // where it is reached, without a trailing slash
	Login     string // where the sign-in service is reached
	Directory *directory.Directory
	Keys      *keyring.Ring
	Sealer    *keyring.Sealer
	Random    *keyring.Source // request ids, secrets; nil: fresh randomness
	Now       func() time.Time
	Outbound  http.RoundTripper // delivers change notifications; nil: reaches this machine only
	Limits    Limits            // of what apps ask of the directory; zero: Microsoft's

	// Around is what every request passes first, and each request of a batch by
	// itself; nil: nothing.
	Around func(http.Handler) http.Handler
}

// Service is one Microsoft Graph. It is safe for concurrent use.
type Service struct {
	url, login string
	directory  *directory.Directory
	keys       *keyring.Ring
	sealer     *keyring.Sealer
	random     *keyring.Source
	now        func() time.Time
	subscribed subscriptions
	courier    *webhook.Courier
	around     func(http.Handler) http.Handler
	limits     Limits
	meter      *throttle.Meter
	wanted     wanted
}

// New makes a Service.
func New(o Options) *Service {
	if o.Random == nil {
		o.Random = keyring.NewSource("")
	}
	if o.Around == nil {
		o.Around = func(next http.Handler) http.Handler { return next }
	}
	s := &Service{
		url: o.URL, login: o.Login, directory: o.Directory, keys: o.Keys, sealer: o.Sealer, random: o.Random, now: o.Now,
		limits: o.Limits, meter: throttle.New(o.Limits), courier: webhook.New(o.Outbound), around: o.Around,
	}
	o.Directory.Watch(s.tell)
	return s
}

// Batch reports whether a request is a batch, whose requests meet faults and
// limits one by one.
func Batch(r *http.Request) bool { return strings.TrimSuffix(r.URL.Path, "/") == batchPath }

// Reset forgets what apps have spent, which authentication contexts are demanded,
// and subscriptions with what they have not been told yet.
func (s *Service) Reset() {
	s.meter.Reset()
	s.wanted.reset()
	s.subscribed.reset()
}

// Fail answers with Graph's error for a status, as an injected fault.
func (s *Service) Fail(w http.ResponseWriter, r *http.Request, status int) {
	s.writeError(w, r, injected(status))
}

func (s *Service) issuer(tid string) string { return s.login + "/" + tid + "/v2.0" }

func (s *Service) issuerV1(tid string) string { return s.login + "/" + tid + "/" }
