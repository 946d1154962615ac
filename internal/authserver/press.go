package authserver

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
)

// The form of a page is sent again by a double click, and by whoever goes back to it;
// the browser then shows what the last one is answered with. What a button does is done
// once: the second waits until it is, and is sent where it led, or told what it was.

// The stages of a step whose page has been answered.
const (
	answering stage = "answering" // what the button does is under way
	answered  stage = "answered"  // it is done
)

// verdict is how the page of a step was answered.
type verdict struct {
	On     stage     `json:"on"`     // the page
	Action string    `json:"action"` // its button
	To     string    `json:"to"`     // where that led; empty: to a page of ours
	At     time.Time `json:"at"`
}

// repeatLife is for how long the answer to a form is repeated, and with it a code:
// as long as that to a refresh token, for the same reason.
const repeatLife = 30 * time.Second

// How often, and how many times, a second form looks for what became of the first.
const (
	lookAgain     = 50 * time.Millisecond
	mostSought    = 5   // times, while there is nothing: the first may just be replacing it
	mostAwaited   = 200 // times, while it is under way
	pressPatience = 20 * time.Second
)

// press is a button of a page.
type press struct {
	on     stage
	action string
}

// pressed has done what the button of a page at one of the stages says, once. What
// fails leaves the page as it was, so that the button can be pressed again.
func (s *Server) pressed(v visit, do func(visit, step, press) error, at ...stage) error {
	text, action, err := s.buttonIn(v)
	if err != nil {
		return err
	}
	st, err := s.hold(v, text, action, at)
	if err != nil {
		return err
	}
	if st.Stage == answered {
		return s.repeat(v, st, action)
	}
	// A browser gives its first request up when it sends the second.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.r.Context()), pressPatience)
	defer cancel()
	v.r = v.r.WithContext(ctx)
	left := false
	v.leaving = func(to string) {
		left = true
		s.settle(v, text, s.done(st, action, to))
	}
	if err := do(v, st, press{st.Stage, action}); err != nil {
		s.settle(v, text, st)
		return err
	}
	if !left {
		s.settle(v, text, s.done(st, action, ""))
	}
	return nil
}

// buttonIn reads which button of which page was pressed.
func (s *Server) buttonIn(v visit) (text, action string, err error) {
	p, err := s.answerIn(v)
	if err != nil {
		return "", "", err
	}
	if text, err = p.one("step", maxOnceText); err != nil {
		return "", "", badForm(err)
	}
	if action, err = p.one("action", maxOnceText); err != nil {
		return "", "", badForm(err)
	}
	return text, action, nil
}

// hold returns the step of a page to whoever answers it first, and leaves word that
// it is being answered. Whoever comes later gets it once that has been done.
func (s *Server) hold(v visit, text, action string, at []stage) (step, error) {
	sought, awaited := 0, 0
	for {
		st, err := s.pick(v, text)
		switch {
		case err == nil && slices.Contains(at, st.Stage):
			return st, s.begun(v, text, action, st)
		case err != nil && fault.KindOf(err) != fault.NotFound:
			return step{}, err
		case err != nil:
			sought++
		case st.Answer == nil || !slices.Contains(at, st.Answer.On):
			return step{}, s.leave(v, text, st, errGone)
		case st.Stage == answered:
			return st, s.leave(v, text, st, nil)
		default:
			awaited++
			err = s.leave(v, text, st, nil)
			if err != nil {
				return step{}, err
			}
		}
		if sought > mostSought {
			return step{}, errGone
		}
		if err := wait(v.r.Context()); err != nil || awaited > mostAwaited {
			return step{}, fault.Wrap(fault.Unavailable, underWay, err)
		}
	}
}

// begun leaves word that a page is being answered.
func (s *Server) begun(v visit, text, action string, st step) error {
	word := s.done(st, action, "")
	word.Stage = answering
	err := s.lay(v.r.Context(), v, text, word)
	if err != nil && st.Source == nil {
		return s.giveBack(v, st.Asked, err)
	}
	return err
}

const underWay = "what you pressed on this page before has not ended yet; look into your app, and if it is not connected, connect again"

// wait waits before the next look.
func wait(ctx context.Context) error {
	timer := time.NewTimer(lookAgain)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// done is a step whose page has been answered, without what only the answer needed.
func (s *Server) done(st step, action, to string) step {
	now := s.Now()
	st.Answer = &verdict{On: st.Stage, Action: action, To: to, At: now}
	st.Stage, st.Who, st.Handshake, st.Source, st.Ends = answered, arrival{}, entra.Handshake{}, nil, now.Add(stepOnce.life)
	return st
}

// settle puts a step in the place of what says that it is being answered. Somebody who
// waits may just be looking at that.
func (s *Server) settle(v visit, text string, st step) {
	ctx := context.WithoutCancel(v.r.Context())
	for range mostAwaited {
		err := s.takeOnce(ctx, v.snap, stepOnce, text, &step{})
		if err == nil || fault.KindOf(err) == fault.NotFound {
			err = s.lay(ctx, v, text, st)
		}
		if err == nil {
			return
		}
		if fault.KindOf(err) != fault.Conflict {
			s.Logger.LogAttrs(ctx, slog.LevelWarn, "how a page was answered is not kept", telemetry.Err(err))
			return
		}
	}
}
