package console

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// Idempotency remembers answers to creations for a day, and lets one of several
// requests with the same key do the work.
type Idempotency interface {
	// Recall returns the answer to the caller's request with this key, or, with
	// an answer of status zero, a reservation: this request is then the one that
	// does the work, and ends it with Remember or Forget; after the time that it
	// lasts, the next one may. A key of a request of another digest, or of one that
	// is under way, is a fault of kind Conflict.
	Recall(ctx context.Context, by authz.Caller, key string, digest [32]byte, lasts time.Duration) (reservation tenants.GUID, answer Answer, err error)
	Remember(ctx context.Context, by authz.Caller, reservation tenants.GUID, answer Answer) error
	Forget(ctx context.Context, by authz.Caller, reservation tenants.GUID) error
}

// Answer is what a creation was answered. It has no type of its own, so that a
// store can name it from afar.
type Answer = struct {
	Status int
	Body   []byte
}

// Once is the part of the input of every operation that creates: with a key, a
// request that is sent again creates nothing again.
type Once struct {
	Key string `header:"Idempotency-Key" maxLength:"200" doc:"Any text of your own. The same key with the same address and body returns the first answer for a day; with others it is a conflict. The body of a long answer is null when it is returned again; Location says where the resource is."`
}

// Made is the answer to a creation of what has no address to be read at.
type Made[T any] struct{ Body *T }

// made leaves out of an answer where the new resource is.
func made[T any](out *Created[T], err error) (*Made[T], error) {
	if err != nil {
		return nil, err
	}
	return &Made[T]{out.Body}, nil
}

// Created is the answer to a creation.
type Created[T any] struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location" doc:"Where the new resource is."`
	Warnings string `header:"Gatehouse-Warnings"` // after an edit of what is decided about access; otherwise empty
	Body     *T     // nil when a long answer is given again
}

// rememberedAnswer is the most bytes that are kept of an answer. Status, ETag and
// Location always have room.
const rememberedAnswer = 128 << 10

// How long a request with a key may take before the same one is carried out again. A
// creation that is repeated creates nothing new; what acts each time it is carried out
// is not repeated as long as its key is known.
const (
	creationLasts = 30 * time.Second
	actLasts      = 24 * time.Hour
)

// once creates unless it has. The id of the new resource follows from the key,
// so that even a creation whose answer was lost is not repeated.
func once[T any](ctx context.Context, c *Console, by Actor, o Once, v *visit, create func(id tenants.GUID) (T, string, error)) (*Created[T], error) {
	return onceIn(ctx, c, by, o, v, creationLasts, create)
}

func onceIn[T any](ctx context.Context, c *Console, by Actor, o Once, v *visit, lasts time.Duration, create func(id tenants.GUID) (T, string, error)) (*Created[T], error) {
	if o.Key == "" {
		out, err := created(create(tenants.NewGUID()))
		out.Warnings = v.warnings
		return out, err
	}
	operation := v.Operation().OperationID
	address := v.URL()
	digest := sha256.Sum256(append([]byte(operation+"\x00"+address.EscapedPath()+"\x00"), v.body...))
	kept := c.kept(by.Caller, o.Key)
	reservation, answer, err := kept.Recall(ctx, by.Caller, o.Key, digest, lasts)
	switch {
	case err != nil:
		return nil, err
	case answer.Status != 0:
		out := &Created[T]{}
		return out, json.Unmarshal(answer.Body, out)
	}
	identity := by.Caller.Identity()
	name := sha256.Sum256([]byte(identity.Org.String() + identity.TID.String() + identity.OID.String() + operation + "\x00" + o.Key))
	id, err := tenants.GUIDFromBytes(name[:16])
	var out *Created[T]
	if err == nil {
		out, err = created(create(id))
		out.Warnings = v.warnings
	}
	p := promise{kept, by.Caller, reservation}
	if err != nil {
		c.forget(context.WithoutCancel(ctx), p)
		return nil, err
	}
	body, err := short(out)
	c.remember(context.WithoutCancel(ctx), p, body, err)
	return out, nil
}

// promise is a key whose answer is still to come.
type promise struct {
	kept        Idempotency
	by          authz.Caller
	reservation tenants.GUID
}

// short is an answer as it is kept: without what may be shown once only, and without
// its body where that is long.
func short[T any](out *Created[T]) ([]byte, error) {
	if out.Body != nil {
		if once, secret := any(*out.Body).(interface{ withoutSecret() T }); secret {
			body := once.withoutSecret()
			out = &Created[T]{ETag: out.ETag, Location: out.Location, Warnings: out.Warnings, Body: &body}
		}
	}
	body, err := json.Marshal(out)
	if err == nil && len(body) > rememberedAnswer {
		return json.Marshal(&Created[T]{ETag: out.ETag, Location: out.Location, Warnings: out.Warnings})
	}
	return body, err
}

// remember keeps an answer. What has been created stays so: nothing that goes
// wrong here makes it an error.
func (c *Console) remember(ctx context.Context, p promise, body []byte, err error) {
	if err == nil {
		err = p.kept.Remember(ctx, p.by, p.reservation, Answer{Status: http.StatusCreated, Body: body})
	}
	if err != nil {
		c.Log.WarnContext(ctx, "answer to a creation is not remembered", telemetry.Err(err))
	}
}

// forget lets the same request be made again at once; where that fails, it can be
// made when the reservation is over.
func (c *Console) forget(ctx context.Context, p promise) {
	if err := p.kept.Forget(ctx, p.by, p.reservation); err != nil {
		c.Log.WarnContext(ctx, "reservation of an idempotency key stays until it is over", telemetry.Err(err))
	}
}

func created[T any](representation T, location string, err error) (*Created[T], error) {
	read := any(representation)
	if r, more := read.(interface{ tagged() any }); more { // it says more than reading the resource does
		read = r.tagged()
	}
	return &Created[T]{ETag: tag(read), Location: location, Body: &representation}, err
}
