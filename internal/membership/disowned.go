package membership

import (
	"context"

	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Disowned decides what follows when Entra, asked because somebody waits, has disowned
// a person. As at a refresh, everything that is kept for them is tried: where Entra goes
// on with nothing of it, everything issued to them is cut off, and the log says why;
// where it goes on with something, what it refuses before that is dropped. Graph is not
// asked, and when the next refresh is due stays as it is.
//
// The Outcome is CutOff or Unchanged, or Delayed where nothing is decided: Entra has not
// answered about what is kept, or the person has signed in meanwhile. An error is a
// failure of our own systems.
func (f *Refresher) Disowned(ctx context.Context, v View, person tenants.GUID, refusal *entra.TokenError) (Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, Taken)
	defer cancel()
	now := f.opts.Now()
	v.Credential = markOurs(v.Credential)
	t := &turn{View: v, person: person, by: authz.SystemCaller(v.Organization.ID, job), began: now, since: now}
	held, err := f.opts.Holdings.Held(ctx, v, person)
	if err != nil {
		return Outcome{}, err
	}
	for i, h := range held {
		_, err := h.Redeem(ctx, "")
		if err == nil {
			f.drop(ctx, t, held[:i])
			return Outcome{Result: Unchanged}, nil
		}
		class, known := classOf(err)
		switch {
		case !known:
			return Outcome{}, err
		case class != entra.Reauth:
			f.drop(ctx, t, held[:i])
			return Outcome{Result: ofDoubt(class), Class: string(class), Cause: err}, nil
		}
	}
	err = f.opts.Store.LoseMember(ctx, t.by, person, t.since, why(refusal))
	if err != nil && fault.KindOf(err) == fault.Conflict {
		return Outcome{Result: Delayed, Class: string(entra.Transient), Cause: err}, nil
	}
	return Outcome{Result: CutOff, Class: string(entra.Reauth), Cause: refusal}, err
}

// ofDoubt is what a refusal decides that is not about the person: an answer about what
// they have to do, or none at all.
func ofDoubt(class entra.ErrorClass) Result {
	switch class {
	case entra.Interaction, entra.Consent, entra.Blocked:
		return Unchanged
	case entra.Reauth, entra.Misconfigured, entra.Throttled, entra.Transient:
	}
	return Delayed
}
