package console

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
)

// What Entra has said of a person counts for an hour. While it cannot be asked
// again, it is asked each minute and its word counts for one hour more.
const (
	confirmEvery = time.Hour
	confirmAgain = time.Minute
	confirmGrace = time.Hour
)

var errUnconfirmed = fault.New(fault.Unavailable, "Microsoft Entra ID cannot be asked whether you may still come in; try again in a minute")

// stands reports whether what Entra last said of a person still counts.
func (c *Console) stands(p Person) bool { return c.Now().Sub(p.ConfirmedAt) < confirmEvery }

// confirmed returns the person of a session as Entra confirms them now. However
// many requests of a session need that, Entra is asked once; whoever leaves in
// between does not take the answer away from the others.
func (c *Console) confirmed(ctx context.Context, token string) (Person, error) {
	ctx = context.WithoutCancel(ctx)
	got, err, _ := c.confirming.Do(token, func() (any, error) { return c.confirm(ctx, token) })
	if err != nil {
		return Person{}, err
	}
	return got.(Person), nil
}

// confirm begins with the session as it is now: a request that came before may
// have had its person confirmed already.
func (c *Console) confirm(ctx context.Context, token string) (Person, error) {
	s, err := c.openSession(ctx, token)
	if err != nil || c.stands(s.person) {
		return s.person, err
	}
	if c.Now().Sub(s.person.AskedAt) < confirmAgain {
		return c.unanswered(s.person)
	}
	next, err := c.SignIn.Confirm(ctx, s.person)
	switch {
	case err != nil && fault.KindOf(err) == fault.Unauthenticated:
		c.Log.InfoContext(ctx, "session ended by Entra", telemetry.Err(err))
		return Person{}, errors.Join(c.endSession(ctx, token), c.recordLockOut(ctx, s.person))
	case err != nil:
		c.Log.WarnContext(ctx, "session cannot be confirmed", telemetry.Err(err))
		s.person.AskedAt = c.Now()
		if err := c.keepSession(ctx, token, s); err != nil {
			return Person{}, err
		}
		return c.unanswered(s.person)
	}
	next.SignedInAt, next.ConfirmedAt = s.person.SignedInAt, c.Now()
	s.person = next
	return next, c.keepSession(ctx, token, s)
}

// unanswered lets a person go on whom Entra could not be asked about, for a while.
func (c *Console) unanswered(p Person) (Person, error) {
	if c.Now().Sub(p.ConfirmedAt) >= confirmEvery+confirmGrace {
		return Person{}, errUnconfirmed
	}
	return p, nil
}

// openedSession is a session outside of any request's context.
type openedSession struct {
	deadline time.Time
	values   map[string]any
	person   Person
}

func (c *Console) openSession(ctx context.Context, token string) (s openedSession, err error) {
	data, found, err := sessions{c}.FindCtx(ctx, token)
	if err != nil {
		return s, unreadable(err)
	}
	if !found {
		return s, errNoSession
	}
	if s.deadline, s.values, err = (codec{}).Decode(data); err != nil {
		return s, err
	}
	text, _ := s.values[personKey].(string)
	if text == "" {
		return s, errNoSession
	}
	return s, json.Unmarshal([]byte(text), &s.person)
}

// keepSession writes a session that still is one. Whoever has signed out in
// between stays out.
func (c *Console) keepSession(ctx context.Context, token string, s openedSession) error {
	text, err := json.Marshal(s.person)
	if err != nil {
		return err
	}
	s.values[personKey] = string(text)
	data, err := codec{}.Encode(s.deadline, s.values)
	if err != nil {
		return err
	}
	err = sessions{c}.CommitCtx(ctx, token, data, s.deadline)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return errNoSession
	}
	return unreadable(err)
}

// endSession ends a session, and says so.
func (c *Console) endSession(ctx context.Context, token string) error {
	if err := (sessions{c}).DeleteCtx(ctx, token); err != nil {
		return unreadable(err)
	}
	return errNoSession
}

// unreadable is what a store that does not answer means for a session.
func unreadable(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.Unavailable, "your session cannot be read now; try again in a minute", err)
}
